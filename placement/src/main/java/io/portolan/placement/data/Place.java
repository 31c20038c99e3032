package io.portolan.placement.data;

import io.portolan.model.GeoPoint;
import java.util.Objects;

/**
 * Where a share of the users is. Immutable.
 *
 * @param code     country code, or another short name where demand is not by country
 * @param label    for people
 * @param location where they are taken to be
 * @param weight   users, sessions or any other measure, over 0
 */
public record Place(String code, String label, GeoPoint location, double weight) {
    public Place {
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(label, "label");
        Objects.requireNonNull(location, "location");
        if (!(weight > 0) || Double.isInfinite(weight)) {
            throw new IllegalArgumentException("weight of " + code + ": " + weight + " (expected: over 0)");
        }
    }
}
