package io.portolan.planner.routing;

import io.portolan.model.GeoPoint;
import java.util.Objects;

/**
 * What a location source says of a network. Immutable.
 *
 * @param point       where it is, or that this is not known
 * @param continent   two letters such as {@code EU}, empty text where it is not known
 * @param country     ISO 3166-1 alpha-2 in capitals such as {@code GB}, empty text where it is not known
 * @param subdivision ISO 3166-2 such as {@code GB-ENG}, empty text where it is not known
 * @param sure        whether the source agrees with itself; databases disagree on the country of 2 to 9 % of addresses, and one that
 *                    names two countries for a network, or has an anycast network, is not to be trusted with a fence
 * @param label       name for people, such as a city's
 */
public record NetworkPlace(
        Place point, String continent, String country, String subdivision, boolean sure, String label) {
    /** Longest label, in characters; what is longer is cut. */
    public static final int LABEL_LIMIT = 64;

    public NetworkPlace {
        Objects.requireNonNull(point, "point");
        code("continent", continent, "[A-Z]{2}");
        code("country", country, "[A-Z]{2}");
        code("subdivision", subdivision, "[A-Z]{2}-[A-Z0-9]{1,3}");
        Objects.requireNonNull(label, "label");
        label = label.length() > LABEL_LIMIT ? label.substring(0, LABEL_LIMIT) : label;
    }

    private static void code(String what, String value, String shape) {
        if (!value.isEmpty() && !value.matches(shape)) {
            throw new IllegalArgumentException(what + ": " + value + " (expected: empty, or " + shape + ")");
        }
    }

    /** A point with a label, and no codes. */
    public static NetworkPlace at(GeoPoint point, String label) {
        return new NetworkPlace(new Place.At(point), "", "", "", true, label);
    }
}
