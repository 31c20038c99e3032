package io.portolan.region;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;

/**
 * Writes answers of controllers to one client: with the headers that say who gave them, and for a stream of HTTP/2 with an eye on how
 * much is on its way, which its channel does not tell. On the event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what cannot be written is told by the channel's end
final class CallAnswers {
    /** Bytes on their way to a client of HTTP/2 above which no more are taken, and below which some are again. */
    private static final long HIGH_BYTES = 64 << 10;

    private static final long LOW_BYTES = 32 << 10;
    private static final AsciiString VERSION = AsciiString.cached("x-portolan-version");
    private static final AsciiString REGION = AsciiString.cached("x-portolan-region");

    private final Calls calls;
    private final boolean stream;
    private final Runnable ended;
    private final Runnable roomAgain;
    private String version = "";
    private boolean oldProtocol;
    private long onTheWay;
    private boolean full;

    /**
     * For one client.
     *
     * @param stream    whether it is a stream of HTTP/2, else a connection of HTTP/1.1
     * @param ended     told when the last part of an answer is on its way
     * @param roomAgain told when a stream takes more than before
     */
    CallAnswers(Calls calls, boolean stream, Runnable ended, Runnable roomAgain) {
        this.calls = calls;
        this.stream = stream;
        this.ended = ended;
        this.roomAgain = roomAgain;
    }

    /** What is written from now on answers a call of that version; {@code old}: the client speaks HTTP/1.0. */
    void of(String called, boolean old) {
        version = called;
        oldProtocol = old;
    }

    boolean isWritable(ChannelHandlerContext context) {
        return stream ? !full : context.channel().isWritable();
    }

    /** Writes a part of an answer, which is handed over. */
    void write(ChannelHandlerContext context, HttpObject part) {
        if (part instanceof HttpResponse answer) {
            if (answer.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
                interim(context, answer);
                return;
            }
            dress(answer);
        }
        boolean last = part instanceof LastHttpContent;
        if (!stream && !last) {
            context.write(part, context.voidPromise());
            return;
        }
        long length = part instanceof HttpContent content ? content.content().readableBytes() : 0;
        var written = context.write(part);
        if (last) {
            written.addListener(done -> ended.run());
        } else {
            count(written, length);
        }
    }

    /** The codec for streams of HTTP/2 would take any other interim answer for the last word. */
    private void interim(ChannelHandlerContext context, HttpResponse answer) {
        if (!stream || answer.status().equals(HttpResponseStatus.CONTINUE)) {
            context.write(answer);
        } else {
            ReferenceCountUtil.release(answer);
        }
    }

    private void dress(HttpResponse answer) {
        var headers = answer.headers();
        if (!headers.contains(HttpHeaderNames.DATE)) {
            headers.set(HttpHeaderNames.DATE, calls.date().now().text());
        }
        headers.set(VERSION, version);
        if (!headers.contains(REGION)) {
            headers.set(REGION, calls.region().value());
        }
        if (oldProtocol) {
            HttpUtil.setTransferEncodingChunked(answer, false);
        }
    }

    private void count(ChannelFuture written, long length) {
        onTheWay += length;
        full |= onTheWay > HIGH_BYTES;
        written.addListener(done -> {
            onTheWay -= length;
            if (full && onTheWay < LOW_BYTES) {
                full = false;
                roomAgain.run();
            }
        });
    }
}
