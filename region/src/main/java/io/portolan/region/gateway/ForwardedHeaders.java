package io.portolan.region.gateway;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Set;

/**
 * Headers on their way through: those about one connection go no further, and what a proxy says of a client is said by this one alone.
 * Stateless.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1">RFC 9110, section 7.6.1</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7239">RFC 7239, Forwarded</a>
 */
final class ForwardedHeaders {
    /** Who we are, in {@code Via}. */
    static final String PSEUDONYM = "1.1 portolan";

    static final AsciiString TIMEOUT = AsciiString.cached("x-request-timeout-ms");
    static final AsciiString GRPC_TIMEOUT = AsciiString.cached("grpc-timeout");

    private static final AsciiString VIA = AsciiString.cached(PSEUDONYM);
    private static final AsciiString FORWARDED = AsciiString.cached("forwarded");
    private static final AsciiString FOR = AsciiString.cached("x-forwarded-for");
    private static final AsciiString HOST = AsciiString.cached("x-forwarded-host");
    private static final AsciiString PREFIX = AsciiString.cached("x-forwarded-prefix");
    private static final AsciiString PROTO = AsciiString.cached("x-forwarded-proto");

    private static final AsciiString[] HOP_BY_HOP = {
        HttpHeaderNames.CONNECTION,
        AsciiString.cached("keep-alive"),
        AsciiString.cached("proxy-connection"),
        HttpHeaderNames.PROXY_AUTHENTICATE,
        HttpHeaderNames.PROXY_AUTHORIZATION,
        HttpHeaderNames.TE,
        HttpHeaderNames.TRANSFER_ENCODING,
        HttpHeaderNames.UPGRADE,
        AsciiString.cached("http2-settings")
    };

    /** What proxies say of clients, in any spelling that some server takes for it, and what rewrites the path in some frameworks. */
    private static final Set<String> SAID_BY_PROXIES = Set.of(
            "client-ip",
            "cluster-client-ip",
            "forwarded",
            "forwarded-for",
            "forwarded-host",
            "forwarded-proto",
            "true-client-ip",
            "via",
            "x-client-ip",
            "x-forwarded",
            "x-forwarded-by",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-path",
            "x-forwarded-port",
            "x-forwarded-prefix",
            "x-forwarded-proto",
            "x-forwarded-protocol",
            "x-forwarded-scheme",
            "x-forwarded-server",
            "x-forwarded-ssl",
            "x-forwarded-uri",
            "x-forwarded-user",
            "x-original-host",
            "x-original-url",
            "x-real-ip",
            "x-request-timeout-ms",
            "x-rewrite-url",
            "x-scheme",
            "x-url-scheme");

    /** Headers that a {@code Connection} header of a client cannot take away. */
    private static final Set<String> NEVER_NAMED = Set.of("host", "content-length", "content-type", "content-encoding");

    private ForwardedHeaders() {}

    /** Makes the headers of a call those that a replica gets, but for {@code Host}, framing and deadline. */
    static void forward(HttpHeaders headers, CallTarget client) {
        boolean trailers = headers.containsValue(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS, true);
        removeHopByHop(headers);
        if (trailers) {
            headers.set(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS);
        }
        var said = new ArrayList<CharSequence>(2);
        for (var names = headers.iteratorCharSequence(); names.hasNext(); ) {
            var name = names.next().getKey();
            if (isSaidByProxies(name)) {
                said.add(name);
            }
        }
        said.forEach(headers::remove);
        var origin = client.origin();
        headers.set(FOR, origin.address);
        headers.set(HOST, origin.hostHeader);
        headers.set(PROTO, origin.scheme);
        headers.set(PREFIX, client.prefix());
        headers.set(FORWARDED, origin.forwarded);
        headers.set(HttpHeaderNames.VIA, client.via().isEmpty() ? VIA : client.via() + ", " + PSEUDONYM);
    }

    /** Takes out what is about one connection only, and what {@code Connection} names. */
    static void removeHopByHop(HttpHeaders headers) {
        var connection = headers.get(HttpHeaderNames.CONNECTION);
        if (connection != null && !namesNothing(headers, connection)) {
            removeNamed(headers);
        }
        for (var name : HOP_BY_HOP) {
            headers.remove(name);
        }
    }

    private static void removeNamed(HttpHeaders headers) {
        for (var value : headers.getAll(HttpHeaderNames.CONNECTION)) {
            for (var part : value.split(",", -1)) {
                var name = part.strip().toLowerCase(Locale.ROOT);
                if (!name.isEmpty() && !NEVER_NAMED.contains(name)) {
                    headers.remove(name);
                }
            }
        }
    }

    /** What nearly every {@code Connection} is: one value, which names no header that would not be taken out anyway. */
    private static boolean namesNothing(HttpHeaders headers, String value) {
        if (!HttpHeaderValues.KEEP_ALIVE.contentEqualsIgnoreCase(value)
                && !HttpHeaderValues.CLOSE.contentEqualsIgnoreCase(value)) {
            return false;
        }
        var all = headers.valueCharSequenceIterator(HttpHeaderNames.CONNECTION);
        var unused = all.next();
        return !all.hasNext();
    }

    private static boolean isSaidByProxies(CharSequence name) {
        char first = name.isEmpty() ? ' ' : name.charAt(0);
        // What none of the names begins with needs no text of its own.
        return "cCfFtTvVxX".indexOf(first) >= 0 && isListed(name);
    }

    private static boolean isListed(CharSequence name) {
        var plain = name.toString().toLowerCase(Locale.ROOT).replace('_', '-');
        return SAID_BY_PROXIES.contains(plain) || plain.startsWith("x-http2-");
    }
}
