package io.portolan.control;

import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.model.document.Delivery;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.Profile;
import io.portolan.model.document.RegionDocument;
import io.portolan.planner.bringup.BringUp;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Placed;
import io.portolan.planner.rollout.RunningVersions;
import io.portolan.planner.routing.ResourceApis;
import io.portolan.protocol.DocumentTree;
import io.portolan.protocol.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Turns the intent of one environment into the documents of a revision. Pure: equal intent gives equal bytes. */
final class Compiler {
    /** Published versions beside the held ones that nodes are told of, newest first. */
    static final int RETAINED_VERSIONS = 20;

    /** TTL of A and AAAA answers, and of negative ones. */
    static final Duration ANSWER_TTL = Duration.ofSeconds(30);

    private Compiler() {}

    /**
     * Intent for one extension.
     *
     * @param versions   its published versions
     * @param rollingOut what rollouts under way ask for
     * @param profile    its routing method
     * @param replaced   the one that it replaces step by step, one at most
     */
    record Intent(
            Records.Extension extension,
            Deployment deployment,
            Collection<Records.Version> versions,
            List<RunningVersions.Need> rollingOut,
            Profile profile,
            List<ExtensionDocument.Replaced> replaced) {}

    /**
     * Intent that all extensions of an environment share.
     *
     * @param latencyMap digest of the latency map, empty text for none
     * @param regions    what was asked of regions, of those about which anything was
     * @param ways       regions on their way to users or away from them
     * @param standIns   until when regions that join stand in for others that are down, of those that do
     * @param delivery   how browsers get assets
     */
    record Shared(
            String latencyMap,
            Map<RegionName, Records.RegionIntent> regions,
            Map<RegionName, BringUp> ways,
            Map<RegionName, Instant> standIns,
            Delivery delivery) {}

    /** Documents of an environment, of its regions and of the extensions given, in order of their keys. */
    static Map<DocumentTree.Key, byte[]> compile(
            ControlSettings.Environment environment, Shared shared, Collection<Intent> intents, Instant now) {
        var documents = new TreeMap<DocumentTree.Key, byte[]>();
        documents.put(
                new DocumentTree.Key(
                        DocumentTree.Kind.environment, environment.name().value()),
                Json.bytes(environmentDocument(environment, shared)));
        for (var region : environment.regions()) {
            documents.put(
                    new DocumentTree.Key(DocumentTree.Kind.region, region.name().value()),
                    Json.bytes(regionDocument(
                            environment,
                            region,
                            Optional.ofNullable(shared.regions().get(region.name())),
                            Optional.ofNullable(shared.ways().get(region.name()))
                                    .filter(way -> way.state() != RegionState.LIVE),
                            Optional.ofNullable(shared.standIns().get(region.name())))));
        }
        for (var intent : intents) {
            documents.put(
                    key(intent.extension().name()), Json.bytes(extensionDocument(environment, shared, intent, now)));
        }
        return documents;
    }

    static DocumentTree.Key key(ExtensionName extension) {
        return new DocumentTree.Key(DocumentTree.Kind.extension, extension.value());
    }

    private static EnvironmentDocument environmentDocument(ControlSettings.Environment environment, Shared shared) {
        return new EnvironmentDocument(
                        EnvironmentDocument.SCHEMA,
                        environment.name(),
                        environment.zone(),
                        environment.portalHosts(),
                        environment.stages(),
                        environment.regions().stream()
                                .map(ControlSettings.Region::name)
                                .toList(),
                        environment.minimumBake(),
                        environment.frameAncestors(),
                        environment.nameServers(),
                        ANSWER_TTL,
                        ANSWER_TTL,
                        false)
                .withLatencyMap(shared.latencyMap())
                .withRecords(environment.records())
                .with(shared.delivery());
    }

    private static RegionDocument regionDocument(
            ControlSettings.Environment environment,
            ControlSettings.Region region,
            Optional<Records.RegionIntent> intent,
            Optional<BringUp> way,
            Optional<Instant> standsIn) {
        var said = intent.filter(given -> way.isEmpty());
        var resourceApi = ResourceApis.nearest(region.name(), region.location(), offers(environment));
        return new RegionDocument(
                RegionDocument.SCHEMA,
                region.name(),
                environment.name(),
                region.displayName(),
                region.location(),
                region.pairs(),
                region.addresses(),
                region.probeUrls(),
                way.map(BringUp::state)
                        .or(() -> said.map(Records.RegionIntent::state))
                        .orElse(RegionState.LIVE),
                region.capacity(),
                resourceApi.map(ResourceApis.Offer::endpoint).orElse(""),
                way.map(joining -> RegionDocument.Ramp.of(joining.since(), joining.share(environment.bringUp()))
                                .standingIn(standsIn.orElse(null)))
                        .or(() -> said.filter(given -> given.state() == RegionState.RAMPING)
                                .map(given -> new RegionDocument.Ramp(given.at(), given.ramp())))
                        .orElse(RegionDocument.Ramp.NONE),
                resourceApi.map(offer -> offer.region().value()).orElse(""),
                region.residency());
    }

    /** Resource APIs of an environment's regions. */
    static List<ResourceApis.Offer> offers(ControlSettings.Environment environment) {
        return environment.regions().stream()
                .map(region -> new ResourceApis.Offer(region.name(), region.location(), region.resourceApiEndpoint()))
                .toList();
    }

    private static ExtensionDocument extensionDocument(
            ControlSettings.Environment environment, Shared shared, Intent intent, Instant now) {
        var deployment = intent.deployment();
        var kept = new HashMap<VersionLabel, TreeSet<String>>();
        var pointers = new HashMap<RegionName, ExtensionDocument.Pointer>();
        deployment.regions().forEach((region, pointer) -> {
            pointers.put(
                    region,
                    new ExtensionDocument.Pointer(
                            pointer.version(),
                            environment.stages().stageOf(region).name(),
                            pointer.previous(),
                            pointer.rampPercent(),
                            pointer.fence()));
            keep(kept, pointer.version(), "region");
            if (!pointer.previous().isEmpty()) {
                keep(kept, new VersionLabel(pointer.previous()), "previous");
            }
        });
        deployment.ofStages().forEach(version -> keep(kept, version, "stage"));
        var names = new HashMap<String, VersionLabel>();
        deployment.names().forEach((name, friendly) -> {
            var expires = friendly.expiresAt();
            if (expires == null || expires.isAfter(now)) {
                names.put(name, friendly.version());
                keep(kept, friendly.version(), "name");
            }
        });
        deployment.slots().values().forEach(version -> keep(kept, version, "slot"));
        deployment.choosable().forEach(version -> keep(kept, version, "rollback"));
        // What a revert would go back to must lie everywhere: a way back that moves bytes is none.
        deployment.sealed().values().forEach(versions -> versions.stream()
                .filter(version -> !deployment.withdrawn().contains(version))
                .limit(2)
                .forEach(version -> keep(kept, version, "sealed")));
        intent.rollingOut().forEach(need -> keep(kept, need.version(), "rollout"));
        var versions = versions(intent, kept);
        return new ExtensionDocument(
                        ExtensionDocument.SCHEMA,
                        intent.extension().name(),
                        intent.extension().route(),
                        intent.profile(),
                        pointers,
                        deployment.stages(),
                        names,
                        deployment.slots(),
                        versions,
                        running(environment, shared, intent, versions.keySet()),
                        intent.replaced())
                .fencedIn(Placed.fence(
                        intent.extension().placement(), environment.name().value()));
    }

    /** Of versions that have controllers those that are to run in each region. */
    private static Map<RegionName, List<VersionLabel>> running(
            ControlSettings.Environment environment, Shared shared, Intent intent, Set<VersionLabel> named) {
        var backed = intent.versions().stream()
                .filter(version -> !version.controllers().isEmpty() && version.state() == VersionState.PUBLISHED)
                .map(Records.Version::version)
                .filter(named::contains)
                .collect(Collectors.toSet());
        var running = new TreeMap<RegionName, List<VersionLabel>>();
        if (backed.isEmpty()) {
            return running;
        }
        for (var facts : environment.regions()) {
            var versions = new TreeSet<>(runningIn(environment, shared, intent, facts));
            versions.retainAll(backed);
            if (!versions.isEmpty()) {
                running.put(facts.name(), List.copyOf(versions));
            }
        }
        return running;
    }

    private static Set<VersionLabel> runningIn(
            ControlSettings.Environment environment, Shared shared, Intent intent, ControlSettings.Region facts) {
        var region = facts.name();
        var added = Optional.ofNullable(shared.ways().get(region))
                .filter(way -> way.isEnrolled() && !way.leaving())
                .filter(way -> Lookup.takesIn(intent.extension(), environment.name(), facts));
        if (added.isEmpty()) {
            return RunningVersions.in(region, intent.deployment(), intent.rollingOut());
        }
        var stage = environment.stages().stageOf(region).name();
        return added.get().state() == RegionState.LIVE
                ? RunningVersions.arrived(region, stage, intent.deployment(), intent.rollingOut())
                : RunningVersions.joining(region, stage, intent.deployment(), intent.rollingOut());
    }

    private static Map<VersionLabel, ExtensionDocument.HeldVersion> versions(
            Intent intent, Map<VersionLabel, TreeSet<String>> kept) {
        var newestFirst = intent.versions().stream()
                .sorted(Comparator.comparingLong(Records.Version::order).reversed())
                .toList();
        var versions = new LinkedHashMap<VersionLabel, ExtensionDocument.HeldVersion>();
        int retained = 0;
        for (var version : newestFirst) {
            var reasons = kept.get(version.version());
            if (reasons == null && ++retained > RETAINED_VERSIONS) {
                continue;
            }
            versions.put(
                    version.version(),
                    new ExtensionDocument.HeldVersion(
                            version.manifest(),
                            version.identity(),
                            version.state(),
                            intent.deployment().withdrawn().contains(version.version()),
                            reasons != null,
                            reasons == null ? List.of() : List.copyOf(reasons)));
        }
        return versions;
    }

    private static void keep(Map<VersionLabel, TreeSet<String>> kept, VersionLabel version, String why) {
        kept.computeIfAbsent(version, none -> new TreeSet<>()).add(why);
    }
}
