package io.portolan.director;

import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.planner.routing.PerformanceRouting;
import io.portolan.planner.routing.Place;
import io.portolan.planner.routing.RoutingDecision;
import io.portolan.sync.VerifiedRevision;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * Everything an answer depends on: one revision, one location table, which regions are down. Immutable; replaced as a whole.
 *
 * @param zone        the environment's zone
 * @param nameServers names of the zone's name servers, the primary first
 * @param advertised  their addresses
 * @param byRoute     extension of each route
 * @param addresses   addresses of each region
 * @param drained     regions that operators ordered out of the answers
 * @param serial      of the SOA record, 32 bits
 */
record DirectorState(
        VerifiedRevision revision,
        Name zone,
        List<Name> nameServers,
        List<InetAddress> advertised,
        Map<String, ExtensionDocument> byRoute,
        Map<RegionName, List<InetAddress>> addresses,
        LocationTable locations,
        Set<RegionName> down,
        Set<RegionName> drained,
        long serial) {

    /**
     * Builds the state of a revision, with no serial yet.
     *
     * @throws IllegalArgumentException when zone, name servers or addresses of the revision cannot be used
     */
    static DirectorState of(
            VerifiedRevision revision, List<InetAddress> advertised, LocationTable locations, Set<RegionName> down) {
        var zone = name(revision.environment().zone());
        var nameServers = new ArrayList<Name>();
        revision.environment().nameServers().forEach(text -> nameServers.add(name(text)));
        if (nameServers.isEmpty()) {
            nameServers.add(name("ns1." + revision.environment().zone()));
        }
        var byRoute = new HashMap<String, ExtensionDocument>();
        for (Map.Entry<ExtensionName, ExtensionDocument> entry :
                revision.extensions().entrySet()) {
            byRoute.put(entry.getValue().route().value(), entry.getValue());
        }
        var addresses = new HashMap<RegionName, List<InetAddress>>();
        revision.regions()
                .forEach((region, document) -> addresses.put(
                        region,
                        document.addresses().stream()
                                .map(text -> address(region, text))
                                .toList()));
        return new DirectorState(
                revision,
                zone,
                List.copyOf(nameServers),
                List.copyOf(advertised),
                Map.copyOf(byRoute),
                Map.copyOf(addresses),
                locations,
                Set.copyOf(down),
                Set.of(),
                0);
    }

    private static Name name(String text) {
        try {
            return Name.fromString(text, Name.root);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("environment: DNS name: " + text + ": " + e.getMessage(), e);
        }
    }

    private static InetAddress address(RegionName region, String text) {
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "region " + region + ": address: " + text + " (expected: an IP address)", e);
        }
    }

    /** The same, with other regions down. */
    DirectorState withDown(Set<RegionName> regions) {
        return with(Set.copyOf(regions), drained, serial);
    }

    /** The same, with other regions ordered out of the answers. */
    DirectorState withDrained(Set<RegionName> regions) {
        return with(down, Set.copyOf(regions), serial);
    }

    /** The same, with a serial. */
    DirectorState withSerial(long number) {
        return with(down, drained, number);
    }

    private DirectorState with(Set<RegionName> nowDown, Set<RegionName> nowDrained, long number) {
        return new DirectorState(
                revision, zone, nameServers, advertised, byRoute, addresses, locations, nowDown, nowDrained, number);
    }

    /** The extension of a DNS label in any case. */
    Optional<ExtensionDocument> extension(String label) {
        return Optional.ofNullable(byRoute.get(label.toLowerCase(Locale.ROOT)));
    }

    /** Where a client of this extension is sent: the one decision that answers and explanations share. */
    RoutingDecision decide(ExtensionDocument extension, LocationTable.Located located) {
        Place place = located.rows().isEmpty()
                ? new Place.Unknown()
                : new Place.At(located.rows().getFirst().point());
        var all = PerformanceRouting.decide(revision.environment(), revision.regions(), extension, place, down);
        return drained.isEmpty() ? all : undrained(all, extension, place);
    }

    /** Drained regions are the last resort: answered only where no other serves the extension and is up. */
    private RoutingDecision undrained(RoutingDecision all, ExtensionDocument extension, Place place) {
        var left = new HashMap<>(revision.regions());
        left.keySet().removeAll(drained);
        var decision = PerformanceRouting.decide(revision.environment(), left, extension, place, down);
        if (decision.chosen().isEmpty() || (!isUp(decision) && isUp(all))) {
            return all;
        }
        var candidates = new ArrayList<>(decision.candidates());
        all.candidates().stream()
                .filter(candidate -> drained.contains(candidate.region()))
                .map(candidate -> new RoutingDecision.Candidate(
                        candidate.region(),
                        candidate.distanceKm(),
                        candidate.up(),
                        candidate.version(),
                        "is drained by an operator's override"))
                .forEach(candidates::add);
        return new RoutingDecision(candidates, decision.reason());
    }

    private static boolean isUp(RoutingDecision decision) {
        return decision.candidates().stream()
                .anyMatch(candidate -> candidate.rejection().isEmpty() && candidate.up());
    }

    /** Addresses of the region chosen, none if none is. */
    List<InetAddress> addresses(RoutingDecision decision) {
        return decision.chosen()
                .map(region -> addresses.getOrDefault(region, List.of()))
                .orElse(List.of());
    }
}
