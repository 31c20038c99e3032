package io.portolan.control;

import io.portolan.artifact.DiskReserve;
import io.portolan.model.EnvironmentName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.StageDefinition;
import io.portolan.model.document.DnsRecord;
import io.portolan.planner.bringup.BringUpPlan;
import io.portolan.planner.cdn.BreakerPlan;
import io.portolan.planner.routing.ResourceApis;
import io.portolan.protocol.Signer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Settings of a control plane. Immutable.
 *
 * @param dataFolder  {@code state.db}, {@code keys/} and {@code uploads/} live here; of one process alone
 * @param storeFolder blob store, {@code ab/<hash>} below it
 * @param listenHost  address to bind; anything but a loopback address is refused until authentication is configured
 * @param listenPort  0 for any free one
 * @param hosts       host names that requests may carry beside the listen address and {@code localhost}
 * @param environments environments that exist from the first start on, in train order
 * @param defaultBake  bake of each stage where a rollout names none
 * @param database    where the state is kept
 * @param signingKey  file of the key that signs revisions, made at the first start; the same for every process on one database
 * @param diskReserveBytes bytes that publishing leaves free on the disks of the data folder and of the store, 0 for a share of each
 * @param browser     what pages of new regions are loaded in
 */
public record ControlSettings(
        Path dataFolder,
        Path storeFolder,
        String listenHost,
        int listenPort,
        List<String> hosts,
        List<Environment> environments,
        Duration defaultBake,
        StateDatabase database,
        Path signingKey,
        long diskReserveBytes,
        BrowserSettings browser) {
    public ControlSettings {
        hosts = List.copyOf(hosts);
        environments = List.copyOf(environments);
    }

    /** With an embedded database and a signing key in the data folder, without a browser. */
    public ControlSettings(
            Path dataFolder,
            Path storeFolder,
            String listenHost,
            int listenPort,
            List<String> hosts,
            List<Environment> environments,
            Duration defaultBake) {
        this(
                dataFolder,
                storeFolder,
                listenHost,
                listenPort,
                hosts,
                environments,
                defaultBake,
                new StateDatabase.Embedded(),
                dataFolder.resolve(SIGNING_KEY),
                DiskReserve.AUTOMATIC,
                BrowserSettings.OFF);
    }

    /** With a reserve that is a share of each disk, without a browser. */
    public ControlSettings(
            Path dataFolder,
            Path storeFolder,
            String listenHost,
            int listenPort,
            List<String> hosts,
            List<Environment> environments,
            Duration defaultBake,
            StateDatabase database,
            Path signingKey) {
        this(
                dataFolder,
                storeFolder,
                listenHost,
                listenPort,
                hosts,
                environments,
                defaultBake,
                database,
                signingKey,
                DiskReserve.AUTOMATIC,
                BrowserSettings.OFF);
    }

    /** The same with another browser. */
    public ControlSettings withBrowser(BrowserSettings other) {
        return new ControlSettings(
                dataFolder,
                storeFolder,
                listenHost,
                listenPort,
                hosts,
                environments,
                defaultBake,
                database,
                signingKey,
                diskReserveBytes,
                other);
    }

    /** Where the signing key is by default, below the data folder. */
    public static final String SIGNING_KEY = "keys/revision.key";

    /**
     * One environment.
     *
     * @param zone           DNS zone of its extensions, no trailing dot
     * @param minimumBake    least healthy time of a stage
     * @param regions        in declared order
     * @param frameAncestors origins that may frame pages, beside the portal hosts
     * @param nameServers    host names of its directors, for NS and SOA
     * @param joinTokens     tokens with which its nodes join
     * @param records        records of the zone that are the same for every client; state of earlier versions has none
     * @param operatorKeys   public keys (X.509, Base64) that may sign overrides, beside those added later
     * @param bringUp        what new regions go through; state of earlier versions has none
     * @param breaker        pace at which CDNs are watched, taken away and given back; state of earlier versions has none
     */
    public record Environment(
            EnvironmentName name,
            String zone,
            List<String> portalHosts,
            StageDefinition stages,
            Duration minimumBake,
            List<Region> regions,
            List<String> frameAncestors,
            List<String> nameServers,
            List<JoinToken> joinTokens,
            List<DnsRecord> records,
            List<String> operatorKeys,
            BringUpPlan bringUp,
            BreakerPlan breaker) {
        public Environment {
            portalHosts = List.copyOf(portalHosts);
            regions = List.copyOf(regions);
            frameAncestors = List.copyOf(frameAncestors);
            nameServers = List.copyOf(nameServers);
            joinTokens = List.copyOf(joinTokens);
            records = List.copyOf(Objects.requireNonNullElse(records, List.of()));
            // Of a build that knew no operators.
            operatorKeys = operatorKeys == null ? List.of() : List.copyOf(operatorKeys);
            operatorKeys.forEach(Signer::publicKey);
            bringUp = bringUp == null ? BringUpPlan.STANDARD : bringUp;
            breaker = breaker == null ? BreakerPlan.STANDARD : breaker;
        }

        /** With the standard plans for new regions and for CDNs. */
        public Environment(
                EnvironmentName name,
                String zone,
                List<String> portalHosts,
                StageDefinition stages,
                Duration minimumBake,
                List<Region> regions,
                List<String> frameAncestors,
                List<String> nameServers,
                List<JoinToken> joinTokens,
                List<DnsRecord> records,
                List<String> operatorKeys) {
            this(
                    name,
                    zone,
                    portalHosts,
                    stages,
                    minimumBake,
                    regions,
                    frameAncestors,
                    nameServers,
                    joinTokens,
                    records,
                    operatorKeys,
                    BringUpPlan.STANDARD,
                    BreakerPlan.STANDARD);
        }

        /** Without records of its own, without operators. */
        public Environment(
                EnvironmentName name,
                String zone,
                List<String> portalHosts,
                StageDefinition stages,
                Duration minimumBake,
                List<Region> regions,
                List<String> frameAncestors,
                List<String> nameServers,
                List<JoinToken> joinTokens) {
            this(
                    name,
                    zone,
                    portalHosts,
                    stages,
                    minimumBake,
                    regions,
                    frameAncestors,
                    nameServers,
                    joinTokens,
                    List.of(),
                    List.of());
        }

        /** The same with these records. */
        public Environment withRecords(List<DnsRecord> others) {
            return with(stages, regions, joinTokens, others, bringUp, breaker);
        }

        /** The same with another plan for new regions. */
        public Environment withBringUp(BringUpPlan plan) {
            return with(stages, regions, joinTokens, records, plan, breaker);
        }

        /** The same with another pace for CDNs. */
        public Environment withBreaker(BreakerPlan plan) {
            return with(stages, regions, joinTokens, records, bringUp, plan);
        }

        /** The same with other regions, in these stages. */
        public Environment withRegions(List<Region> others, StageDefinition theirs) {
            return with(theirs, others, joinTokens, records, bringUp, breaker);
        }

        /** Tokens stay in the settings: they are secrets, and the log and the state are not the place for them. */
        Environment withoutTokens() {
            return with(stages, regions, List.of(), records, bringUp, breaker);
        }

        private Environment with(
                StageDefinition newStages,
                List<Region> newRegions,
                List<JoinToken> newTokens,
                List<DnsRecord> newRecords,
                BringUpPlan newPlan,
                BreakerPlan newBreaker) {
            return new Environment(
                    name,
                    zone,
                    portalHosts,
                    newStages,
                    minimumBake,
                    newRegions,
                    frameAncestors,
                    nameServers,
                    newTokens,
                    newRecords,
                    operatorKeys,
                    newPlan,
                    newBreaker);
        }
    }

    /**
     * Facts of one region.
     *
     * @param addresses IP addresses that DNS answers for it
     * @param probeUrls base URLs of its nodes
     * @param resourceApiEndpoint base URL of the resource API that stands in it, empty for none; state of earlier versions has none
     * @param residency class of the data that may stay in it ({@code eu}), empty for none: placements may be fenced in by it; state of
     *                  earlier versions has none
     * @param stage     stage that it was added to, empty for the one that the stage definition gives it; state of earlier versions has none
     */
    public record Region(
            RegionName name,
            String displayName,
            GeoPoint location,
            List<RegionName> pairs,
            List<String> addresses,
            List<String> probeUrls,
            int capacity,
            String resourceApiEndpoint,
            String residency,
            String stage) {
        private static final Pattern RESIDENCY = Pattern.compile("|[a-z0-9][a-z0-9-]{0,31}");

        /** Text that is a class of residency, or empty for none. */
        public static String residency(String text) {
            if (!RESIDENCY.matcher(text).matches()) {
                throw new IllegalArgumentException(
                        text + " (expected: a class such as eu: lower-case letters, digits and hyphens, 32 at most)");
            }
            return text;
        }

        /** Whether text is a class of residency. */
        static boolean isResidency(String text) {
            return !text.isEmpty() && RESIDENCY.matcher(text).matches();
        }

        public Region {
            pairs = List.copyOf(pairs);
            addresses = List.copyOf(addresses);
            probeUrls = List.copyOf(probeUrls);
            resourceApiEndpoint = Objects.requireNonNullElse(resourceApiEndpoint, "");
            ResourceApis.requireEndpoint(resourceApiEndpoint);
            residency = Objects.requireNonNullElse(residency, "");
            try {
                residency(residency);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("residency: " + e.getMessage(), e);
            }
            stage = Objects.requireNonNullElse(stage, "");
        }

        /** A region without a resource API of its own. */
        public Region(
                RegionName name,
                String displayName,
                GeoPoint location,
                List<RegionName> pairs,
                List<String> addresses,
                List<String> probeUrls,
                int capacity) {
            this(name, displayName, location, pairs, addresses, probeUrls, capacity, "", "", "");
        }

        /** The same with this resource API. */
        public Region withResourceApi(String endpoint) {
            return new Region(
                    name, displayName, location, pairs, addresses, probeUrls, capacity, endpoint, residency, stage);
        }

        /** The same with this class of residency. */
        public Region withResidency(String other) {
            return new Region(
                    name,
                    displayName,
                    location,
                    pairs,
                    addresses,
                    probeUrls,
                    capacity,
                    resourceApiEndpoint,
                    other,
                    stage);
        }

        /** The same with one more node. */
        Region withNode(String address, String url) {
            return new Region(
                    name,
                    displayName,
                    location,
                    pairs,
                    with(addresses, address),
                    with(probeUrls, url),
                    capacity,
                    resourceApiEndpoint,
                    residency,
                    stage);
        }

        private static List<String> with(List<String> present, String more) {
            return present.contains(more)
                    ? present
                    : java.util.stream.Stream.concat(present.stream(), java.util.stream.Stream.of(more))
                            .toList();
        }
    }

    /**
     * Lets one node join.
     *
     * @param kind   {@code region} or {@code director}
     * @param region the node's region; for a director the name {@code director}
     */
    public record JoinToken(String token, String kind, RegionName region) {}
}
