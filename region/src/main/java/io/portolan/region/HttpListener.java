package io.portolan.region;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The node's HTTP/1.1 listener. Thread-safe. Bound at once, but accepts connections only after {@link #accept}, so that nobody sees
 * a node that has not looked at its disk yet.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing: nothing is left to do when that fails
final class HttpListener implements AutoCloseable {
    private static final int REQUEST_LINE_BYTES = 8 << 10;
    private static final int HEADERS_BYTES = 16 << 10;
    /** No request of ours has a body worth more. */
    private static final int BODY_BYTES = 64 << 10;

    private static final int BACKLOG = 1024;
    private static final long DRAIN_POLL_MILLIS = 5;

    private final RegionSettings settings;
    private final EventLoopGroup accepting;
    private final EventLoopGroup serving;
    private final Channel channel;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger inProgress = new AtomicInteger();
    private volatile boolean draining;

    private HttpListener(RegionSettings settings, Dispatcher dispatcher) throws IOException {
        this.settings = settings;
        boolean epoll = Epoll.isAvailable();
        IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        Class<? extends ServerChannel> type = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        this.accepting = new MultiThreadIoEventLoopGroup(1, Threads.platform("region-accept"), io);
        this.serving = new MultiThreadIoEventLoopGroup(
                Runtime.getRuntime().availableProcessors(), Threads.platform("region-http"), io);
        var bound = new ServerBootstrap()
                .group(accepting, serving)
                .channel(type)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new Connections(dispatcher))
                .bind(settings.listenHost(), settings.listenPort())
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            accepting.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            serving.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            throw new IOException(
                    "listening on " + settings.listenHost() + ":" + settings.listenPort() + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        this.channel = bound.channel();
    }

    /** Binds the address. */
    static HttpListener bind(RegionSettings settings, Dispatcher dispatcher) throws IOException {
        return new HttpListener(settings, dispatcher);
    }

    /** Begins to accept connections. */
    void accept() {
        channel.config().setAutoRead(true);
    }

    /** The address it is bound to. */
    InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    /** Open connections. */
    int connections() {
        return connections.get();
    }

    /** Accepts no more, finishes what is in progress for a bounded time, then closes everything. */
    @Override
    public void close() {
        draining = true;
        channel.close().awaitUninterruptibly();
        long polls = settings.drainTimeout().toMillis() / DRAIN_POLL_MILLIS;
        try {
            for (long i = 0; i < polls && inProgress.get() > 0; i++) {
                TimeUnit.MILLISECONDS.sleep(DRAIN_POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        accepting.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        serving.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private final class Connections extends ChannelInitializer<SocketChannel> {
        private final Dispatcher dispatcher;

        Connections(Dispatcher dispatcher) {
            this.dispatcher = dispatcher;
        }

        @Override
        protected void initChannel(SocketChannel connection) {
            connection.closeFuture().addListener(closed -> connections.decrementAndGet());
            if (connections.incrementAndGet() > settings.maxConnections()) {
                connection.close();
                return;
            }
            var limits = new HttpDecoderConfig()
                    .setMaxInitialLineLength(REQUEST_LINE_BYTES)
                    .setMaxHeaderSize(HEADERS_BYTES);
            connection
                    .pipeline()
                    .addLast(new IdleStateHandler(
                            true, 0, 0, settings.idleTimeout().toMillis(), TimeUnit.MILLISECONDS))
                    .addLast(new HttpServerCodec(limits))
                    .addLast(new HttpObjectAggregator(BODY_BYTES))
                    .addLast(new Exchange(dispatcher, inProgress, () -> draining));
        }
    }
}
