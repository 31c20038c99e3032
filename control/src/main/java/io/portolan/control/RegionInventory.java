package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.VersionLabel;
import io.portolan.planner.bringup.BringUp;
import io.portolan.planner.bringup.Cell;
import io.portolan.planner.bringup.Sight;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Joining;
import io.portolan.planner.rollout.Observation;
import io.portolan.storage.Reader;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What a region is to have, extension by extension, and how far that is. Thread-safe. */
final class RegionInventory {
    private final FleetObserver observer;
    private final NodeRegistry registry;
    /** When content of a cell last came, by region and extension: a memory, begun again after a restart. */
    private final Map<String, Progress> progress = new ConcurrentHashMap<>();

    /** @param missingBytes the fewest so far */
    private record Progress(Cell.State state, String version, long missingBytes, Instant since) {
        /** Whether nothing has come since: what is fetched, refused and fetched again is no progress. */
        boolean stands(Cell now) {
            return state == now.state() && version.equals(now.version()) && missingBytes <= now.missingBytes();
        }
    }

    RegionInventory(FleetObserver observer, NodeRegistry registry) {
        this.observer = observer;
        this.registry = registry;
    }

    /** Extensions whose placement takes a region in. */
    static List<Records.Extension> placed(Reader reader, ControlSettings.Environment environment, RegionName name) {
        var facts = environment.regions().stream()
                .filter(region -> region.name().equals(name))
                .findFirst();
        return facts.isEmpty()
                ? List.of()
                : Table.EXTENSIONS.list(reader, "").stream()
                        .map(Table.Row::value)
                        .filter(extension -> Lookup.takesIn(extension, environment.name(), facts.get()))
                        .toList();
    }

    /** Whether an extension's placement takes a region in. */
    static boolean isPlaced(Reader reader, ExtensionName extension, Records.BringingUp region) {
        return Table.EXTENSIONS
                .get(reader, extension.value())
                .filter(row -> Lookup.takesIn(row.value(), region.way().environment(), region.facts()))
                .isPresent();
    }

    /** Forgets since when its cells stand still. */
    void forget(RegionName region) {
        progress.keySet().removeIf(key -> key.startsWith(region + "/"));
    }

    /** What a region is to have; what cannot be read, or is empty where it was not, is unknown and not nothing. */
    Sight.Inventory of(Reader reader, ControlSettings.Environment environment, BringUp way, Instant now) {
        if (!way.isEnrolled()) {
            return new Sight.Inventory.Known(List.of(), now);
        }
        try {
            return read(reader, environment, way, now);
        } catch (IllegalArgumentException | IllegalStateException | UncheckedIOException e) {
            return new Sight.Inventory.Unknown(
                    String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
    }

    /** How far one node is with what its region serves: as if the region had no other. */
    List<Cell> ofNode(
            Reader reader, ControlSettings.Environment environment, BringUp way, Records.Node node, Instant now) {
        return placed(reader, environment, way.region()).stream()
                .map(extension -> Lookup.deployment(reader, environment.name(), extension.name()))
                .filter(row -> row.value().versionIn(way.region()).isPresent())
                .map(row -> {
                    var pointed = row.value().versionIn(way.region());
                    var seen = observer.look(
                                    reader,
                                    environment.name(),
                                    row.value().extension(),
                                    row,
                                    Map.of(way.region(), List.of(node)))
                            .at(way.region(), pointed, now);
                    return ofNode(row.value().extension().value(), pointed.orElseThrow(), seen);
                })
                .toList();
    }

    private static Cell ofNode(String extension, VersionLabel version, Observation.OfRegion seen) {
        var controllers = seen.controllers();
        if (!seen.failure().isEmpty() || !controllers.failure().isEmpty()) {
            var why = seen.failure().isEmpty() ? controllers.failure() : seen.failure();
            return new Cell(extension, false, Cell.State.QUARANTINED, version.value(), 0, why);
        }
        return seen.converged() && controllers.ready()
                ? new Cell(extension, false, Cell.State.SERVING, version.value(), 0, "")
                : new Cell(
                        extension,
                        false,
                        Cell.State.FETCHING,
                        version.value(),
                        0,
                        seen.converged() ? controllers.lacks() : seen.behind());
    }

    private Sight.Inventory read(Reader reader, ControlSettings.Environment environment, BringUp way, Instant now) {
        if (way.cells() > 0 && Table.EXTENSIONS.list(reader, "").isEmpty()) {
            return new Sight.Inventory.Unknown("the list of extensions is empty, and it had " + way.cells());
        }
        var cells = new ArrayList<Cell>();
        var last = Instant.EPOCH;
        var extensions = way.state() == RegionState.RETIRING
                ? Table.EXTENSIONS.list(reader, "").stream()
                        .map(Table.Row::value)
                        .toList()
                : placed(reader, environment, way.region());
        for (var extension : extensions) {
            var row = Lookup.deployment(reader, environment.name(), extension.name());
            if (row.value().stages().isEmpty() && row.value().regions().isEmpty()) {
                // Never rolled out here: there is nothing to have.
                continue;
            }
            var cell = cell(reader, environment, way, row, now);
            var known = progress.compute(
                    way.region() + "/" + way.incarnation() + "/" + extension.name(),
                    (key, before) -> before != null && before.stands(cell)
                            ? before
                            : new Progress(cell.state(), cell.version(), cell.missingBytes(), now));
            last = known.since().isAfter(last) ? known.since() : last;
            // Content that does not come, or controllers that do not get ready.
            boolean stuck = (cell.state() == Cell.State.FETCHING || cell.state() == Cell.State.VERIFIED)
                    && Duration.between(known.since(), now)
                                    .compareTo(environment.bringUp().timeout())
                            >= 0;
            cells.add(
                    stuck
                            ? new Cell(
                                    cell.extension(),
                                    cell.critical(),
                                    Cell.State.QUARANTINED,
                                    cell.version(),
                                    cell.missingBytes(),
                                    (cell.state() == Cell.State.FETCHING ? "no content came for " : "not served after ")
                                            + environment.bringUp().timeout().toSeconds() + " s: " + cell.text())
                            : cell);
        }
        return new Sight.Inventory.Known(cells, last);
    }

    private Cell cell(
            Reader reader,
            ControlSettings.Environment environment,
            BringUp way,
            Table.Row<Deployment> row,
            Instant now) {
        var deployment = row.value();
        var name = deployment.extension();
        var pointed = deployment.versionIn(way.region());
        if (way.state() == RegionState.RETIRING) {
            return new Cell(
                    name.value(),
                    false,
                    pointed.isEmpty() ? Cell.State.ABSENT : Cell.State.SERVING,
                    pointed.map(VersionLabel::value).orElse(""),
                    0,
                    "");
        }
        var running = Rollouts.active(reader, environment.name(), name).stream()
                .map(Table.Row::value)
                .toList();
        var stage = environment.stages().stageOf(way.region()).name();
        var wanted = Joining.wanted(deployment, running, way.region(), stage);
        // Its stage may be younger than the extension's last rollout: a person decides before the region's first user.
        // One with users has all that others of its stage have, and a rollout that was cancelled does not stop its way.
        boolean unknown = deployment.versionOf(stage).isEmpty() && pointed.isEmpty() && !BringUps.isServing(way);
        boolean critical = environment.bringUp().critical().contains(name.value());
        if (wanted.isEmpty()) {
            return unknown && running.isEmpty()
                    ? new Cell(
                            name.value(),
                            critical,
                            Cell.State.UNDECIDED,
                            "",
                            0,
                            stage + " has no version of it and there is no last known good (portolan rollout start "
                                    + name + " VERSION"
                                    // There it is held; later on it goes on by itself.
                                    + (way.state() == RegionState.SEEDING
                                            ? ", then portolan region resume " + way.region()
                                            : "")
                                    + ")")
                    : new Cell(name.value(), critical, Cell.State.ABSENT, "", 0, "no version that it may have yet");
        }
        var version = wanted.get().value();
        var seen = observer.look(reader, environment.name(), name, row).at(way.region(), wanted, now);
        if (!seen.failure().isEmpty()) {
            return new Cell(name.value(), critical, Cell.State.QUARANTINED, version, 0, seen.failure());
        }
        if (!seen.controllers().failure().isEmpty()) {
            return new Cell(
                    name.value(),
                    critical,
                    Cell.State.QUARANTINED,
                    version,
                    0,
                    seen.controllers().failure());
        }
        if (pointed.equals(wanted) && seen.converged() && seen.controllers().ready()) {
            var why = why(deployment, way.region(), stage, wanted.get());
            return new Cell(name.value(), critical, Cell.State.SERVING, version, 0, why);
        }
        long missing = missing(reader, environment.name(), way.region(), name.value());
        return seen.holds()
                ? new Cell(
                        name.value(),
                        critical,
                        Cell.State.VERIFIED,
                        version,
                        0,
                        seen.controllers().ready()
                                ? seen.behind()
                                : seen.controllers().lacks())
                : new Cell(name.value(), critical, Cell.State.FETCHING, version, missing, seen.lacks());
    }

    /** Why a region has another version than its stage is named; empty when it has that one. */
    private static String why(Deployment deployment, RegionName region, String stage, VersionLabel version) {
        var alias = deployment.stages().get(stage);
        var whole = deployment.versionOf(stage);
        if (version.equals(alias)) {
            return "";
        }
        if (whole.filter(other -> deployment.wasPutBack(region, other)).isPresent()) {
            return "it was taken back from " + whole.get()
                    + " by itself: a rollout or a person gives it that again, nothing else";
        }
        if (alias != null && deployment.halfway().containsKey(stage)) {
            return "the rollout of " + alias + " ended half-way in " + stage + ": it has "
                    + (whole.isPresent()
                            ? "what the stage had before"
                            : "the last known good, for the stage had nothing before");
        }
        return whole.isEmpty() ? stage + " has no version of it: the last known good stands in" : "";
    }

    private long missing(Reader reader, EnvironmentName environment, RegionName region, String extension) {
        return Sights.nodes(reader, environment, region).stream()
                .flatMap(node -> registry.of(node.id()).stream())
                .flatMap(seen -> seen.status().lacking().stream())
                .filter(entry -> entry.extension().value().equals(extension))
                .mapToLong(entry -> entry.missingBytes())
                .sum();
    }
}
