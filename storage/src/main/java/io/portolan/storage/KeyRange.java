package io.portolan.storage;

import java.util.Optional;

/** Turns "starts with" into a range that an index answers. Pure. */
final class KeyRange {
    private KeyRange() {}

    /** The least text above all that start with the prefix, by code point; empty: there is no such bound. */
    static Optional<String> end(String prefix) {
        var points = prefix.codePoints().toArray();
        for (int last = points.length - 1; last >= 0; last--) {
            if (points[last] < Character.MAX_CODE_POINT) {
                return Optional.of(new String(points, 0, last) + Character.toString(successor(points[last])));
            }
        }
        return Optional.empty();
    }

    private static int successor(int point) {
        // Surrogates are no characters of their own and have no UTF-8 form.
        return point + 1 == Character.MIN_SURROGATE ? Character.MAX_SURROGATE + 1 : point + 1;
    }
}
