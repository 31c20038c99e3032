package io.portolan.region.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a call does when its connection fails while it is written to. */
class CallTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(
            1, Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    private final EventLoop loop = group.next();
    private final AtomicInteger ended = new AtomicInteger();

    @AfterEach
    void end() {
        var unused = group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    @Test
    void isMadeAgainWhenItsConnectionFailsWithinItsFlush() throws Exception {
        try (var listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> answer(listener));
            var address = new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
            var limits = new Upstream.Limits(LIMIT, Duration.ofMinutes(5), LIMIT, LIMIT);
            var upstream = new Upstream(
                    new Upstream.Key("e", "1.0", "c"),
                    limits,
                    (method, path) -> false,
                    List.of(Backend.plain("a", address), Backend.plain("b", address)));
            var target = new CallTarget(
                    upstream,
                    "/",
                    "/",
                    new ClientOrigin("127.0.0.1", "http", "localhost"),
                    "",
                    "",
                    () -> Optional.of(upstream),
                    List::of);

            try (var gateway = new Gateway(GatewaySettings.DEFAULTS, Runnable::run)) {
                loop.submit(() -> {
                            var call = gateway.call(
                                    target,
                                    new Client(),
                                    new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/"));
                            // Before the connection that was begun: it comes in a later turn of the loop.
                            call.connected(new Failing(call));
                        })
                        .get();

                await().atMost(LIMIT).untilAsserted(() -> assertThat(ended).hasValue(200));
            }
        }
    }

    private static void answer(ServerSocket listener) {
        while (true) {
            try {
                var socket = listener.accept();
                socket.getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            } catch (IOException closed) {
                return;
            }
        }
    }

    /** A connection that its replica has reset, which the loop sees when it writes. */
    private record Failing(Leg.Listener call) implements Leg {
        @Override
        public void send(HttpRequest head, boolean whole) {}

        @Override
        public void send(HttpContent part) {
            part.release();
        }

        @Override
        public void flush() {
            call.failed(Failure.CLOSED, "reset");
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void reading(boolean on) {}

        @Override
        public void release() {}

        @Override
        public void abort() {}

        @Override
        public Channel channel() {
            return new EmbeddedChannel();
        }
    }

    private final class Client implements ClientSide {
        @Override
        public EventLoop loop() {
            return loop;
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void write(HttpObject part) {
            ReferenceCountUtil.release(part);
        }

        @Override
        public void flush() {}

        @Override
        public void reading(boolean on) {}

        @Override
        public void wake(Duration after) {}

        @Override
        public void unanswered(Unanswered why, boolean taken, String detail) {
            ended.set(why.status());
        }

        @Override
        public void cut(int status, long bytes) {}

        @Override
        public void ended(int status, long bytes) {
            ended.set(status);
        }

        @Override
        public Optional<Channel> socket(HttpResponse head) {
            return Optional.empty();
        }

        @Override
        public void socketEnded(long bytes) {}

        @Override
        public Duration nodeDrain() {
            return Duration.ZERO;
        }
    }
}
