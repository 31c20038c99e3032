package io.portolan.region.gateway;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A stream to a replica in HTTP/2: one call. On the connection's event loop. */
@SuppressWarnings("FutureReturnValueIgnored") // what cannot be written or closed is told by the channel's end
final class Http2Leg extends ChannelInboundHandlerAdapter implements Leg {
    private final Channel stream;
    private @Nullable Listener listener;
    private @Nullable Http2Backend connection;
    private long heardBefore;
    private boolean headCame;
    private boolean answered;
    /** Whether the replica said that it had not looked at this call. */
    private boolean tooLate;

    private Http2Leg(Channel stream) {
        this.stream = stream;
    }

    static void initialise(Channel stream) {
        stream.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(false)).addLast(new Http2Leg(stream));
    }

    void begin(Listener call, Http2Backend on) {
        connection = on;
        heardBefore = on.heard();
        listener = call;
        call.connected(this);
    }

    @Override
    public void send(HttpRequest head, boolean whole) {
        // The codec makes pseudo-headers of the line and of Host; the frames say themselves where a body ends.
        head.headers().remove(HttpHeaderNames.TRANSFER_ENCODING);
        stream.write(
                whole
                        ? new DefaultFullHttpRequest(
                                head.protocolVersion(),
                                head.method(),
                                head.uri(),
                                Unpooled.EMPTY_BUFFER,
                                head.headers(),
                                EmptyHttpHeaders.INSTANCE)
                        : head);
    }

    @Override
    public void send(HttpContent part) {
        stream.write(part);
    }

    @Override
    public void flush() {
        stream.flush();
    }

    @Override
    public boolean isWritable() {
        return stream.isWritable();
    }

    @Override
    public void reading(boolean on) {
        stream.config().setAutoRead(on);
    }

    @Override
    public void release() {
        listener = null;
        // Where the call was not sent to the end, the replica is told that the rest does not come.
        stream.close();
    }

    @Override
    public void abort() {
        listener = null;
        stream.close();
    }

    @Override
    public void late() {
        if (connection != null && connection.heard() == heardBefore) {
            connection.silent();
        }
        abort();
    }

    @Override
    public Channel channel() {
        return stream;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var call = listener;
        if (call == null || answered) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof HttpResponse head) {
            boolean informational = head.status().codeClass() == HttpStatusClass.INFORMATIONAL;
            headCame |= !informational;
            // An answer without a body comes in one piece; the call wants its head and its end.
            call.head(new DefaultHttpResponse(HttpVersion.HTTP_1_1, head.status(), head.headers()));
            if (informational || listener == null) {
                ReferenceCountUtil.release(message);
                return;
            }
        }
        if (message instanceof HttpContent part) {
            boolean last = part instanceof LastHttpContent;
            answered = last;
            if (message instanceof HttpResponse) {
                ReferenceCountUtil.release(message);
                call.content(LastHttpContent.EMPTY_LAST_CONTENT, true);
            } else {
                call.content(part, last);
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (listener != null) {
            listener.readComplete();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (listener != null) {
            listener.writabilityChanged();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof Http2ResetFrame reset) {
            boolean unread = reset.errorCode() == Http2Error.REFUSED_STREAM.code() && !headCame;
            fail(unread ? Failure.NOT_TAKEN : Failure.CLOSED, "it reset the stream: " + reset.errorCode());
        }
        // Told to those streams alone that came too late (RFC 9113, section 6.8); they end at once.
        tooLate |= event instanceof Http2GoAwayFrame;
        context.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(
                tooLate && !headCame ? Failure.NOT_TAKEN : Failure.CLOSED,
                tooLate ? "it took no more calls on this connection" : "it closed the stream");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(Failure.CLOSED, Objects.toString(cause.getMessage(), cause.toString()));
        context.close();
    }

    private void fail(Failure failure, String detail) {
        var call = listener;
        listener = null;
        if (call != null) {
            stream.close();
            call.failed(failure, detail);
        }
    }
}
