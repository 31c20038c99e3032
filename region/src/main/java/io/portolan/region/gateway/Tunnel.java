package io.portolan.region.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket between a client and a replica: bytes both ways, each side waiting for the other by not reading. On the event loop of
 * both.
 *
 * <p>It lives until one side ends it, nothing has passed for the idle time, or its drain is over: that begins when the replica takes
 * no more calls or the node stops. Then both sides get a Close frame with 1001 ("going away") between two frames of theirs, and the
 * connections end.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing a connection: nothing is left to do when that fails
final class Tunnel {
    private static final long CHECK_MILLIS = 1_000;

    /** How long both sides have after the Close frame. */
    private static final long CLOSE_MILLIS = 1_000;

    private static final byte[] GOING_AWAY = {(byte) 0x88, 2, 0x03, (byte) 0xE9};
    /** The same as a client says it: masked, with a mask of zeros. */
    private static final byte[] GOING_AWAY_MASKED = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 0x03, (byte) 0xE9};

    /**
     * What holds for a socket.
     *
     * @param idle      longest without a byte
     * @param drain     how long it stays once its replica takes no calls
     * @param nodeDrain how long it stays once the node stops
     * @param ready     whether the replica still takes calls
     * @param drained   told when it is ended by us
     * @param ended     told once at the end, with the bytes that the client got
     */
    record Terms(
            Duration idle,
            Duration drain,
            Duration nodeDrain,
            BooleanSupplier ready,
            Runnable drained,
            LongConsumer ended) {}

    private final Terms terms;
    private final Side client;
    private final Side replica;
    private final Future<?> check;
    private long movedNanos;
    private long endsNanos;
    private boolean draining;
    private boolean stopping;
    private boolean closing;
    private boolean over;
    private long toClient;

    private Tunnel(Channel client, Channel replica, Terms terms) {
        this.terms = terms;
        this.client = new Side(client, GOING_AWAY);
        this.replica = new Side(replica, GOING_AWAY_MASKED);
        this.client.other = this.replica;
        this.replica.other = this.client;
        this.movedNanos = now();
        this.check =
                client.eventLoop().scheduleAtFixedRate(this::check, CHECK_MILLIS, CHECK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Joins two connections that are nothing but bytes from now on; takes every other handler of theirs away. */
    static void join(Channel client, Channel replica, Terms terms) {
        var tunnel = new Tunnel(client, replica, terms);
        client.pipeline().addLast(tunnel.client);
        replica.pipeline().addLast(tunnel.replica);
        strip(client, tunnel.client);
        strip(replica, tunnel.replica);
        client.config().setAutoRead(true);
        replica.config().setAutoRead(true);
        if (!client.isActive() || !replica.isActive()) {
            tunnel.end();
        }
    }

    private static void strip(Channel channel, Side kept) {
        var others = new ArrayList<ChannelHandler>();
        channel.pipeline().forEach(entry -> {
            if (entry.getValue() != kept && !(entry.getValue() instanceof SslHandler)) {
                others.add(entry.getValue());
            }
        });
        // The last first: what a decoder has read and not understood comes out of it when it goes, and only bytes are
        // known here.
        others.reversed().forEach(channel.pipeline()::remove);
    }

    private void check() {
        long now = now();
        if (closing) {
            return;
        }
        if (!draining && !terms.ready().getAsBoolean()) {
            drain(terms.drain());
        } else if (draining && !stopping && terms.ready().getAsBoolean()) {
            // It was out of service for a while only.
            draining = false;
        }
        if (draining && now - endsNanos >= 0) {
            goingAway();
        } else if (now - movedNanos > terms.idle().toNanos()) {
            end();
        }
    }

    private void drain(Duration longest) {
        draining = true;
        endsNanos = now() + longest.toNanos();
    }

    private void nodeStops() {
        if (stopping || closing) {
            return;
        }
        stopping = true;
        drain(Deadlines.least(terms.drain(), terms.nodeDrain()));
        if (terms.nodeDrain().isZero() || terms.drain().isZero()) {
            goingAway();
        }
    }

    private void goingAway() {
        closing = true;
        terms.drained().run();
        client.sayGoodbye();
        replica.sayGoodbye();
        client.channel.eventLoop().schedule(this::end, CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void end() {
        if (over) {
            return;
        }
        over = true;
        check.cancel(false);
        client.close();
        replica.close();
        terms.ended().accept(toClient);
    }

    private long now() {
        return client.channel.eventLoop().ticker().nanoTime();
    }

    /** One of the two connections. What is read from it goes to the other. */
    private final class Side extends ChannelInboundHandlerAdapter {
        private final Channel channel;
        private final byte[] goodbye;
        /** What is written to this side. */
        private final WebSocketFrames written = new WebSocketFrames();

        private @Nullable Side other;
        private boolean wantsGoodbye;
        private boolean saidGoodbye;

        Side(Channel channel, byte[] goodbye) {
            this.channel = channel;
            this.goodbye = goodbye;
        }

        /** Writes what the other side sent. */
        void write(ByteBuf bytes) {
            if (saidGoodbye) {
                bytes.release();
                return;
            }
            if (!wantsGoodbye) {
                written.pass(bytes);
                count(bytes.readableBytes());
                channel.write(bytes);
                return;
            }
            int length = written.passToEndOfFrame(bytes);
            count(length);
            channel.write(bytes.readRetainedSlice(length));
            bytes.release();
            sayGoodbye();
        }

        private void count(int bytes) {
            toClient += this == client ? bytes : 0;
        }

        /** Says it now, or when the frame that is on its way has passed. */
        void sayGoodbye() {
            wantsGoodbye = true;
            if (!saidGoodbye && written.isBetweenFrames()) {
                saidGoodbye = true;
                count(goodbye.length);
                channel.writeAndFlush(Unpooled.wrappedBuffer(goodbye));
            }
        }

        /** Closes it when all that was written is on its way. */
        void close() {
            if (channel.isActive()) {
                channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> channel.close());
            }
        }

        private Side other() {
            var it = other;
            if (it == null) {
                throw new IllegalStateException("a side alone");
            }
            return it;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (!(message instanceof ByteBuf bytes) || over) {
                ReferenceCountUtil.release(message);
                return;
            }
            movedNanos = now();
            other().write(bytes);
            if (!other().channel.isWritable()) {
                channel.config().setAutoRead(false);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            other().channel.flush();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            if (channel.isWritable()) {
                other().channel.config().setAutoRead(true);
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event == Gateway.NODE_STOPS) {
                nodeStops();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            end();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            end();
        }
    }
}
