package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Observation;
import io.portolan.planner.rollout.Rollout;
import io.portolan.protocol.NodeStatus;
import io.portolan.storage.Reader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads from the nodes' status how far the regions of a rollout are. Thread-safe. */
final class FleetObserver {
    private final NodeRegistry registry;
    private final JoinedNodes joined = new JoinedNodes();

    FleetObserver(NodeRegistry registry) {
        this.registry = registry;
    }

    /** What is known now about the planned regions of a rollout, and about others that join it. */
    Observation observe(
            Reader reader,
            Rollout rollout,
            Table.Row<Deployment> deployment,
            Collection<RegionName> joining,
            Instant now) {
        var look = look(reader, rollout.environment(), rollout.extension(), deployment);
        var observed = new HashMap<RegionName, Observation.OfRegion>();
        Stream.concat(rollout.regions().stream(), joining.stream())
                .forEach(region -> observed.put(region, look.at(region, Optional.of(rollout.version()), now)));
        return new Observation(observed, registry.fetched());
    }

    /** The last statuses of those that obey operators' overrides. */
    List<NodeStatus> overridden() {
        return registry.overridden();
    }

    /** Whether anything was heard of a node since this process began. */
    boolean isHeardOf(String nodeId) {
        return registry.of(nodeId).isPresent();
    }

    /**
     * blobsFetched of every region node by {@code id/bootId}: of one that has not reported since the control plane started, what it
     * is recorded to have reported last, so that a rollback right after a restart does not count what was fetched before it.
     */
    Map<String, Long> fetched(Reader reader) {
        var fetched = new HashMap<String, Long>();
        for (var node : Table.NODES.list(reader, "")) {
            if (node.value().kind().equals("region") && registry.of(node.key()).isEmpty()) {
                Table.REPORTS
                        .get(reader, node.key())
                        .map(row -> row.value().status())
                        .ifPresent(status -> fetched.put(status.id() + "/" + status.bootId(), status.blobsFetched()));
            }
        }
        fetched.putAll(registry.fetched());
        return fetched;
    }

    /** What the state says about an extension in an environment, read once for all regions. */
    Look look(Reader reader, EnvironmentName environment, ExtensionName extension, Table.Row<Deployment> deployment) {
        return look(reader, environment, extension, deployment, joined.of(reader, environment));
    }

    /** The same for some nodes alone. */
    Look look(
            Reader reader,
            EnvironmentName environment,
            ExtensionName extension,
            Table.Row<Deployment> deployment,
            Map<RegionName, List<Records.Node>> nodes) {
        var compiled = Table.COMPILED
                .get(reader, environment + "/" + Compiler.key(extension))
                .map(Table.Row::value)
                .filter(row -> row.generation() == deployment.generation());
        return new Look(
                this,
                extension,
                deployment.value(),
                compiled,
                nodes,
                version -> controllers(reader, extension, version));
    }

    private static List<Records.Controller> controllers(Reader reader, ExtensionName extension, VersionLabel version) {
        return Table.VERSIONS
                .get(reader, Table.key(extension, version))
                .map(row -> row.value().controllers())
                .orElse(List.of());
    }

    /** Regions within reach in which controllers of a version are not ready. */
    static Set<RegionName> cold(Look look, Collection<RegionName> regions, VersionLabel version, Instant now) {
        return regions.stream()
                .filter(region -> {
                    var seen = look.at(region, Optional.of(version), now);
                    return seen.reachable() && !seen.controllers().ready();
                })
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * What the state says about one extension in one environment.
     *
     * @param compiled empty while the present deployment is not in a revision
     * @param nodes    region nodes that joined, by region
     * @param declared controllers of a version, read within the same transaction
     */
    record Look(
            FleetObserver observer,
            ExtensionName extension,
            Deployment deployment,
            Optional<Records.Compiled> compiled,
            Map<RegionName, List<Records.Node>> nodes,
            Function<VersionLabel, List<Records.Controller>> declared) {
        /** What is known now about one region; {@code wanted} is the version that a rollout wants it to hold. */
        Observation.OfRegion at(RegionName region, Optional<VersionLabel> wanted, Instant now) {
            if (compiled.isEmpty()) {
                return observer.uncompiled(this, region, wanted, now);
            }
            return observer.observe(this, compiled.get(), region, wanted, now);
        }
    }

    /** Nobody can have acknowledged it yet; what nodes say of controllers counts all the same. */
    private Observation.OfRegion uncompiled(Look look, RegionName region, Optional<VersionLabel> wanted, Instant now) {
        var why = region + ": the revision is being compiled";
        var inRotation = look.nodes().getOrDefault(region, List.of()).stream()
                .filter(node -> registry.inRotation(node.id(), region, now))
                .toList();
        return new Observation.OfRegion(
                true,
                false,
                why,
                false,
                why,
                "",
                false,
                Set.of(),
                Instant.EPOCH,
                wanted.map(version -> controllers(look, region, version, inRotation, now))
                        .orElse(Observation.Controllers.NONE));
    }

    private Observation.OfRegion observe(
            Look look, Records.Compiled compiled, RegionName region, Optional<VersionLabel> wanted, Instant now) {
        var extension = look.extension();
        var nodes = look.nodes().getOrDefault(region, List.of());
        if (nodes.isEmpty()) {
            var text = region + ": no node has joined";
            return Observation.OfRegion.unknown(false, text);
        }
        var inRotation = nodes.stream()
                .filter(node -> registry.inRotation(node.id(), region, now))
                .toList();
        if (inRotation.isEmpty()) {
            var text = region + " is unreachable: " + String.join(", ", silences(nodes, now));
            return Observation.OfRegion.unknown(false, text);
        }
        var pointed = look.deployment().versionIn(region);
        var lacks = new ArrayList<String>();
        var behind = new ArrayList<String>();
        var failures = new ArrayList<String>();
        var boots = new TreeSet<String>();
        boolean ready = true;
        var last = Instant.EPOCH;
        for (var node : inRotation) {
            failure(node, extension, compiled).ifPresent(failures::add);
            var status = registry.of(node.id()).map(NodeRegistry.Seen::status);
            status.ifPresent(said -> boots.add(said.id() + "/" + said.bootId()));
            ready &= pointed.isEmpty()
                    || status.filter(said -> said.holds(extension, pointed.get()))
                            .isPresent();
            wanted.flatMap(version -> whyNot(node, extension, version, compiled, now))
                    .ifPresent(lacks::add);
            whyNot(node, extension, pointed, compiled, now)
                    .or(() -> overridden(node, extension, pointed))
                    .ifPresent(behind::add);
            var changedAt =
                    registry.of(node.id()).map(NodeRegistry.Seen::changedAt).orElse(now);
            last = changedAt.isAfter(last) ? changedAt : last;
        }
        return new Observation.OfRegion(
                true,
                lacks.isEmpty(),
                region + ": " + String.join(", ", lacks),
                behind.isEmpty(),
                region + ": " + String.join(", ", behind),
                String.join(", ", failures),
                ready,
                boots,
                last,
                wanted.map(version -> controllers(look, region, version, inRotation, now))
                        .orElse(Observation.Controllers.NONE));
    }

    private Observation.Controllers controllers(
            Look look, RegionName region, VersionLabel version, List<Records.Node> inRotation, Instant now) {
        var declared = look.declared().apply(version);
        return declared.isEmpty()
                ? Observation.Controllers.NONE
                : ControllerSights.of(
                        look.extension(),
                        version,
                        region,
                        declared,
                        inRotation.stream()
                                .map(node -> new ControllerSights.OfNode(
                                        node.id(), registry.of(node.id()).map(NodeRegistry.Seen::status)))
                                .toList(),
                        now);
    }

    /** An operator's override by which a node serves something else than it is told. */
    private Optional<String> overridden(Records.Node node, ExtensionName extension, Optional<VersionLabel> pointed) {
        return registry.of(node.id()).stream()
                .flatMap(seen -> seen.status().overrides().stream())
                .filter(report -> report.extension().equals(extension.value())
                        && !pointed.map(VersionLabel::value).orElse("").equals(report.version()))
                .findFirst()
                .map(report -> node.id() + " serves " + report.version() + " by override " + report.id());
    }

    /** What a node says is wrong with the extension as it was told it last. */
    private Optional<String> failure(Records.Node node, ExtensionName extension, Records.Compiled compiled) {
        return registry.of(node.id())
                .map(NodeRegistry.Seen::status)
                .filter(status -> acknowledges(status, compiled) && status.quarantines(extension))
                .map(status -> node.id() + " quarantined it: " + quarantine(status, extension));
    }

    private static boolean acknowledges(NodeStatus status, Records.Compiled compiled) {
        return status.epoch() > compiled.epoch()
                || (status.epoch() == compiled.epoch() && status.revision() >= compiled.number());
    }

    private static String quarantine(NodeStatus status, ExtensionName extension) {
        return status.quarantined().stream()
                .filter(entry -> entry.extension().equals(extension))
                .map(NodeStatus.Quarantined::reason)
                .findFirst()
                .orElse("more extensions are quarantined than it can list");
    }

    private Optional<String> whyNot(
            Records.Node node, ExtensionName extension, VersionLabel version, Records.Compiled compiled, Instant now) {
        return whyNot(node, extension, Optional.of(version), compiled, now);
    }

    /** Why a node does not yet serve what it was told, or, for a version, does not hold it; empty if it does. */
    private Optional<String> whyNot(
            Records.Node node,
            ExtensionName extension,
            Optional<VersionLabel> version,
            Records.Compiled compiled,
            Instant now) {
        var seen = registry.of(node.id());
        if (seen.isEmpty()) {
            return Optional.of(node.id() + " has not reported since the control plane started");
        }
        var status = seen.get().status();
        boolean acknowledged = acknowledges(status, compiled);
        if (NodeRegistry.silent(seen.get(), now)) {
            return Optional.of(silence(node.id(), now));
        }
        if (!acknowledged) {
            return Optional.of(node.id() + " is at revision " + status.epoch() + "." + status.revision() + " of "
                    + compiled.epoch() + "." + compiled.number() + heard(seen.get(), now)
                    + (status.lastError().isEmpty() ? "" : " (" + status.lastError() + ")"));
        }
        if (status.quarantines(extension)) {
            return Optional.of(node.id() + " quarantined it: " + quarantine(status, extension));
        }
        if (version.isPresent() && !status.holds(extension, version.get())) {
            return Optional.of(node.id() + " lacks " + missing(status, extension, version.get())
                    + (status.lastError().isEmpty() ? "" : " (" + status.lastError() + ")"));
        }
        return Optional.empty();
    }

    private static String missing(NodeStatus status, ExtensionName extension, VersionLabel version) {
        return status.lacking().stream()
                .filter(entry ->
                        entry.extension().equals(extension) && entry.version().equals(version))
                .findFirst()
                .map(entry -> entry.missingBytes() + " bytes of " + version)
                .orElse("more versions than it can list");
    }

    private static String heard(NodeRegistry.Seen seen, Instant now) {
        long silent = Duration.between(seen.receivedAt(), now).toSeconds();
        return silent < 7 ? "" : ", silent for " + silent + " s";
    }

    private List<String> silences(List<Records.Node> nodes, Instant now) {
        return nodes.stream().map(node -> silence(node.id(), now)).toList();
    }

    private String silence(String nodeId, Instant now) {
        return registry.of(nodeId)
                .map(seen -> nodeId + " has been silent for "
                        + Duration.between(seen.receivedAt(), now).toSeconds() + " s")
                .orElse(nodeId + " has not reported since the control plane started");
    }
}
