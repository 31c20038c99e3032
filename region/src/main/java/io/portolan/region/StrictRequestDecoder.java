package io.portolan.region;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Netty's decoder without its leniencies: a first line of anything but three parts with one space between, and a header folded over
 * lines, are failures here, and a request with both lengths is kept as it is for {@link RequestRules} to refuse. On the event loop.
 *
 * <p>It looks at each line of a head before Netty does, and at nothing of a body.
 */
final class StrictRequestDecoder extends HttpRequestDecoder {
    private static final byte[] VERSION = "HTTP/1.1\r".getBytes(StandardCharsets.US_ASCII);

    /** What the next unseen byte belongs to. */
    private enum Place {
        FIRST_LINE,
        LINE_START,
        LINE,
        BODY,
        /** After a failure: nothing that follows can be told apart. */
        NOWHERE
    }

    private Place place = Place.FIRST_LINE;
    /** Bytes from the reader's index on that were looked at. */
    private int seen;

    StrictRequestDecoder(HttpLimits limits) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(limits.requestLineBytes())
                .setMaxHeaderSize(limits.headerBytes())
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true));
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
        if (!look(in)) {
            place = Place.NOWHERE;
            var failed = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
            failed.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("malformed line in the head")));
            out.add(failed);
        }
        if (place == Place.NOWHERE) {
            in.skipBytes(in.readableBytes());
            return;
        }
        int before = in.readerIndex();
        int known = out.size();
        super.decode(context, in, out);
        seen = Math.max(0, seen - (in.readerIndex() - before));
        if (out.size() > known && out.get(out.size() - 1) instanceof LastHttpContent) {
            place = Place.FIRST_LINE;
            seen = 0;
        }
    }

    /** Whether every byte so far belonged to a request that is complete. */
    boolean isAtRest() {
        return place == Place.FIRST_LINE && actualReadableBytes() == 0;
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        // Both headers stay: the rules see them.
    }

    /** Looks at what came of the head; false when it is malformed. */
    private boolean look(ByteBuf in) {
        if (place == Place.FIRST_LINE && !firstLine(in)) {
            return false;
        }
        while (place == Place.LINE_START || place == Place.LINE) {
            int from = in.readerIndex() + seen;
            if (from >= in.writerIndex()) {
                return true;
            }
            if (place == Place.LINE_START) {
                byte first = in.getByte(from);
                if (first == ' ' || first == '\t') {
                    return false;
                }
                place = first == '\r' || first == '\n' ? Place.BODY : Place.LINE;
            } else {
                int end = in.indexOf(from, in.writerIndex(), (byte) '\n');
                seen = (end < 0 ? in.writerIndex() : end + 1) - in.readerIndex();
                place = end < 0 ? Place.LINE : Place.LINE_START;
            }
        }
        return true;
    }

    private boolean firstLine(ByteBuf in) {
        // RFC 9112 section 2.2: empty lines before a request are passed over.
        while (in.readableBytes() >= 2
                && in.getByte(in.readerIndex()) == '\r'
                && in.getByte(in.readerIndex() + 1) == '\n') {
            in.skipBytes(2);
        }
        int end = in.indexOf(in.readerIndex(), in.writerIndex(), (byte) '\n');
        if (end < 0) {
            // Netty knows how long a line may be. It would pass over blanks and other control characters before one.
            return !in.isReadable() || in.getByte(in.readerIndex()) > ' ' || in.getByte(in.readerIndex()) == '\r';
        }
        int length = end - in.readerIndex();
        seen = length + 1;
        place = Place.LINE_START;
        return isFirstLine(in, in.readerIndex(), end);
    }

    /** Method, target and version with one space between. */
    private static boolean isFirstLine(ByteBuf in, int start, int end) {
        int version = end - VERSION.length;
        int spaces = 0;
        for (int i = start; i < version; i++) {
            int c = in.getUnsignedByte(i);
            if (c == ' ') {
                // The second one stands right before the version, the first one neither there nor at the start.
                boolean last = i == version - 1;
                boolean right = spaces == 0 ? i > start && !last : spaces == 1 && last && in.getByte(i - 1) != ' ';
                if (!right) {
                    return false;
                }
                spaces++;
            } else if (c < ' ' || c == 0x7F) {
                return false;
            }
        }
        if (spaces != 2) {
            return false;
        }
        for (int i = 0; i < VERSION.length; i++) {
            byte c = in.getByte(version + i);
            // Which version it is, the rules ask.
            boolean digit = VERSION[i] == '1';
            if (digit ? c < '0' || c > '9' : c != VERSION[i]) {
                return false;
            }
        }
        return true;
    }
}
