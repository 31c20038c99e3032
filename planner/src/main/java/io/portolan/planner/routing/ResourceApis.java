package io.portolan.planner.routing;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import java.net.URI;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * Which resource API the users of a region get: its own, else that of the nearest region that has one. Pure.
 *
 * <p>Near is what the table of regions knows: the round trip that their distance allows, as where browsers go next is ranked
 * ({@link BaseRanking}); equally near ones go by name, so that the same facts give the same answer.
 */
public final class ResourceApis {
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
        try {
            var uri = URI.create(endpoint);
            var scheme = Objects.requireNonNullElse(uri.getScheme(), "").toLowerCase(Locale.ROOT);
            if ((scheme.equals("https") || scheme.equals("http"))
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && !endpoint.endsWith("/")
                    && endpoint.chars().noneMatch(c -> c == ';' || c == ',' || c == '\'')) {
                return;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new IllegalArgumentException("resourceApiEndpoint: " + endpoint
                + " (expected: https://host[:port][/path], without query, fragment and final slash)");
    }

    /** The origin of an endpoint: what policies name. */
    public static String origin(String endpoint) {
        var uri = URI.create(endpoint);
        return (uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()))
                .toLowerCase(Locale.ROOT);
    }
}
