package io.portolan.planner.routing;

import io.portolan.model.GeoPoint;

/** Where a network is, as far as it is known. Immutable. */
public sealed interface Place {
    /** At this point. */
    record At(GeoPoint point) implements Place {}

    /** Not known. */
    record Unknown() implements Place {}
}
