package io.portolan.planner.routing;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which resource API the users of a region get: its own, else that of the nearest region that has one. Pure.
 *
 * <p>Near is what the table of regions knows: the round trip that their distance allows, as where browsers go next is ranked
 * ({@link BaseRanking}); equally near ones go by name, so that the same facts give the same answer.
 */
public final class ResourceApis {
    /** Origin and path; nothing in it could end a source in a policy. */
    private static final Pattern ENDPOINT = Pattern.compile(
            "((?i:https?)://(?:[0-9A-Za-z](?:[0-9A-Za-z.\\-]{0,252})|\\[[0-9A-Fa-f:.]{2,45}])(?::[0-9]{1,5})?)"
                    + "(?:/[0-9A-Za-z._~%!$&()*+=:@\\-]+){0,32}");

    private ResourceApis() {}

    /**
     * What a region offers. Immutable.
     *
     * @param endpoint base URL of its resource API, empty text for none
     */
    public record Offer(RegionName region, GeoPoint location, String endpoint) {
        public Offer {
            Objects.requireNonNull(region, "region");
            Objects.requireNonNull(location, "location");
            requireEndpoint(endpoint);
        }
    }

    /** The offer for users at a place; {@code own} is the region that they are at. Empty where no region has any. */
    public static Optional<Offer> nearest(RegionName own, GeoPoint at, Collection<Offer> offers) {
        return offers.stream()
                .filter(offer -> !offer.endpoint().isEmpty())
                .min(Comparator.comparing((Offer offer) -> !offer.region().equals(own))
                        .thenComparingDouble(offer -> OrderedNetwork.rttOfDistance(at.distanceKm(offer.location())))
                        .thenComparing(Offer::region));
    }

    /** Refuses what browsers could not call, or what would end up as something else in a policy: empty text is none. */
    public static void requireEndpoint(String endpoint) {
        if (endpoint.isEmpty()) {
            return;
        }
        if (ENDPOINT.matcher(endpoint).matches()) {
            return;
        }
        throw new IllegalArgumentException("resourceApiEndpoint: " + endpoint
                + " (expected: https://host[:port][/path], without query, fragment and final slash)");
    }

    /** The origin of an endpoint: what policies name. */
    public static String origin(String endpoint) {
        var parts = ENDPOINT.matcher(endpoint);
        if (!parts.matches()) {
            throw new IllegalArgumentException("resourceApiEndpoint: " + endpoint + " (expected: a base URL)");
        }
        return parts.group(1).toLowerCase(Locale.ROOT);
    }
}
