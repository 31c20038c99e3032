package io.portolan.region;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder;

/**
 * A head in HPACK's form (RFC 7541) that neither reads nor changes a connection's table, so that the same bytes serve every connection.
 * Immutable.
 */
final class LiteralHead {
    /** Bytes of {@link #date}. */
    static final int DATE_BYTES = 3 + HttpDate.LENGTH;

    /** Literal without indexing (section 6.2.2): the prefix of four bits is full, the rest of the name's index follows. */
    private static final int LITERAL_OF_NAME = 0x0f;
    /** {@code date} in the static table (appendix A), less the prefix. */
    private static final int DATE_NAME = 33 - 15;

    private static final int ALWAYS_HUFFMAN = 0;
    private static final int TABLE_HINT = 16;

    private LiteralHead() {}

    /** The fields in order, without any table but the static one. */
    static byte[] of(Http2Headers headers) {
        var encoder =
                new DefaultHttp2HeadersEncoder(Http2HeadersEncoder.NEVER_SENSITIVE, true, TABLE_HINT, ALWAYS_HUFFMAN);
        try {
            encoder.maxHeaderTableSize(0);
            // The first block tells of the table's new size, which is no business of other connections.
            encoder.encodeHeaders(1, headers, Unpooled.buffer());
            var out = Unpooled.buffer();
            encoder.encodeHeaders(1, headers, out);
            return ByteBufUtil.getBytes(out);
        } catch (Http2Exception e) {
            throw new IllegalStateException("encoding " + headers, e);
        } finally {
            encoder.close();
        }
    }

    /** Writes the field {@code date}. */
    static void date(ByteBuf out, HttpDate.Second date) {
        out.writeByte(LITERAL_OF_NAME)
                .writeByte(DATE_NAME)
                .writeByte(HttpDate.LENGTH)
                .writeBytes(date.bytes());
    }
}
