package io.portolan.region;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.handler.codec.http2.Http2PriorityFrame;
import io.netty.handler.codec.http2.Http2SettingsAckFrame;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.portolan.region.TransportCounters.Limit;
import org.jspecify.annotations.Nullable;

/**
 * The whole of one HTTP/2 connection: idle time, floods of frames that cost the client nothing, and an orderly end by GOAWAY. On the
 * connection's event loop. Resets, CONTINUATION and empty frames Netty's codec counts itself.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing a connection: nothing is left to do when that fails
final class Http2Connection extends ChannelDuplexHandler {
    private final Connections connections;
    private final HttpLimits limits;
    private final Http2Limits frames;
    private @Nullable Deadline deadline;
    private @Nullable ChannelHandlerContext context;
    private int open;
    private int requests;
    private boolean ending;
    private int control;
    private long windowStart;

    Http2Connection(Connections connections) {
        this.connections = connections;
        this.limits = connections.limits();
        this.frames = connections.http2();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        windowStart = added.executor().ticker().nanoTime();
        var idle = new Deadline(added.executor(), () -> {
            connections.counters().count(Limit.IDLE_TIMEOUT);
            end(added, Http2Error.NO_ERROR);
        });
        idle.in(limits.headerDeadline());
        deadline = idle;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        if (deadline != null) {
            deadline.end();
        }
    }

    /** A stream has begun. */
    void opened(Channel stream) {
        stream.closeFuture().addListener(closed -> closed());
        opened();
    }

    /** A stream without a channel has begun. */
    void opened() {
        open++;
        requests++;
        if (deadline != null) {
            deadline.clear();
        }
        if (requests >= limits.requestsPerConnection() && !ending && context != null) {
            connections.counters().count(Limit.REQUESTS_PER_CONNECTION);
            end(context, Http2Error.NO_ERROR);
        }
    }

    /** A stream has ended. */
    void closed() {
        open--;
        if (open == 0 && context != null && deadline != null) {
            if (ending || connections.isDraining()) {
                end(context, Http2Error.NO_ERROR);
            } else {
                deadline.in(limits.idleTimeout());
            }
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext reading, Object message) {
        boolean free = message instanceof Http2SettingsFrame
                || message instanceof Http2SettingsAckFrame
                || message instanceof Http2PingFrame
                || message instanceof Http2PriorityFrame;
        if (free && tooMany(reading)) {
            connections.counters().count(Limit.CONTROL_FRAMES);
            end(reading, Http2Error.ENHANCE_YOUR_CALM);
            return;
        }
        if (message instanceof Http2SettingsFrame && requests == 0 && deadline != null) {
            deadline.in(limits.idleTimeout());
        }
        reading.fireChannelRead(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext triggered, Object event) {
        if (event == Connections.DRAIN) {
            end(triggered, Http2Error.NO_ERROR);
        }
        triggered.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
        // The codec answers what is wrong with the connection, the multiplexer hands on what is wrong with a stream.
        failed.fireExceptionCaught(cause);
    }

    private boolean tooMany(ChannelHandlerContext reading) {
        long now = reading.executor().ticker().nanoTime();
        if (now - windowStart > frames.window().toNanos()) {
            windowStart = now;
            control = 0;
        }
        control++;
        return control > frames.controlPerWindow();
    }

    /** Says that no more requests are taken; closes at once for an error, else when no request is in progress. */
    private void end(ChannelHandlerContext last, Http2Error error) {
        boolean now = error != Http2Error.NO_ERROR || open == 0;
        if (ending && !now) {
            return;
        }
        ending = true;
        var said = last.writeAndFlush(new DefaultHttp2GoAwayFrame(error));
        if (now) {
            said.addListener(ChannelFutureListener.CLOSE);
        }
    }
}
