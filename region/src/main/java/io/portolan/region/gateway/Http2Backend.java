package io.portolan.region.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One HTTP/2 connection to a replica, with many calls at a time. On its event loop. */
@SuppressWarnings("FutureReturnValueIgnored") // closing a connection: nothing is left to do when that fails
final class Http2Backend implements Pool.Opening {
    /** Calls at a time before the replica has said how many it takes, and the most that are made of what it says. */
    private static final int STREAMS = 100;

    /** What one call's answer may hold that its client does not take; times the streams, that of a connection. */
    private static final int WINDOW_BYTES = 256 << 10;

    /** How long one without calls is kept: what has been silent for long may be gone without a word. */
    private static final Duration REST = Duration.ofMinutes(1);

    private final Duration longest;
    private final ArrayDeque<Leg.Listener> waiting = new ArrayDeque<>(2);
    private @Nullable Channel channel;
    private @Nullable Future<?> settling;
    private boolean settled;
    private boolean over;
    private int streams;
    private long heard;
    /** Since when it has had no call. */
    long idleSince;

    private int most = STREAMS;

    /** One that is being connected for a call, and has so long to say how many it takes. */
    Http2Backend(Leg.Listener first, Duration longest) {
        this.longest = longest;
        waiting.add(first);
    }

    static void initialise(ChannelPipeline pipeline, GatewaySettings settings) {
        pipeline.addLast(new Codec()
                        .initialSettings(Http2Settings.defaultSettings()
                                .pushEnabled(false)
                                .maxHeaderListSize(settings.headerBytes())
                                .initialWindowSize(WINDOW_BYTES))
                        .encoderIgnoreMaxHeaderListSize(true)
                        .gracefulShutdownTimeoutMillis(0)
                        .build())
                .addLast(new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel pushed) {
                        pushed.close();
                    }
                }));
    }

    /**
     * Makes a client's codec for which what came is room again for the connection at once, and for its stream only when it was taken: an
     * answer that its client does not read holds its own window, and no other call's answer.
     */
    private static final class Codec extends Http2FrameCodecBuilder {
        Codec() {
            var whole = new DefaultHttp2Connection(false);
            whole.local()
                    .flowController(new DefaultHttp2LocalFlowController(
                            whole, DefaultHttp2LocalFlowController.DEFAULT_WINDOW_UPDATE_RATIO, true));
            connection(whole);
        }
    }

    /** Whether it takes no more calls. */
    boolean isOver() {
        var open = channel;
        return over || (open != null && !open.isActive());
    }

    /** Makes a call on it; false when it has no room for one. */
    boolean begin(Leg.Listener call) {
        if (isOver() || streams + waiting.size() >= most) {
            return false;
        }
        waiting.add(call);
        next();
        return true;
    }

    @Override
    public void opened(Channel connected) {
        channel = connected;
        idleSince = connected.eventLoop().ticker().nanoTime();
        connected.pipeline().addFirst(new Heard()).addLast(new Whole());
        settling = connected
                .eventLoop()
                .schedule(
                        () -> {
                            over = true;
                            connected.close();
                            failed("it did not say that it speaks HTTP/2");
                        },
                        longest.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void failed(String detail) {
        over = true;
        for (var call = waiting.poll(); call != null; call = waiting.poll()) {
            call.failed(Leg.Failure.NOT_TAKEN, detail);
        }
    }

    /** Begins calls that wait, as many as the replica takes at a time. */
    private void next() {
        var open = channel;
        while (open != null && settled && !over && streams < most && !waiting.isEmpty()) {
            streams++;
            stream(open, waiting.poll());
        }
    }

    private void stream(Channel open, Leg.Listener call) {
        new Http2StreamChannelBootstrap(open)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        Http2Leg.initialise(stream);
                    }
                })
                .open()
                .addListener((Future<Http2StreamChannel> opened) -> {
                    if (opened.isSuccess()) {
                        // Not before the codec knows that the stream has ended: it counts them too.
                        opened.getNow().closeFuture().addListener(closed -> open.eventLoop()
                                .execute(this::left));
                        opened.getNow().pipeline().get(Http2Leg.class).begin(call, this);
                    } else {
                        left();
                        call.failed(Leg.Failure.NOT_TAKEN, "stream: " + opened.cause());
                    }
                });
    }

    /** How often something came on it, whatever it was. */
    long heard() {
        return heard;
    }

    /** A call was waited for in vain, and nothing of any other came meanwhile: no more are made on it, and with its last one it ends. */
    void silent() {
        failed("its connection is silent");
    }

    private void left() {
        streams--;
        var open = channel;
        if (streams == 0 && open != null) {
            idleSince = open.eventLoop().ticker().nanoTime();
        }
        next();
        // Nobody looks after one that takes no more calls.
        closeIfIdle(false);
    }

    /** Whether it has had no call for so long that it is not kept. */
    boolean isOld(long now) {
        return streams == 0 && now - idleSince > REST.toNanos();
    }

    /** Closes it where it has no calls; {@code gone}: it is no longer used. */
    void closeIfIdle(boolean gone) {
        var open = channel;
        if (open != null && streams == 0 && waiting.isEmpty() && (gone || over)) {
            over = true;
            open.close();
        }
    }

    /** Notes that something came. */
    private final class Heard extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            heard++;
            context.fireChannelRead(message);
        }
    }

    /** What is about the connection and not about one call. */
    private final class Whole extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof Http2SettingsFrame said) {
                var wanted = said.settings().maxConcurrentStreams();
                most = wanted == null ? most : (int) Math.min(STREAMS, wanted);
                settled = true;
                if (settling != null) {
                    settling.cancel(false);
                }
                next();
            } else if (message instanceof Http2GoAwayFrame) {
                failed("it takes no more calls");
                closeIfIdle(true);
            }
            ReferenceCountUtil.release(message);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            failed("it closed the connection");
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            over = true;
            context.close();
        }
    }
}
