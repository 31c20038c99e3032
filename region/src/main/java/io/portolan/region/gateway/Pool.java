package io.portolan.region.gateway;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to replicas. On that loop only, so without locks.
 *
 * <p>HTTP/1.1: the connection that was put by last is taken first, so that the others grow old and are closed. HTTP/2: one connection
 * a replica, and another one when all its streams are taken, or when it has fallen silent.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing a connection: nothing is left to do when that fails
final class Pool {
    private static final long SWEEP_SECONDS = 1;

    private final EventLoop loop;
    private final Class<? extends Channel> type;
    private final GatewaySettings settings;
    private final HostNames names;
    private final Map<Endpoint, ArrayDeque<Http1Leg>> idle = new HashMap<>();
    private final Map<Endpoint, List<Http2Backend>> shared = new HashMap<>();
    private boolean sweeping;
    private boolean closed;

    Pool(EventLoop loop, Class<? extends Channel> type, GatewaySettings settings, HostNames names) {
        this.loop = loop;
        this.type = type;
        this.settings = settings;
        this.names = names;
    }

    /** Begins an attempt: the listener is told, now or later, once. {@code fresh}: no connection that was used before. */
    void begin(Endpoint endpoint, Duration connect, boolean fresh, Leg.Listener call) {
        if (endpoint.backend.http2()) {
            beginStream(endpoint, connect, call);
            return;
        }
        var kept = idle.get(endpoint);
        while (!fresh && kept != null && !kept.isEmpty()) {
            var leg = kept.removeLast();
            if (leg.channel().isActive() && !isOld(leg, loop.ticker().nanoTime())) {
                leg.begin(call);
                return;
            }
            leg.channel().close();
        }
        connect(endpoint, connect, new Opening() {
            @Override
            public void opened(Channel channel) {
                channel.pipeline().get(Http1Leg.class).begin(call);
            }

            @Override
            public void failed(String detail) {
                call.failed(Leg.Failure.NOT_TAKEN, detail);
            }
        });
    }

    /** What becomes of a connection that was asked for. */
    interface Opening {
        void opened(Channel channel);

        void failed(String detail);
    }

    private void beginStream(Endpoint endpoint, Duration connect, Leg.Listener call) {
        var known = shared.computeIfAbsent(endpoint, first -> new ArrayList<>(1));
        known.removeIf(Http2Backend::isOver);
        for (var each : known) {
            if (each.begin(call)) {
                return;
            }
        }
        var made = new Http2Backend(call, connect);
        known.add(made);
        sweepLater();
        connect(endpoint, connect, made);
    }

    private void connect(Endpoint endpoint, Duration limit, Opening opening) {
        var address = endpoint.backend.address();
        if (!address.isUnresolved()) {
            connect(endpoint, address, limit, opening);
            return;
        }
        names.resolve(
                address,
                (resolved, detail) -> loop.execute(() -> {
                    if (resolved == null) {
                        opening.failed(detail);
                    } else {
                        connect(endpoint, resolved, limit, opening);
                    }
                }));
    }

    private void connect(Endpoint endpoint, InetSocketAddress address, Duration limit, Opening opening) {
        if (closed) {
            opening.failed("this node stops");
            return;
        }
        new Bootstrap()
                .group(loop)
                .channel(type)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) limit.toMillis())
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        initialise(endpoint, channel, limit);
                    }
                })
                .connect(address)
                .addListener((ChannelFuture connected) -> {
                    if (!connected.isSuccess()) {
                        opening.failed(message(connected.cause()));
                    } else if (endpoint.backend.tls().isOn()) {
                        secured(connected.channel(), endpoint.backend.http2(), opening);
                    } else {
                        opening.opened(connected.channel());
                    }
                });
    }

    private static void secured(Channel channel, boolean http2, Opening opening) {
        var handler = channel.pipeline().get(SslHandler.class);
        handler.handshakeFuture().addListener(shaken -> {
            if (shaken.isSuccess() && http2 && !ApplicationProtocolNames.HTTP_2.equals(handler.applicationProtocol())) {
                channel.close();
                opening.failed("TLS: it does not speak HTTP/2");
            } else if (shaken.isSuccess()) {
                opening.opened(channel);
            } else {
                channel.close();
                opening.failed("TLS: " + message(shaken.cause()));
            }
        });
    }

    private void initialise(Endpoint endpoint, Channel channel, Duration limit) {
        var pipeline = channel.pipeline();
        var tls = endpoint.backend.tls();
        if (tls.isOn()) {
            var address = endpoint.backend.address();
            var handler = tls.context().newHandler(channel.alloc(), address.getHostString(), address.getPort());
            handler.setHandshakeTimeoutMillis(limit.toMillis());
            pipeline.addLast(handler);
        }
        if (endpoint.backend.http2()) {
            Http2Backend.initialise(pipeline, settings);
            return;
        }
        var decoder = new ResponseDecoder(settings.headerBytes());
        pipeline.addLast(decoder)
                .addLast(new HttpRequestEncoder())
                .addLast(new Http1Leg(this, endpoint, decoder, channel));
    }

    private static String message(@Nullable Throwable cause) {
        return cause == null ? "" : String.valueOf(cause.getMessage());
    }

    /** Keeps a connection at rest for later. */
    void offer(Http1Leg leg) {
        var endpoint = leg.endpoint();
        var kept = idle.computeIfAbsent(endpoint, first -> new ArrayDeque<>());
        if (closed || endpoint.gone || leg.hint() <= 1 || kept.size() >= settings.idleConnections()) {
            leg.channel().close();
            return;
        }
        leg.idleSince = loop.ticker().nanoTime();
        kept.addLast(leg);
        sweepLater();
    }

    private void sweepLater() {
        if (!sweeping && !closed) {
            sweeping = true;
            loop.schedule(this::sweep, SWEEP_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** A connection has ended. */
    void gone(Http1Leg leg) {
        var kept = idle.get(leg.endpoint());
        if (kept != null) {
            kept.remove(leg);
        }
    }

    private void sweep() {
        long now = loop.ticker().nanoTime();
        idle.forEach((endpoint, kept) -> {
            for (var leg : List.copyOf(kept)) {
                if (endpoint.gone || isOld(leg, now)) {
                    kept.remove(leg);
                    leg.channel().close();
                }
            }
        });
        idle.values().removeIf(ArrayDeque::isEmpty);
        shared.forEach((endpoint, all) -> {
            all.forEach(each -> each.closeIfIdle(endpoint.gone || each.isOld(now)));
            all.removeIf(Http2Backend::isOver);
        });
        shared.values().removeIf(List::isEmpty);
        sweeping = false;
        if (!idle.isEmpty() || !shared.isEmpty()) {
            sweepLater();
        }
    }

    /**
     * Whether a connection has been at rest for so long that its replica may be closing it. It is asked before each use too: a loop that
     * comes late to its sweep may not have read yet that it was closed, and a call that must not be made twice would be lost on it.
     */
    private boolean isOld(Http1Leg leg, long now) {
        // A second less than the replica says, so that it does not close while a call is on its way.
        return now - leg.idleSince > Math.min(settings.idle().toNanos(), TimeUnit.SECONDS.toNanos(leg.hint() - 1));
    }

    /** Connections that no call uses. */
    int idleCount() {
        return idle.values().stream().mapToInt(ArrayDeque::size).sum();
    }

    /** Closes what is at rest; no more connections are made. */
    void close() {
        closed = true;
        idle.values()
                .forEach(all -> List.copyOf(all).forEach(leg -> leg.channel().close()));
        idle.clear();
        shared.values().forEach(all -> all.forEach(each -> each.closeIfIdle(true)));
    }
}
