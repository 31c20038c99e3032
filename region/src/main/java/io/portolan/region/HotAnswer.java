package io.portolan.region;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import io.netty.util.IllegalReferenceCountException;
import io.portolan.model.Digest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A whole 200 answer made ready to be sent: its head written but for the date, its body in memory. Thread-safe.
 *
 * <p>Small bodies leave in one buffer with their head; larger ones are one direct buffer that all connections share, which lives
 * until the answer is {@linkplain #drop dropped} and the last of them has sent it.
 */
final class HotAnswer {
    /** Bodies up to this size are copied behind their head: one piece costs less to send than two. */
    static final int SMALL_BYTES = 16 << 10;

    private static final byte[] END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final AsciiString DATE = AsciiString.cached("date");
    private static final AsciiString STATUS = AsciiString.cached("200");
    private static final AsciiString LENGTH = AsciiString.cached("content-length");
    private static final int OVERHEAD_BYTES = 1024;
    private static final int TOUCH_SECONDS = 30;

    private final String target;
    private final Response.Subject subject;
    private final Optional<Digest> digest;
    private final byte[] head;
    private final AsciiString[] fields;
    private final byte[] literal;
    private final byte[] small;
    private final @Nullable ByteBuf large;
    private final int length;
    /** Plain on purpose: a state is immutable, and who sees an old one only asks once more. */
    private @Nullable ServingState valid;

    private volatile Dated dated = new Dated(Long.MIN_VALUE, ReadOnlyHttp2Headers.serverHeaders(false, STATUS));
    private long touchedSecond;
    private boolean used = true;

    private record Dated(long second, Http2Headers headers) {}

    /**
     * Makes one ready.
     *
     * @param bytes checked against the hash that the manifest gives them when they came into memory; nobody changes them
     */
    HotAnswer(String target, ServingState state, Response response, byte[] bytes) {
        this.target = target;
        this.subject = response.subject();
        this.digest =
                response.body() instanceof Response.Body.Blob blob ? Optional.of(blob.digest()) : Optional.empty();
        this.valid = state;
        this.length = bytes.length;
        boolean inOne = bytes.length <= SMALL_BYTES;
        this.small = inOne ? bytes : new byte[0];
        this.large = inOne ? null : Unpooled.directBuffer(bytes.length).writeBytes(bytes);
        var text = new ByteArrayOutputStream();
        var pairs = new ArrayList<AsciiString>();
        line(text, "HTTP/1.1 200 OK");
        response.headers().forEach((name, said) -> {
            // From memory it takes microseconds.
            var value = name.equals("Server-Timing") ? "node;dur=0.0" : said;
            if (!name.equals("Date")) {
                line(text, name + ": " + value);
                pairs.add(AsciiString.cached(name.toLowerCase(Locale.ROOT)));
                pairs.add(AsciiString.cached(value));
            }
        });
        line(text, "Content-Length: " + length);
        pairs.add(LENGTH);
        pairs.add(AsciiString.cached(Integer.toString(length)));
        text.writeBytes("Date: ".getBytes(StandardCharsets.US_ASCII));
        this.head = text.toByteArray();
        this.fields = pairs.toArray(new AsciiString[0]);
        this.literal = inOne ? LiteralHead.of(ReadOnlyHttp2Headers.serverHeaders(false, STATUS, fields)) : new byte[0];
    }

    private static void line(ByteArrayOutputStream text, String line) {
        text.writeBytes((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    String target() {
        return target;
    }

    Response.Subject subject() {
        return subject;
    }

    /** Bytes of the body. */
    int length() {
        return length;
    }

    /** Bytes of memory that it holds. */
    long weight() {
        return OVERHEAD_BYTES + head.length + literal.length + length;
    }

    /** Whether the state would answer the same; said of one state it stays so. */
    boolean isValid(ServingState state) {
        if (valid == state) {
            return true;
        }
        if (!subject.isStillServed(state)) {
            return false;
        }
        valid = state;
        return true;
    }

    /** Notes the use; the digest is told once in a while, so that who keeps content knows. */
    void use(long second, Consumer<Digest> touched) {
        if (!used) {
            used = true;
        }
        if (second - touchedSecond > TOUCH_SECONDS) {
            touchedSecond = second;
            digest.ifPresent(touched);
        }
    }

    /** Whether it was used since the last call. */
    boolean takeUsed() {
        boolean was = used;
        used = false;
        return was;
    }

    /** The head for HTTP/1.1, and behind it the body if it is small. */
    ByteBuf http1(ByteBufAllocator memory, HttpDate.Second date) {
        var out = memory.directBuffer(head.length + HttpDate.LENGTH + END.length + small.length);
        return out.writeBytes(head).writeBytes(date.bytes()).writeBytes(END).writeBytes(small);
    }

    /** The head for HTTP/2. */
    Http2Headers http2(HttpDate.Second date) {
        var known = dated;
        if (known.second() == date.number()) {
            return known.headers();
        }
        var all = new AsciiString[fields.length + 2];
        System.arraycopy(fields, 0, all, 0, fields.length);
        all[fields.length] = DATE;
        all[fields.length + 1] = new AsciiString(date.bytes());
        var made = ReadOnlyHttp2Headers.serverHeaders(false, STATUS, all);
        dated = new Dated(date.number(), made);
        return made;
    }

    /** The same for a small answer, but for the date, in the form of {@link LiteralHead}; nobody changes it. */
    byte[] literal() {
        return literal;
    }

    /** The body of a small answer; nobody changes it. */
    byte[] small() {
        return small;
    }

    boolean isSmall() {
        return large == null;
    }

    /** The body, for one sending; empty when it was dropped just now. */
    Optional<ByteBuf> body() {
        if (large == null) {
            return Optional.of(Unpooled.wrappedBuffer(small));
        }
        try {
            return Optional.of(large.retainedDuplicate());
        } catch (IllegalReferenceCountException dropped) {
            return Optional.empty();
        }
    }

    /** Gives its memory back as soon as nobody sends it any more; once. */
    void drop() {
        if (large != null) {
            large.release();
        }
    }
}
