package io.portolan.region;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Lets requests through whole: passes on the head once its body has been read, or a {@link Refusal} as soon as it earns one, and
 * then nothing more of that request. On the event loop.
 *
 * <p>Bodies are counted and dropped, but for those that {@link RequestWithBody#isWanted} wants.
 */
@SuppressWarnings("FutureReturnValueIgnored") // "100 Continue": when it cannot be written, the connection is gone
final class RequestGate extends SimpleChannelInboundHandler<HttpObject> {
    private final HttpLimits limits;
    private @Nullable HttpRequest head;
    private @Nullable ByteArrayOutputStream kept;
    private long bodyBytes;

    RequestGate(HttpLimits limits) {
        this.limits = limits;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
        if (message instanceof HttpRequest begun) {
            begin(context, begun);
        }
        if (message instanceof HttpContent content) {
            more(context, content);
        }
    }

    private void begin(ChannelHandlerContext context, HttpRequest begun) {
        bodyBytes = 0;
        var refusal = RequestRules.refusal(begun, limits);
        head = refusal.isPresent() ? null : begun;
        kept = refusal.isEmpty() && RequestWithBody.isWanted(begun) ? new ByteArrayOutputStream() : null;
        if (refusal.isPresent()) {
            context.fireChannelRead(refusal.get());
        } else if (HttpUtil.is100ContinueExpected(begun) && !(begun instanceof LastHttpContent)) {
            context.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        }
    }

    private void more(ChannelHandlerContext context, HttpContent content) {
        var begun = head;
        if (begun == null) {
            return;
        }
        bodyBytes += content.content().readableBytes();
        var failure = content.decoderResult().cause();
        if (failure != null) {
            head = null;
            context.fireChannelRead(RequestRules.unreadable(failure));
        } else if (bodyBytes > limits.bodyBytes()) {
            head = null;
            context.fireChannelRead(RequestRules.tooLong(limits));
        } else {
            keep(content);
            if (content instanceof LastHttpContent) {
                head = null;
                context.fireChannelRead(kept == null ? begun : new RequestWithBody(begun, kept.toByteArray()));
                kept = null;
            }
        }
    }

    private void keep(HttpContent content) {
        if (kept != null) {
            var bytes = new byte[content.content().readableBytes()];
            content.content().getBytes(content.content().readerIndex(), bytes);
            kept.writeBytes(bytes);
        }
    }
}
