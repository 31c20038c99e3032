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
import io.netty.handler.codec.http.HttpResponseEncoder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * The node's HTTP/1.1 listener. Thread-safe. Bound at once, but accepts connections only after {@link #accept}, so that nobody sees
 * a node that has not looked at its disk yet.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing: nothing is left to do when that fails
final class HttpListener implements AutoCloseable {
    private static final int BACKLOG = 1024;
    private static final long DRAIN_POLL_MILLIS = 5;

    private final RegionSettings settings;
    private final EventLoopGroup accepting;
    private final EventLoopGroup serving;
    private final Channel channel;
    private final Connections connections;

    private HttpListener(RegionSettings settings, Dispatcher dispatcher, TransportCounters counters)
            throws IOException {
        this.settings = settings;
        this.connections = new Connections(settings.http(), counters);
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
                .childHandler(new Http1(dispatcher))
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
    static HttpListener bind(RegionSettings settings, Dispatcher dispatcher, TransportCounters counters)
            throws IOException {
        return new HttpListener(settings, dispatcher, counters);
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
        return connections.count();
    }

    /**
     * Lets every answer be the last of its connection, accepts no more after {@link HttpLimits#lameDuck}, finishes what is in
     * progress for a bounded time, then closes everything.
     */
    @Override
    public void close() {
        try {
            TimeUnit.MILLISECONDS.sleep(connections.limits().lameDuck().toMillis());
            channel.close().awaitUninterruptibly();
            connections.drain();
            long polls = settings.drainTimeout().toMillis() / DRAIN_POLL_MILLIS;
            for (long i = 0; i < polls && connections.inProgress() > 0; i++) {
                TimeUnit.MILLISECONDS.sleep(DRAIN_POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        channel.close();
        accepting.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        serving.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private final class Http1 extends ChannelInitializer<SocketChannel> {
        private final Dispatcher dispatcher;

        Http1(Dispatcher dispatcher) {
            this.dispatcher = dispatcher;
        }

        @Override
        protected void initChannel(SocketChannel connection) {
            if (!connections.admit(connection)) {
                connection.close();
                return;
            }
            connection
                    .pipeline()
                    .addLast(new StrictRequestDecoder(connections.limits()))
                    .addLast(new HttpResponseEncoder())
                    .addLast(new Http1Connection(connections))
                    .addLast(new RequestGate(connections.limits()))
                    .addLast(new Exchange(dispatcher, connections));
        }
    }
}
