package io.portolan.region.gateway;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * W3C trace context of a call: passed on as it came, or begun where there is none that can be read. The node makes no span of its own,
 * so it changes nothing that it passes on. Stateless.
 *
 * @see <a href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a>
 */
final class TraceContext {
    private static final AsciiString PARENT = AsciiString.cached("traceparent");
    private static final AsciiString STATE = AsciiString.cached("tracestate");
    private static final int LENGTH = 55;
    private static final HexFormat HEX = HexFormat.of();

    private TraceContext() {}

    /** Sees to it that the headers have one. */
    static void ensure(HttpHeaders headers) {
        var given = headers.get(PARENT);
        if (given != null && isValid(given) && headers.getAll(PARENT).size() == 1) {
            return;
        }
        headers.remove(STATE);
        var random = ThreadLocalRandom.current();
        headers.set(
                PARENT,
                "00-" + HEX.toHexDigits(random.nextLong() | 1) + HEX.toHexDigits(random.nextLong()) + "-"
                        + HEX.toHexDigits(random.nextLong() | 1) + "-01");
    }

    /** Whether it can be passed on: of version 00, or of a later one that begins alike. */
    static boolean isValid(String text) {
        if (text.length() < LENGTH || (text.startsWith("00") && text.length() > LENGTH)) {
            return false;
        }
        if (text.length() > LENGTH && text.charAt(LENGTH) != '-') {
            return false;
        }
        return !text.startsWith("ff")
                && isHex(text, 0, 2)
                && text.charAt(2) == '-'
                && isHex(text, 3, 35)
                && text.charAt(35) == '-'
                && isHex(text, 36, 52)
                && text.charAt(52) == '-'
                && isHex(text, 53, 55)
                && !text.startsWith("0".repeat(32), 3)
                && !text.startsWith("0".repeat(16), 36);
    }

    private static boolean isHex(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
                return false;
            }
        }
        return true;
    }
}
