package io.portolan.region;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.portolan.region.TransportCounters.Limit;
import java.util.Optional;

/**
 * Judges the head of a request as it came off the wire: whatever two servers in a row could read in two ways is refused here, so
 * that nothing is smuggled past a proxy before us. Stateless.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112">RFC 9112, sections 2.2, 3, 5, 6 and 11.2</a>
 */
final class RequestRules {
    private RequestRules() {}

    /** Why it is refused, if it is. */
    static Optional<Refusal> refusal(HttpRequest head, HttpLimits limits) {
        return refusal(head, limits, limits.bodyBytes());
    }

    /** Why one with a body that is passed on as it comes, of any length, is refused, if it is. */
    static Optional<Refusal> streamed(HttpRequest head, HttpLimits limits) {
        return refusal(head, limits, Long.MAX_VALUE);
    }

    private static Optional<Refusal> refusal(HttpRequest head, HttpLimits limits, long mostBytes) {
        var failure = head.decoderResult().cause();
        if (failure != null) {
            return Optional.of(unreadable(failure));
        }
        boolean old = head.protocolVersion().equals(HttpVersion.HTTP_1_0);
        if (!old && !head.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            return Optional.of(
                    new Refusal(505, Limit.MALFORMED, "version: " + head.protocolVersion() + " (expected: HTTP/1.1)"));
        }
        var headers = head.headers();
        if (headers.size() > limits.headerCount()) {
            return Optional.of(new Refusal(
                    431,
                    Limit.HEADER_COUNT,
                    "headers: " + headers.size() + " lines (expected: at most " + limits.headerCount() + ")"));
        }
        if (!isTarget(head)) {
            return malformed("request target: " + head.uri() + " (expected: a path, or an http or https URL)");
        }
        int hosts = headers.getAll(HttpHeaderNames.HOST).size();
        if (hosts > 1 || (hosts == 0 && !old)) {
            return malformed("host: " + hosts + " of them (expected: 1)");
        }
        return body(head, limits, old, mostBytes);
    }

    /** What to answer when bytes could not be read as HTTP. */
    static Refusal unreadable(Throwable failure) {
        var detail = "reading the request: " + failure.getMessage();
        if (failure instanceof TooLongHttpLineException) {
            return new Refusal(414, Limit.REQUEST_LINE_BYTES, detail);
        }
        return failure instanceof TooLongHttpHeaderException
                ? new Refusal(431, Limit.HEADER_BYTES, detail)
                : new Refusal(400, Limit.MALFORMED, detail);
    }

    /** A body longer than is read. */
    static Refusal tooLong(HttpLimits limits) {
        return new Refusal(
                413, Limit.BODY_BYTES, "body: too long (expected: at most " + limits.bodyBytes() + " bytes)");
    }

    private static Optional<Refusal> body(HttpRequest head, HttpLimits limits, boolean old, long mostBytes) {
        var headers = head.headers();
        var codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        var lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
        if (!codings.isEmpty()) {
            boolean chunked = codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked");
            if (!chunked || old || !lengths.isEmpty()) {
                return malformed("transfer-encoding: " + String.join(", ", codings)
                        + " (expected: chunked alone, in HTTP/1.1, without content-length)");
            }
        }
        if (lengths.size() > 1) {
            return malformed("content-length: " + lengths.size() + " of them (expected: 1)");
        }
        if (!lengths.isEmpty()) {
            var length = lengths.get(0);
            if (!isDigits(length)) {
                return malformed("content-length: " + length + " (expected: digits)");
            }
            if (length.length() > 18 || Long.parseLong(length) > mostBytes) {
                return Optional.of(tooLong(limits));
            }
        }
        var expected = headers.get(HttpHeaderNames.EXPECT);
        return expected == null || expected.equalsIgnoreCase("100-continue")
                ? Optional.empty()
                : Optional.of(new Refusal(417, Limit.MALFORMED, "expect: " + expected + " (expected: 100-continue)"));
    }

    private static Optional<Refusal> malformed(String detail) {
        return Optional.of(new Refusal(400, Limit.MALFORMED, detail));
    }

    private static boolean isTarget(HttpRequest head) {
        var target = head.uri();
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c == 0x7F) {
                return false;
            }
        }
        return target.startsWith("/")
                || target.startsWith("http://")
                || target.startsWith("https://")
                || (target.equals("*") && head.method().name().equals("OPTIONS"));
    }

    private static boolean isDigits(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
