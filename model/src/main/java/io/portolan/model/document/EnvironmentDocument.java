package io.portolan.model.document;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.model.StageDefinition;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What every node and director of an environment is told about the environment itself. Immutable.
 *
 * @param schema       version of this form, {@link #SCHEMA}
 * @param zone         DNS zone of the extensions, without a trailing dot, such as {@code ext.portolan.test}
 * @param portalHosts  hosts of the portals that load extensions; with exactly one, {@code trustedAuthority} may be left out
 * @param stages       the stage definition; nodes show it, they never compute stage membership from it
 * @param regionOrder  declared order of the regions: the answer for clients whose place is unknown
 * @param minimumBake  least healthy time of a stage
 * @param frameAncestors origins beside the portal hosts that may frame a page (the console, in development)
 * @param nameServers  host names of the directors, for NS and SOA; the first is the primary
 * @param answerTtl    TTL of A and AAAA answers
 * @param negativeTtl  TTL of negative answers
 * @param sharedHost   whether one host name serves all routes
 * @param records      records of the zone that are the same for every client; documents of earlier versions have none
 * @param latencyMap   digest of the latency map that directors answer from, empty text for their own; absent in older documents
 * @param delivery     how browsers get assets; absent in documents of older builds
 */
public record EnvironmentDocument(
        int schema,
        EnvironmentName name,
        String zone,
        List<String> portalHosts,
        StageDefinition stages,
        List<RegionName> regionOrder,
        Duration minimumBake,
        List<String> frameAncestors,
        List<String> nameServers,
        Duration answerTtl,
        Duration negativeTtl,
        boolean sharedHost,
        List<DnsRecord> records,
        String latencyMap,
        Delivery delivery) {
    /** Schema number that this build writes. */
    public static final int SCHEMA = 1;

    public EnvironmentDocument {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(zone, "zone");
        portalHosts = List.copyOf(portalHosts);
        Objects.requireNonNull(stages, "stages");
        regionOrder = List.copyOf(regionOrder);
        Objects.requireNonNull(minimumBake, "minimumBake");
        frameAncestors = List.copyOf(frameAncestors);
        nameServers = List.copyOf(nameServers);
        Objects.requireNonNull(answerTtl, "answerTtl");
        Objects.requireNonNull(negativeTtl, "negativeTtl");
        records = List.copyOf(Objects.requireNonNullElse(records, List.of()));
        latencyMap = Objects.requireNonNullElse(latencyMap, "");
        delivery = Objects.requireNonNullElse(delivery, Delivery.STANDARD);
        if (!latencyMap.isEmpty() && !Digest.isValid(latencyMap)) {
            throw new IllegalArgumentException("latencyMap: " + latencyMap + " (expected: empty, or a digest)");
        }
    }

    /** Without records of its own and without a latency map, with the standard delivery. */
    public EnvironmentDocument(
            int schema,
            EnvironmentName name,
            String zone,
            List<String> portalHosts,
            StageDefinition stages,
            List<RegionName> regionOrder,
            Duration minimumBake,
            List<String> frameAncestors,
            List<String> nameServers,
            Duration answerTtl,
            Duration negativeTtl,
            boolean sharedHost) {
        this(
                schema,
                name,
                zone,
                portalHosts,
                stages,
                regionOrder,
                minimumBake,
                frameAncestors,
                nameServers,
                answerTtl,
                negativeTtl,
                sharedHost,
                List.of(),
                "",
                Delivery.STANDARD);
    }

    /** The same with these records. */
    public EnvironmentDocument withRecords(List<DnsRecord> others) {
        return with(others, latencyMap, delivery);
    }

    /** The same with this latency map. */
    public EnvironmentDocument withLatencyMap(String other) {
        return with(records, other, delivery);
    }

    /** The same with another delivery. */
    public EnvironmentDocument with(Delivery other) {
        return with(records, latencyMap, other);
    }

    private EnvironmentDocument with(List<DnsRecord> newRecords, String newMap, Delivery newDelivery) {
        return new EnvironmentDocument(
                schema,
                name,
                zone,
                portalHosts,
                stages,
                regionOrder,
                minimumBake,
                frameAncestors,
                nameServers,
                answerTtl,
                negativeTtl,
                sharedHost,
                newRecords,
                newMap,
                newDelivery);
    }
}
