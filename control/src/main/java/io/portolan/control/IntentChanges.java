package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionState;
import io.portolan.planner.bringup.BringUp;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.RunningVersions;
import io.portolan.protocol.DocumentTree;
import io.portolan.protocol.Json;
import io.portolan.storage.Reader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Finds which extensions of an environment may have another document than a {@link CompiledState} says, by the feed of changed
 * documents, and reads their intent. One thread at a time, in one transaction.
 */
final class IntentChanges {
    /** From so many extensions on, whole lists are read in place of one row after another. */
    private static final int BULK = 200;

    private final Reader reader;
    private final EnvironmentName environment;
    private final CompiledState next;
    private final Set<ExtensionName> touched = new TreeSet<>();
    private final boolean everything;
    private final boolean regions;

    /** {@code next}: a copy of what was remembered; notes and rollouts in it are brought up to date. */
    IntentChanges(Reader reader, EnvironmentName environment, CompiledState next, boolean everything, Instant now) {
        this.reader = reader;
        this.environment = environment;
        this.next = next;
        long seen = next.seen();
        this.everything = everything
                || next.tree().isEmpty()
                || keys(Table.ENVIRONMENTS.kind(), seen).contains(environment.value())
                || keys(Table.DELIVERY.kind(), seen).contains(environment.value())
                || keys(Table.CDN_BREAKERS.kind(), seen).stream().anyMatch(key -> key.startsWith(environment + "/"))
                || keys(Table.LATENCY_MAPS.kind(), seen).contains(environment.value());
        var prefix = environment + "/";
        regions = java.util.stream.Stream.of(Table.REGION_INTENTS.kind(), Table.BRING_UPS.kind())
                .flatMap(kind -> keys(kind, seen).stream())
                .anyMatch(key -> key.startsWith(prefix));
        if (this.everything) {
            Table.EXTENSIONS
                    .list(reader, "")
                    .forEach(row -> touched.add(row.value().name()));
            next.digests().keySet().stream()
                    .filter(key -> key.kind() == DocumentTree.Kind.extension)
                    .forEach(key -> touched.add(new ExtensionName(key.name())));
        } else {
            keys(Table.EXTENSIONS.kind(), seen).forEach(key -> touched.add(new ExtensionName(key)));
            keys(Table.VERSIONS.kind(), seen).forEach(key -> touched.add(extensionOf(key)));
            for (var kind : List.of(Table.DEPLOYMENTS.kind(), Table.PROFILES.kind())) {
                keys(kind, seen).stream()
                        .filter(key -> key.startsWith(prefix))
                        .forEach(key -> touched.add(new ExtensionName(key.substring(prefix.length()))));
            }
            next.expiries().forEach((extension, expiry) -> {
                if (!expiry.isAfter(now)) {
                    touched.add(extension);
                }
            });
        }
        rollouts(seen);
        joining();
        notes(prefix, seen);
    }

    /** Documents say which controllers a region is to run that joins: they change when one begins or ends to. */
    private void joining() {
        if (!everything && !regions) {
            return;
        }
        var present = BringUps.ways(reader, environment).values().stream()
                .filter(way -> way.isEnrolled() && way.state() != RegionState.LIVE)
                .map(BringUp::region)
                .collect(Collectors.toSet());
        if (!present.equals(next.joining())) {
            next.joining().clear();
            next.joining().addAll(present);
            Table.EXTENSIONS
                    .list(reader, "")
                    .forEach(row -> touched.add(row.value().name()));
        }
    }

    /** Whether every document is to be compiled, also those of the environment and its regions. */
    boolean everything() {
        return everything;
    }

    /** Whether people said something else of a region. */
    boolean regions() {
        return regions;
    }

    /** Extensions to compile. */
    Set<ExtensionName> touched() {
        return touched;
    }

    private static ExtensionName extensionOf(String versionKey) {
        return new ExtensionName(versionKey.substring(0, versionKey.indexOf('/')));
    }

    private Set<String> keys(String kind, long seen) {
        var keys = new TreeSet<>(reader.removed(kind, seen));
        reader.changed(kind, seen).forEach(document -> keys.add(document.key()));
        return keys;
    }

    private void rollouts(long seen) {
        for (var key : keys(Rollouts.ACTIVE, seen)) {
            var before = Optional.ofNullable(next.rollouts().remove(key));
            before.ifPresent(active -> touched.add(active.extension()));
            if (reader.get(Rollouts.ACTIVE, key).isPresent()) {
                Table.ROLLOUTS
                        .get(reader, Rollouts.keyOf(key))
                        .map(Table.Row::value)
                        .filter(rollout -> rollout.environment().equals(environment))
                        .ifPresent(rollout -> {
                            next.rollouts().put(key, active(rollout));
                            touched.add(rollout.extension());
                        });
            }
        }
        var moved = keys(Table.ROLLOUTS.kind(), seen);
        for (var entry : next.rollouts().entrySet()) {
            if (moved.contains(Rollouts.keyOf(entry.getKey()))) {
                var rollout = Table.ROLLOUTS
                        .get(reader, Rollouts.keyOf(entry.getKey()))
                        .orElseThrow();
                var active = active(rollout.value());
                if (!active.equals(entry.getValue())) {
                    entry.setValue(active);
                    touched.add(active.extension());
                }
            }
        }
    }

    private static CompiledState.Active active(Rollout rollout) {
        return new CompiledState.Active(rollout.extension(), RunningVersions.Need.of(rollout));
    }

    /** Another process may have compiled, and noted, what we have not. */
    private void notes(String prefix, long seen) {
        for (var document : reader.changed(Table.COMPILED.kind(), seen)) {
            if (document.key().startsWith(prefix)) {
                var note = Json.read(document.bytes(), Table.COMPILED.type());
                next.notes().put(document.key(), note);
                var name = document.key().substring(prefix.length());
                var extension = DocumentTree.Kind.extension + "/";
                if (name.startsWith(extension)) {
                    var key = new DocumentTree.Key(DocumentTree.Kind.extension, name.substring(extension.length()));
                    if (!note.hash().equals(next.digests().get(key))) {
                        touched.add(new ExtensionName(key.name()));
                    }
                }
            }
        }
    }

    /**
     * Reads the intent of the touched extensions that exist.
     *
     * @param generations is given the generation of each one's deployment, 0 for none
     */
    List<Compiler.Intent> intents(Map<DocumentTree.Key, Long> generations) {
        var rows = touched.size() < BULK ? few() : all();
        var intents = new ArrayList<Compiler.Intent>();
        for (var row : rows) {
            var extension = row.extension();
            generations.put(
                    Compiler.key(extension.name()),
                    row.deployment().map(Table.Row::generation).orElse(0L));
            intents.add(new Compiler.Intent(
                    extension,
                    row.deployment().map(Table.Row::value).orElse(Deployment.none(extension.name(), environment)),
                    row.versions(),
                    next.rollingOut(extension.name()),
                    row.routing().profile(),
                    row.routing().replaced()));
        }
        return intents;
    }

    private record Rows(
            Records.Extension extension,
            Optional<Table.Row<Deployment>> deployment,
            Collection<Records.Version> versions,
            Records.RoutingProfile routing) {}

    private List<Rows> few() {
        return touched.stream()
                .flatMap(name -> Table.EXTENSIONS.get(reader, name.value()).stream())
                .map(row -> new Rows(
                        row.value(),
                        Table.DEPLOYMENTS.get(
                                reader, Table.key(environment, row.value().name())),
                        Table.VERSIONS.list(reader, row.value().name() + "/").stream()
                                .map(Table.Row::value)
                                .toList(),
                        Table.PROFILES
                                .get(reader, Table.key(environment, row.value().name()))
                                .map(Table.Row::value)
                                .orElse(Records.RoutingProfile.STANDARD)))
                .toList();
    }

    private List<Rows> all() {
        var deployments = new HashMap<String, Table.Row<Deployment>>();
        Table.DEPLOYMENTS.list(reader, environment + "/").forEach(row -> deployments.put(row.key(), row));
        var profiles = new HashMap<String, Records.RoutingProfile>();
        Table.PROFILES.list(reader, environment + "/").forEach(row -> profiles.put(row.key(), row.value()));
        var versions = Table.VERSIONS.list(reader, "").stream()
                .map(Table.Row::value)
                .collect(Collectors.groupingBy(Records.Version::extension));
        return Table.EXTENSIONS.list(reader, "").stream()
                .map(Table.Row::value)
                .filter(extension -> touched.contains(extension.name()))
                .map(extension -> new Rows(
                        extension,
                        Optional.ofNullable(deployments.get(Table.key(environment, extension.name()))),
                        versions.getOrDefault(extension.name(), List.of()),
                        profiles.getOrDefault(
                                Table.key(environment, extension.name()), Records.RoutingProfile.STANDARD)))
                .toList();
    }
}
