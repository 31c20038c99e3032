package io.portolan.region;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What an {@code Accept-Encoding} header accepts, and the choice among what is there. Immutable.
 *
 * <p>The uncoded bytes are always there, also for whoever refuses them ({@code identity;q=0}) and takes nothing else that is
 * there: RFC 9110 lets a server disregard the header, and an answer that may be of use beats 406.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3">RFC 9110, Accept-Encoding</a>
 */
final class AcceptEncoding {
    /** Name of the coding that is none. */
    static final String IDENTITY = "identity";

    private static final AcceptEncoding ABSENT = new AcceptEncoding(Map.of());
    private static final Pattern WEIGHT =
            Pattern.compile("\\s*;\\s*[qQ]=((?:0(?:\\.[0-9]{0,3})?)|(?:1(?:\\.0{0,3})?))\\s*");
    private static final int FULL = 1000;

    /** Weights in thousandths, by lower-case coding. */
    private final Map<String, Integer> named;

    private AcceptEncoding(Map<String, Integer> named) {
        this.named = named;
    }

    /** Something to choose: a coding and how long the bytes are under it. */
    interface Coded {
        /** Lower-case name of the coding, {@link #IDENTITY} for none. */
        String coding();

        long sizeBytes();
    }

    /** Reads a header, empty text for none. An element that cannot be read accepts nothing; of two for one coding the first counts. */
    static AcceptEncoding parse(String header) {
        if (header.isEmpty()) {
            return ABSENT;
        }
        var named = new HashMap<String, Integer>();
        for (var element : header.split(",", -1)) {
            int semicolon = element.indexOf(';');
            var coding = (semicolon < 0 ? element : element.substring(0, semicolon))
                    .strip()
                    .toLowerCase(Locale.ROOT);
            if (!coding.isEmpty()) {
                // An old name for the same thing (RFC 9110, section 8.4.1.3).
                named.putIfAbsent(
                        coding.equals("x-gzip") ? "gzip" : coding,
                        semicolon < 0 ? FULL : thousandths(element.substring(semicolon)));
            }
        }
        return new AcceptEncoding(named);
    }

    /** How much a coding is wanted, in thousandths; 0: not at all, or for identity: only where nothing else will do. */
    int weight(String coding) {
        var own = named.get(coding);
        return own == null ? named.getOrDefault("*", 0) : own;
    }

    /** The most wanted of the candidates that are wanted at all; at equal weight the smallest, then the first. */
    <T extends Coded> T choose(T identity, List<T> candidates) {
        T best = identity;
        int most = weight(IDENTITY);
        for (var candidate : candidates) {
            int weight = weight(candidate.coding());
            if (weight > most || (weight == most && weight > 0 && candidate.sizeBytes() < best.sizeBytes())) {
                best = candidate;
                most = weight;
            }
        }
        return best;
    }

    private static int thousandths(String text) {
        var weight = WEIGHT.matcher(text);
        if (!weight.matches()) {
            return 0;
        }
        var digits = weight.group(1);
        int sum = 0;
        for (int i = 0, scale = FULL; i < digits.length(); i++) {
            if (digits.charAt(i) != '.') {
                sum += (digits.charAt(i) - '0') * scale;
                scale /= 10;
            }
        }
        return sum;
    }
}
