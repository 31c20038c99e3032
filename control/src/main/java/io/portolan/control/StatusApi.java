package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RevisionId;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.NodeStatus;
import io.portolan.protocol.rest.StatusBody;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/** Desired and actual versions, per environment, region and node. Thread-safe. */
final class StatusApi {
    private final StateStore store;
    private final NodeRegistry registry;
    private final FleetObserver observer;
    private final InstantSource clock;

    StatusApi(StateStore store, NodeRegistry registry, FleetObserver observer, InstantSource clock) {
        this.store = store;
        this.registry = registry;
        this.observer = observer;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/v1/extensions/{name}/status", this::status);
    }

    private Answer status(Call call) {
        var name = Call.identifier(ExtensionName::new, call.parameter("name"));
        var now = clock.instant();
        return Answer.json(200, store.read(reader -> {
            var extension = Lookup.extension(reader, name).value();
            return new StatusBody(
                    name,
                    Lookup.environments(reader).stream()
                            .map(environment -> {
                                var deployment = Lookup.deployment(reader, environment.name(), name);
                                var look = observer.look(reader, environment.name(), name, deployment);
                                return new StatusBody.Environment(
                                        environment.name(),
                                        DeploymentTag.of(reader, deployment),
                                        Lookup.placed(extension, environment).stream()
                                                .map(region -> region(reader, environment, look, region, now))
                                                .toList());
                            })
                            .toList());
        }));
    }

    private StatusBody.Region region(
            Reader reader,
            ControlSettings.Environment environment,
            FleetObserver.Look look,
            RegionName region,
            Instant now) {
        var observed = look.at(region, Optional.empty(), now);
        var nodes = look.nodes().getOrDefault(region, List.of());
        var actual = new HashSet<Optional<VersionLabel>>();
        nodes.forEach(node -> actual.add(registry.of(node.id())
                .flatMap(seen -> served(reader, environment, look.extension(), region, seen.status()))));
        return new StatusBody.Region(
                region,
                environment.stages().stageOf(region).name(),
                look.deployment().versionIn(region).orElse(null),
                actual.size() == 1 ? actual.iterator().next().orElse(null) : null,
                observed.converged(),
                nodes.stream()
                        .map(node -> node(node, region, look.extension(), now))
                        .toList());
    }

    private StatusBody.Node node(Records.Node node, RegionName region, ExtensionName extension, Instant now) {
        var seen = registry.of(node.id());
        boolean inRotation = registry.inRotation(node.id(), region, now);
        if (seen.isEmpty()) {
            return new StatusBody.Node(
                    node.id(),
                    0,
                    0,
                    "",
                    List.of(),
                    "has not reported since the control plane started",
                    null,
                    inRotation,
                    List.of());
        }
        var status = seen.get().status();
        return new StatusBody.Node(
                node.id(),
                status.epoch(),
                status.revision(),
                status.digest(),
                status.quarantined(),
                status.lastError(),
                seen.get().receivedAt(),
                inRotation,
                status.controllers().stream()
                        .filter(report -> report.extension().equals(extension))
                        .toList());
    }

    /** What a node serves by the revision that it acknowledged: its pointer there, or while it lacks that, the one before. */
    private static Optional<VersionLabel> served(
            Reader reader,
            ControlSettings.Environment environment,
            ExtensionName extension,
            RegionName region,
            NodeStatus status) {
        if (status.digest().isEmpty()) {
            return Optional.empty();
        }
        return reader.revision(environment.name(), new RevisionId(status.epoch(), status.revision()))
                .filter(revision -> revision.digest().equals(new Digest(status.digest())))
                .flatMap(revision -> Revisions.extension(reader, revision, Compiler.key(extension)))
                .flatMap(document -> document.pointer(region))
                .flatMap(pointer -> status.quarantines(extension)
                        ? pointer.previousVersion()
                        : status.holds(extension, pointer.version())
                                ? Optional.of(pointer.version())
                                : pointer.previousVersion());
    }
}
