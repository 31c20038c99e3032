package io.portolan.placement.data;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import java.util.Objects;

/**
 * A place where servers can be. Immutable.
 *
 * @param displayName for people
 * @param geography   country or group that data stays in, such as {@code Germany}, empty text when not known
 * @param continent   group of geographies, such as {@code Europe}, empty text when not known
 * @param recommended whether its cloud recommends it for general use
 */
public record CloudRegion(
        RegionName name,
        String displayName,
        String geography,
        String continent,
        GeoPoint location,
        boolean recommended) {
    public CloudRegion {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(displayName, "displayName");
        Objects.requireNonNull(geography, "geography");
        Objects.requireNonNull(continent, "continent");
        Objects.requireNonNull(location, "location");
    }
}
