package io.portolan.director;

import io.portolan.model.RegionName;
import io.portolan.planner.routing.ClientNetwork;
import io.portolan.planner.routing.CompiledProfile;
import io.portolan.planner.routing.EndpointHealth;
import io.portolan.planner.routing.HealthView;
import io.portolan.planner.routing.RegionTable;
import io.portolan.sync.VerifiedRevision;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * Everything an answer depends on: one revision, one latency map, one view of health. Immutable; replaced as a whole.
 *
 * @param zone        the environment's zone
 * @param nameServers names of the zone's name servers, the primary first
 * @param advertised  their addresses
 * @param regions     the revision's regions, numbered
 * @param profiles    what each route answers from
 * @param serial      of the SOA record, 32 bits
 */
record DirectorState(
        VerifiedRevision revision,
        Name zone,
        List<Name> nameServers,
        List<InetAddress> advertised,
        RegionTable regions,
        RouteProfiles profiles,
        Locations locations,
        HealthView health,
        long serial) {

    /**
     * Builds the state of a revision, with no serial yet.
     *
     * @throws IllegalArgumentException when zone, name servers, addresses or profiles of the revision cannot be used
     */
    static DirectorState of(VerifiedRevision revision, List<InetAddress> advertised, MapInUse map, HealthView health) {
        var zone = name(revision.environment().zone());
        var nameServers = new ArrayList<Name>();
        revision.environment().nameServers().forEach(text -> nameServers.add(name(text)));
        if (nameServers.isEmpty()) {
            nameServers.add(name("ns1." + revision.environment().zone()));
        }
        revision.regions().forEach((region, document) -> document.addresses().forEach(text -> address(region, text)));
        var regions = RegionTable.of(revision.environment(), revision.regions().values());
        return new DirectorState(
                revision,
                zone,
                List.copyOf(nameServers),
                List.copyOf(advertised),
                regions,
                RouteProfiles.of(revision, regions, health),
                Locations.of(map, regions),
                health,
                0);
    }

    /** With the director's own location table. */
    static DirectorState of(
            VerifiedRevision revision, List<InetAddress> advertised, LocationTable own, HealthView health) {
        return of(revision, advertised, own.map(Replay.regions(revision)), health);
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

    /** The same, with another view of health; costs no more for many routes than for one. */
    DirectorState withHealth(HealthView view) {
        return new DirectorState(
                revision, zone, nameServers, advertised, regions, profiles.with(view), locations, view, serial);
    }

    /** The same, with a serial. */
    DirectorState withSerial(long number) {
        return new DirectorState(revision, zone, nameServers, advertised, regions, profiles, locations, health, number);
    }

    /** What a DNS label in any case answers from, if it is a registered route. */
    Optional<CompiledProfile> route(String label) {
        return profiles.of(label);
    }

    /** Regions seen down. */
    Set<RegionName> down() {
        return revision.regions().keySet().stream()
                .filter(region -> health.region(region) == EndpointHealth.DEGRADED)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** What is known of a client's network by its address, see {@link NetworkLookup}. */
    ClientNetwork network(int width, long high, long low) {
        return locations.network(width, high, low);
    }

    /** What is known of a client's network. */
    ClientNetwork network(InetAddress client) {
        return locations.network(client);
    }
}
