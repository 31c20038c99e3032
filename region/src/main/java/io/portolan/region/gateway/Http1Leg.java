package io.portolan.region.gateway;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a replica in HTTP/1.1, one call at a time. On its event loop.
 *
 * <p>It serves another call only after the one before was sent and answered to the end, said so, and left nothing behind: bytes that
 * come while there is no call, or behind an answer, would be taken for the answer of the next caller. That is looked at when all that
 * was read has been decoded, not before.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what cannot be written or closed is told by the channel's end
final class Http1Leg extends ChannelInboundHandlerAdapter implements Leg {
    private static final int LONGEST_HINT = 3600;

    private final Pool pool;
    private final Endpoint endpoint;
    private final ResponseDecoder decoder;
    private final Channel channel;
    private @Nullable Listener listener;
    private boolean used;
    private boolean sent;
    private boolean headCame;
    private boolean answered;
    private boolean informational;
    private boolean keepsAlive;
    private boolean releasing;
    /** Seconds after which the replica says that it closes, or a large number. */
    private int hint = LONGEST_HINT;

    /** When it was put by. */
    long idleSince;

    Http1Leg(Pool pool, Endpoint endpoint, ResponseDecoder decoder, Channel channel) {
        this.pool = pool;
        this.endpoint = endpoint;
        this.decoder = decoder;
        this.channel = channel;
    }

    /** Serves a call from now on. */
    void begin(Listener call) {
        listener = call;
        sent = false;
        headCame = false;
        answered = false;
        keepsAlive = false;
        releasing = false;
        call.connected(this);
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** Seconds that the replica keeps an idle connection, as it says. */
    int hint() {
        return hint;
    }

    @Override
    public void send(HttpRequest head, boolean whole) {
        decoder.expect(head.method().equals(HttpMethod.HEAD));
        sent = whole;
        channel.write(
                whole
                        ? new DefaultFullHttpRequest(
                                head.protocolVersion(),
                                head.method(),
                                head.uri(),
                                Unpooled.EMPTY_BUFFER,
                                head.headers(),
                                EmptyHttpHeaders.INSTANCE)
                        : head,
                channel.voidPromise());
    }

    @Override
    public void send(HttpContent part) {
        sent |= part instanceof LastHttpContent;
        channel.write(part, channel.voidPromise());
    }

    @Override
    public void flush() {
        channel.flush();
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void reading(boolean on) {
        channel.config().setAutoRead(on);
    }

    @Override
    public void release() {
        listener = null;
        if (answered && sent && keepsAlive && channel.isActive()) {
            releasing = true;
            used = true;
            channel.config().setAutoRead(true);
        } else {
            channel.close();
        }
    }

    @Override
    public void abort() {
        listener = null;
        releasing = false;
        channel.close();
    }

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var call = listener;
        if (call == null || answered) {
            // Nobody asked for it: whatever follows on this connection belongs to nobody either.
            releasing = false;
            ReferenceCountUtil.release(message);
            context.close();
            return;
        }
        if (message instanceof HttpResponse head) {
            informational = head.status().codeClass() == HttpStatusClass.INFORMATIONAL
                    && head.status().code() != 101
                    && head.decoderResult().isSuccess();
            if (!informational) {
                headCame = true;
                keepsAlive = ResponseRules.keepsAlive(head);
                hint = hint(head);
            }
            call.head(head);
        }
        if (message instanceof HttpContent part && listener != null) {
            content(call, part);
        } else if (message instanceof HttpContent) {
            ReferenceCountUtil.release(message);
        }
    }

    private void content(Listener call, HttpContent part) {
        if (informational) {
            part.release();
            informational = !(part instanceof LastHttpContent);
            return;
        }
        var failure = part.decoderResult().cause();
        if (failure != null) {
            part.release();
            fail(Failure.MALFORMED, "its body cannot be read: " + failure.getMessage());
            return;
        }
        answered |= part instanceof LastHttpContent;
        call.content(part, part instanceof LastHttpContent);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (listener != null) {
            listener.readComplete();
        }
        if (releasing) {
            releasing = false;
            if (decoder.isAtRest()) {
                pool.offer(this);
            } else {
                context.close();
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (listener != null) {
            listener.writabilityChanged();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        pool.gone(this);
        fail(used && !headCame ? Failure.STALE : Failure.CLOSED, "it closed the connection");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(
                used && !headCame ? Failure.STALE : Failure.CLOSED,
                Objects.toString(cause.getMessage(), cause.toString()));
        context.close();
    }

    private void fail(Failure failure, String detail) {
        var call = listener;
        listener = null;
        releasing = false;
        if (call != null) {
            channel.close();
            call.failed(failure, detail);
        }
    }

    private static int hint(HttpResponse head) {
        var value = head.headers().get("keep-alive");
        int at = value == null ? -1 : value.indexOf("timeout=");
        if (value == null || at < 0) {
            return LONGEST_HINT;
        }
        int seconds = 0;
        for (int i = at + "timeout=".length();
                i < value.length() && value.charAt(i) >= '0' && value.charAt(i) <= '9' && seconds < LONGEST_HINT;
                i++) {
            seconds = seconds * 10 + value.charAt(i) - '0';
        }
        return seconds;
    }
}
