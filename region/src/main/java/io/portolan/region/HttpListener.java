package io.portolan.region;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The node's listener: HTTP/1.1 and HTTP/2, on a plain port and one with TLS. Thread-safe. Bound at once, but accepts connections only after {@link #accept}, so that nobody sees
 * a node that has not looked at its disk yet.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing: nothing is left to do when that fails
final class HttpListener implements AutoCloseable {
    private static final int BACKLOG = 1024;
    private static final long DRAIN_POLL_MILLIS = 5;

    private final RegionSettings settings;
    private final EventLoopGroup accepting;
    private final EventLoopGroup serving;
    private final ExecutorService readers = Threads.virtual("region-file");
    private final Connections connections;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Channel channel;
    private final @Nullable Channel tlsChannel;
    private final @Nullable Certificate certificate;

    private HttpListener(
            RegionSettings settings,
            Dispatcher dispatcher,
            HotPath hot,
            Calls calls,
            TransportCounters counters,
            InstantSource clock)
            throws IOException {
        this.settings = settings;
        this.connections = new Connections(settings.http(), settings.http2(), settings.operators(), counters);
        var tls = settings.tls();
        this.certificate = tls.isOn() ? certificate(settings, clock) : null;
        var io = Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        this.accepting = new MultiThreadIoEventLoopGroup(1, Threads.platform("region-accept"), io);
        this.serving = new MultiThreadIoEventLoopGroup(
                Runtime.getRuntime().availableProcessors(), Threads.platform("region-http"), io);
        var protocols = new Protocols(connections, dispatcher, readers, hot, calls);
        try {
            this.channel = listen(protocols.plain(), settings.listenPort());
            this.tlsChannel = certificate == null ? null : listen(protocols.tls(certificate), tls.port());
        } catch (IOException e) {
            end();
            throw e;
        }
    }

    private static Certificate certificate(RegionSettings settings, InstantSource clock) throws IOException {
        var names = new ArrayList<>(List.of("localhost", settings.listenHost()));
        names.addAll(settings.ownNames());
        names.addAll(settings.tls().names());
        return new Certificate(settings.tls(), settings.replica().folder().resolve("tls"), names, clock);
    }

    private Channel listen(ChannelInitializer<SocketChannel> connection, int port) throws IOException {
        Class<? extends ServerChannel> type =
                Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        var bound = new ServerBootstrap()
                .group(accepting, serving)
                .channel(type)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(connection)
                .bind(settings.listenHost(), port)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "listening on " + settings.listenHost() + ":" + port + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        return bound.channel();
    }

    /** Binds the addresses. */
    static HttpListener bind(
            RegionSettings settings,
            Dispatcher dispatcher,
            HotPath hot,
            Calls calls,
            TransportCounters counters,
            InstantSource clock)
            throws IOException {
        return new HttpListener(settings, dispatcher, hot, calls, counters, clock);
    }

    /** Begins to accept connections. */
    void accept() {
        channel.config().setAutoRead(true);
        if (tlsChannel != null) {
            tlsChannel.config().setAutoRead(true);
        }
    }

    /** The address it is bound to. */
    InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    /** The address with TLS, if there is one. */
    Optional<InetSocketAddress> tlsAddress() {
        return tlsChannel == null ? Optional.empty() : Optional.of((InetSocketAddress) tlsChannel.localAddress());
    }

    /** Whether no open connection holds bytes back to fill a packet (Nagle's algorithm). */
    boolean sendsAtOnce() {
        return connections.all(
                connection -> Boolean.TRUE.equals(connection.config().getOption(ChannelOption.TCP_NODELAY)));
    }

    /** Open connections. */
    int connections() {
        return connections.count();
    }

    /**
     * Lets every answer be the last of its connection, accepts no more after {@link HttpLimits#lameDuck}, finishes what is in
     * progress for a bounded time, then closes everything.
     */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        try {
            TimeUnit.MILLISECONDS.sleep(connections.limits().lameDuck().toMillis());
            channel.close().awaitUninterruptibly();
            if (tlsChannel != null) {
                tlsChannel.close().awaitUninterruptibly();
            }
            connections.drain();
            settle();
            long polls = settings.drainTimeout().toMillis() / DRAIN_POLL_MILLIS;
            for (long i = 0; i < polls && connections.inProgress() > 0; i++) {
                TimeUnit.MILLISECONDS.sleep(DRAIN_POLL_MILLIS);
            }
            settle();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        channel.close();
        end();
    }

    /** Waits until every event loop has done what it was told before: a loop that ends closes connections first of all. */
    private void settle() {
        for (var loop : serving) {
            loop.submit(() -> {}).awaitUninterruptibly();
        }
    }

    private void end() {
        accepting.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        serving.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        readers.shutdown();
        if (certificate != null) {
            certificate.close();
        }
    }
}
