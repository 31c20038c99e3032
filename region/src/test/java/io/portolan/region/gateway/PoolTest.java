package io.portolan.region.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http2.DefaultHttp2SettingsFrame;
import io.netty.handler.codec.http2.Http2Settings;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which connections at rest serve another call. */
class PoolTest {
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Pool pool = new Pool(
            group.next(),
            NioSocketChannel.class,
            GatewaySettings.DEFAULTS,
            new HostNames(Runnable::run, System::nanoTime));
    private final Endpoint endpoint = new Endpoint(Backend.plain("a", new InetSocketAddress("127.0.0.1", 1)));
    private final Attempt attempt = new Attempt();

    @AfterEach
    void end() {
        var unused = group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private static final class Attempt implements Leg.Listener {
        final List<Leg> connected = new ArrayList<>();

        @Override
        public void connected(Leg leg) {
            connected.add(leg);
        }

        @Override
        public void failed(Leg.Failure failure, String detail) {}

        @Override
        public void head(HttpResponse head) {}

        @Override
        public void content(HttpContent part, boolean last) {
            part.release();
        }

        @Override
        public void readComplete() {}

        @Override
        public void writabilityChanged() {}
    }

    private Http1Leg atRestFor(Duration age) {
        var leg = new Http1Leg(pool, endpoint, new ResponseDecoder(8192), new EmbeddedChannel());
        pool.offer(leg);
        leg.idleSince -= age.toNanos();
        return leg;
    }

    @Test
    void usesTheOneThatWasPutByLast() {
        atRestFor(Duration.ofSeconds(3));
        var last = atRestFor(Duration.ofSeconds(1));

        pool.begin(endpoint, CONNECT, false, attempt);

        assertThat(attempt.connected).containsExactly(last);
    }

    @Test
    void keepsNoConnectionOfHttp2ThatHasHadNoCallForAWhile() {
        var backend = new Http2Backend(attempt, CONNECT);
        var channel = new EmbeddedChannel();
        backend.opened(channel);
        // There is no codec: the stream for the call is not opened, and none is left.
        channel.writeInbound(new DefaultHttp2SettingsFrame(Http2Settings.defaultSettings()));
        long now = channel.eventLoop().ticker().nanoTime();

        assertThat(backend.isOld(now + Duration.ofSeconds(50).toNanos())).isFalse();
        assertThat(backend.isOld(now + Duration.ofSeconds(70).toNanos())).isTrue();
    }

    /** Node.js closes after 5 s at rest: a call on such a connection may be lost, whatever the sweep is late by. */
    @Test
    void usesNoneThatItsReplicaMayBeClosing() {
        var old = atRestFor(GatewaySettings.DEFAULTS.idle().plusMillis(1));

        pool.begin(endpoint, CONNECT, false, attempt);

        assertThat(attempt.connected).doesNotContain(old);
        assertThat(old.channel().isOpen()).isFalse();
    }
}
