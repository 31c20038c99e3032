package io.portolan.region;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.portolan.region.TransportCounters.Limit;
import org.jspecify.annotations.Nullable;

/** One request on an HTTP/2 connection: its body within the deadline, one answer. On the connection's event loop. */
@SuppressWarnings("FutureReturnValueIgnored") // resetting a stream: nothing is left to do when that fails
final class Http2Stream extends ChannelDuplexHandler implements Streaming {
    private final HttpLimits limits;
    private final TransportCounters counters;
    private @Nullable Deadline body;
    private boolean whole;
    private boolean answered;

    Http2Stream(Connections connections) {
        this.limits = connections.limits();
        this.counters = connections.counters();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (body != null) {
            body.end();
        }
    }

    @Override
    public void streams() {
        if (body != null) {
            body.end();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof LastHttpContent) {
            whole = true;
            if (body != null) {
                body.end();
            }
        } else if (message instanceof HttpRequest) {
            body = new Deadline(context.executor(), () -> late(context));
            body.in(limits.bodyDeadline());
        }
        context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        boolean informational =
                message instanceof HttpResponse head && head.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        if (message instanceof HttpResponse && !informational) {
            answered = true;
        }
        var written = context.write(message, promise);
        if (message instanceof LastHttpContent && !informational && !whole) {
            // The rest of the request is not wanted, and nothing is wrong (RFC 9113, section 8.1).
            written.addListener(done -> context.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR)));
        }
    }

    /** What is wrong with one stream ends that one, with its own error. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof Http2Exception wrong) {
            counters.count(Limit.MALFORMED);
            context.writeAndFlush(new DefaultHttp2ResetFrame(wrong.error()));
        } else {
            context.fireExceptionCaught(cause);
        }
    }

    private void late(ChannelHandlerContext context) {
        if (answered) {
            context.close();
        } else {
            context.fireChannelRead(
                    new Refusal(408, Limit.BODY_DEADLINE, "body: not complete in " + limits.bodyDeadline()));
        }
    }
}
