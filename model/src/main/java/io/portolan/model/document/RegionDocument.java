package io.portolan.model.document;

import io.portolan.model.EnvironmentName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import java.util.List;
import java.util.Objects;

/**
 * A region as its environment's nodes and directors see it. Immutable.
 *
 * @param schema      version of this form, {@link #SCHEMA}
 * @param displayName name for people
 * @param location    where it stands
 * @param pairs       its paired regions; a pair counts in both directions
 * @param addresses   IP addresses that DNS answers for it
 * @param probeUrls   base URLs of its nodes ({@code http://127.0.1.1:7080}, no trailing slash); a director probes
 *                    {@code /readyz} below each, and the region is up when one answers 200
 * @param capacity    relative capacity, 1 or more
 * @param resourceApiEndpoint resource API nearest to the region, empty where the environment declares none
 */
public record RegionDocument(
        int schema,
        RegionName name,
        EnvironmentName environment,
        String displayName,
        GeoPoint location,
        List<RegionName> pairs,
        List<String> addresses,
        List<String> probeUrls,
        RegionState state,
        int capacity,
        String resourceApiEndpoint) {
    /** Schema number that this build writes. */
    public static final int SCHEMA = 1;

    public RegionDocument {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(displayName, "displayName");
        Objects.requireNonNull(location, "location");
        pairs = List.copyOf(pairs);
        addresses = List.copyOf(addresses);
        probeUrls = List.copyOf(probeUrls);
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(resourceApiEndpoint, "resourceApiEndpoint");
    }
}
