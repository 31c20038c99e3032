package io.portolan.region.gateway;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.util.Optional;

/**
 * Judges the head of an answer as it came from a replica, and makes of it the head that the client gets: what a client or cache behind
 * us could read in two ways is no answer. Stateless.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112">RFC 9112, section 6.3</a>
 */
final class ResponseRules {
    private static final int NOT_MODIFIED = 304;
    private static final int NO_CONTENT = 204;
    /** Digits of a length that surely fits. */
    private static final int MOST_DIGITS = 18;

    private static final AsciiString SERVICE_WORKER_ALLOWED = AsciiString.cached("service-worker-allowed");

    private ResponseRules() {}

    /** Why it is no answer, if it is none. */
    static Optional<String> fault(HttpResponse head, boolean socketWanted) {
        var failure = head.decoderResult().cause();
        if (failure != null) {
            return Optional.of("cannot be read: " + failure.getMessage());
        }
        int status = head.status().code();
        if (status < 100 || status > 599) {
            return Optional.of("status: " + status + " (expected: 100 to 599)");
        }
        if (status == 101) {
            return socketWanted
                            && isWebSocket(head.headers())
                            && head.headers().contains(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT)
                    ? Optional.empty()
                    : Optional.of("status: 101 (expected: none, or one for a WebSocket that was asked for)");
        }
        return lengthFault(head.headers());
    }

    private static Optional<String> lengthFault(HttpHeaders headers) {
        var length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        if (length != null && isNumber(length) && !headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            // Nearly all of them; a second length still has to be looked for.
            var all = headers.valueCharSequenceIterator(HttpHeaderNames.CONTENT_LENGTH);
            var unused = all.next();
            if (!all.hasNext()) {
                return Optional.empty();
            }
        }
        var codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        boolean chunked = codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked");
        if (!codings.isEmpty() && (!chunked || headers.contains(HttpHeaderNames.CONTENT_LENGTH))) {
            return Optional.of("transfer-encoding: " + String.join(", ", codings)
                    + " (expected: chunked alone, without content-length)");
        }
        var lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
        boolean digits = lengths.isEmpty() || (lengths.size() == 1 && isNumber(lengths.get(0)));
        return digits
                ? Optional.empty()
                : Optional.of("content-length: " + String.join(", ", lengths) + " (expected: one number)");
    }

    private static boolean isNumber(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return !text.isEmpty() && text.length() <= MOST_DIGITS;
    }

    /** Whether an answer to such a call has a body at all. */
    static boolean hasBody(HttpMethod method, int status) {
        return !method.equals(HttpMethod.HEAD) && status >= 200 && status != NO_CONTENT && status != NOT_MODIFIED;
    }

    /** Takes out what is about the connection to the replica, and frames the body anew. */
    static void clean(HttpResponse head, HttpMethod method) {
        var headers = head.headers();
        ForwardedHeaders.removeHopByHop(headers);
        // A worker's reach is the node's to say: there is one worker an origin.
        headers.remove(SERVICE_WORKER_ALLOWED);
        // What a node says of a call to another one is no controller's to say, and no client's to know.
        headers.remove(Gateway.REFUSED);
        headers.remove(Gateway.UNANSWERED);
        boolean sized = headers.contains(HttpHeaderNames.CONTENT_LENGTH);
        if (hasBody(method, head.status().code()) && !sized) {
            headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
    }

    /** An interim answer as the client gets it. */
    static FullHttpResponse interim(HttpResponse answer) {
        var headers = answer.headers();
        ForwardedHeaders.removeHopByHop(headers);
        headers.remove(HttpHeaderNames.CONTENT_LENGTH);
        return new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, answer.status(), Unpooled.EMPTY_BUFFER, headers, EmptyHttpHeaders.INSTANCE);
    }

    /** Makes the head that makes a connection a WebSocket the one that the client gets. */
    static void socket(HttpResponse head) {
        ForwardedHeaders.removeHopByHop(head.headers());
        head.headers()
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                .remove(HttpHeaderNames.CONTENT_LENGTH);
    }

    /** Whether a head says that its connection becomes a WebSocket. */
    static boolean isWebSocket(HttpHeaders headers) {
        return headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                && HttpHeaderValues.WEBSOCKET.contentEqualsIgnoreCase(headers.get(HttpHeaderNames.UPGRADE, ""))
                && headers.getAll(HttpHeaderNames.UPGRADE).size() == 1;
    }

    /** Whether its connection may be used again. */
    static boolean keepsAlive(HttpResponse head) {
        return HttpUtil.isKeepAlive(head);
    }
}
