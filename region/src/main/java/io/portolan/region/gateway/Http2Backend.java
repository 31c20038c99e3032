package io.portolan.region.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One HTTP/2 connection to a replica, by prior knowledge, with many calls at a time. On its event loop. */
@SuppressWarnings("FutureReturnValueIgnored") // closing a connection: nothing is left to do when that fails
final class Http2Backend implements Pool.Opening {
    /** Calls at a time before the replica has said how many it takes, and the most that are made of what it says. */
    private static final int STREAMS = 100;

    private static final int WINDOW_BYTES = 1 << 20;

    private final List<Leg.Listener> waiting = new ArrayList<>(1);
    private @Nullable Channel channel;
    private boolean over;
    private int streams;
    private int most = STREAMS;

    /** One that is being connected for a call. */
    Http2Backend(Leg.Listener first) {
        waiting.add(first);
        streams = 1;
    }

    static void initialise(ChannelPipeline pipeline, GatewaySettings settings) {
        pipeline.addLast(Http2FrameCodecBuilder.forClient()
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

    /** Whether it takes no more calls. */
    boolean isOver() {
        var open = channel;
        return over || (open != null && !open.isActive());
    }

    /** Makes a call on it; false when it has no room for one. */
    boolean begin(Leg.Listener call) {
        if (isOver() || streams >= most) {
            return false;
        }
        streams++;
        var open = channel;
        if (open == null) {
            waiting.add(call);
        } else {
            stream(open, call);
        }
        return true;
    }

    @Override
    public void opened(Channel connected) {
        channel = connected;
        connected.pipeline().addLast(new Whole());
        waiting.forEach(call -> stream(connected, call));
        waiting.clear();
    }

    @Override
    public void failed(String detail) {
        over = true;
        waiting.forEach(call -> call.failed(Leg.Failure.NOT_TAKEN, detail));
        waiting.clear();
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
                        opened.getNow().closeFuture().addListener(closed -> streams--);
                        opened.getNow().pipeline().get(Http2Leg.class).begin(call);
                    } else {
                        streams--;
                        call.failed(Leg.Failure.NOT_TAKEN, "stream: " + opened.cause());
                    }
                });
    }

    /** Closes it where it has no calls; {@code gone}: the replica is no longer used. */
    void closeIfIdle(boolean gone) {
        var open = channel;
        if (open != null && streams == 0 && (gone || over)) {
            over = true;
            open.close();
        }
    }

    /** What is about the connection and not about one call. */
    private final class Whole extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof Http2SettingsFrame said
                    && said.settings().maxConcurrentStreams() != null) {
                most = (int) Math.min(STREAMS, said.settings().maxConcurrentStreams());
            } else if (message instanceof Http2GoAwayFrame) {
                over = true;
                closeIfIdle(true);
            }
            ReferenceCountUtil.release(message);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            over = true;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            over = true;
            context.close();
        }
    }
}
