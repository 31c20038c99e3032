package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.VersionLabel;
import io.portolan.planner.bringup.BringUp;
import io.portolan.planner.bringup.Cell;
import io.portolan.planner.bringup.Sight;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Joining;
import io.portolan.storage.Reader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What regions on their way are to have of every extension, and how far they have it. Thread-safe. */
final class Inventories {
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

    Inventories(FleetObserver observer, NodeRegistry registry) {
        this.observer = observer;
        this.registry = registry;
    }

    /** What is known now; a region without an identity is to have nothing yet. */
    Sight.Inventory of(Reader reader, ControlSettings.Environment environment, BringUp way, Instant now) {
        if (!way.isEnrolled()) {
            return new Sight.Inventory.Known(List.of(), now);
        }
        var cells = new ArrayList<Cell>();
        var last = Instant.EPOCH;
        var extensions = way.state() == RegionState.RETIRING
                ? Table.EXTENSIONS.list(reader, "").stream()
                        .map(Table.Row::value)
                        .toList()
                : Sights.placed(reader, environment.name(), way.region());
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
        // Its stage may be younger than the extension's last rollout.
        boolean unknown = !deployment.stages().containsKey(stage) && pointed.isEmpty();
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
                                    + name + " VERSION, then portolan region resume " + way.region() + ")")
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
            var text = deployment.stages().containsKey(stage)
                    ? ""
                    : stage + " has no version of it: the last known good stands in";
            return new Cell(name.value(), critical, Cell.State.SERVING, version, 0, text);
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

    private long missing(Reader reader, EnvironmentName environment, RegionName region, String extension) {
        return Sights.nodes(reader, environment, region).stream()
                .flatMap(node -> registry.of(node.id()).stream())
                .flatMap(seen -> seen.status().lacking().stream())
                .filter(entry -> entry.extension().value().equals(extension))
                .mapToLong(entry -> entry.missingBytes())
                .sum();
    }
}
