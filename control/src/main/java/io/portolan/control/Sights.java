package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.VersionLabel;
import io.portolan.planner.bringup.BringUp;
import io.portolan.planner.bringup.Cell;
import io.portolan.planner.bringup.Check;
import io.portolan.planner.bringup.Sight;
import io.portolan.planner.rollout.Calendar;
import io.portolan.planner.rollout.Starting;
import io.portolan.storage.Reader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Gathers what the next step of a region on its way depends on. Thread-safe. */
final class Sights {
    /** Requests below which errors of a region say nothing. */
    private static final int FEW = 50;

    /** Share of errors beyond that of the neighbours at which a region is worse than they are. */
    private static final double WORSE = 0.01;

    /** Part of the time for a state that a browser may take to load pages. */
    private static final int BROWSER_PART = 4;

    private final NodeRegistry registry;
    private final RegionInspector inspector;
    private final ControllerCheck controllers;
    private final Inventories inventories;

    Sights(FleetObserver observer, NodeRegistry registry, RegionInspector inspector) {
        this.registry = registry;
        this.inspector = inspector;
        this.controllers = new ControllerCheck(observer, inspector);
        this.inventories = new Inventories(observer, registry);
    }

    /** What is known now of a region. */
    Sight of(Reader reader, ControlSettings.Environment environment, Records.BringingUp row, Instant now) {
        var way = row.way();
        var nodes = nodes(reader, environment.name(), way.region());
        var inventory = inventories.of(reader, environment, way, now);
        var others = others(reader, environment, way.region());
        return new Sight(
                !nodes.isEmpty() ? Sight.Node.ENROLLED : row.ask() != null ? Sight.Node.ASKED : Sight.Node.NONE,
                way.state() == RegionState.PREFLIGHT ? preflight(reader, environment, row, row.ask()) : List.of(),
                inventory,
                wiring(nodes, now),
                way.state() == RegionState.VERIFYING
                        ? verification(reader, environment, row, nodes, inventory, others, now)
                        : List.of(),
                others.isEmpty()
                        ? alone(reader, environment, way, nodes, inventory)
                        : vantage(way.region(), serving(inventory), others, now),
                health(nodes, others),
                closed(reader, environment.name(), now),
                BringUps.ways(reader, environment.name()).values().stream()
                        .filter(other -> !other.region().equals(way.region()))
                        .filter(other -> other.state() == RegionState.CANARY || other.state() == RegionState.RAMPING)
                        .map(BringUp::region)
                        .toList(),
                traffic(nodes, others, now));
    }

    /** Region nodes of a region that have their identity. */
    static List<Records.Node> nodes(Reader reader, EnvironmentName environment, RegionName region) {
        return Table.NODES.list(reader, "").stream()
                .map(Table.Row::value)
                .filter(node -> node.kind().equals("region")
                        && node.environment().equals(environment)
                        && node.region().equals(region))
                .toList();
    }

    /** Nodes of regions that serve, those of the nearest first. */
    private static List<Records.Node> others(
            Reader reader, ControlSettings.Environment environment, RegionName region) {
        var here = environment.regions().stream()
                .filter(other -> other.name().equals(region))
                .findFirst();
        var ways = BringUps.ways(reader, environment.name());
        var distances = new HashMap<RegionName, Double>();
        environment.regions().stream()
                .filter(other -> !other.name().equals(region))
                .filter(other -> Optional.ofNullable(ways.get(other.name()))
                        .map(way -> way.state() == RegionState.LIVE)
                        .orElse(true))
                .forEach(other -> distances.put(
                        other.name(),
                        here.map(own -> own.location().distanceKm(other.location()))
                                .orElse(0.0)));
        return Table.NODES.list(reader, "").stream()
                .map(Table.Row::value)
                .filter(node -> node.kind().equals("region")
                        && node.environment().equals(environment.name())
                        && distances.containsKey(node.region()))
                .sorted(Comparator.comparingDouble((Records.Node node) -> distances.getOrDefault(node.region(), 0.0))
                        .thenComparing(Records.Node::id))
                .toList();
    }

    /** Has the nodes asked that a region's way depends on. */
    void watch(Reader reader, ControlSettings.Environment environment, RegionName region) {
        var all = new ArrayList<>(nodes(reader, environment.name(), region));
        all.addAll(others(reader, environment, region));
        inspector.observe(all.stream().map(Records.Node::url).toList());
    }

    private List<Check> preflight(
            Reader reader,
            ControlSettings.Environment environment,
            Records.BringingUp row,
            Records.@org.jspecify.annotations.Nullable Ask ask) {
        if (ask == null) {
            return List.of();
        }
        var checks = Preflight.facts(reader, environment, row, ask);
        checks.add(inspector.reach(row.way().region(), ask.url()));
        return checks;
    }

    /** Size of all that a region is to hold. */
    static long bytes(Reader reader, ControlSettings.Environment environment, RegionName region) {
        long bytes = 0;
        for (var extension : placed(reader, environment.name(), region)) {
            var deployment = Lookup.deployment(reader, environment.name(), extension.name())
                    .value();
            var held = new java.util.HashSet<VersionLabel>(deployment.stages().values());
            deployment.names().values().forEach(name -> held.add(name.version()));
            held.addAll(deployment.slots().values());
            held.addAll(deployment.choosable());
            for (var version : held) {
                bytes += Table.VERSIONS
                        .get(reader, Table.key(extension.name(), version))
                        .map(found -> found.value().sizeBytes())
                        .orElse(0L);
            }
        }
        return bytes;
    }

    /** Extensions whose placement takes a region in. */
    static List<Records.Extension> placed(Reader reader, EnvironmentName environment, RegionName region) {
        return Table.EXTENSIONS.list(reader, "").stream()
                .map(Table.Row::value)
                .filter(extension -> !Starting.placed(extension.placement(), environment.value(), List.of(region))
                        .isEmpty())
                .toList();
    }

    /** Whether an extension's placement takes a region in. */
    static boolean isPlaced(Reader reader, ExtensionName extension, BringUp way) {
        return Table.EXTENSIONS
                .get(reader, extension.value())
                .filter(row -> !Starting.placed(
                                row.value().placement(), way.environment().value(), List.of(way.region()))
                        .isEmpty())
                .isPresent();
    }

    /** What a region is to have, without looking at anything else. */
    List<Cell> cells(Reader reader, ControlSettings.Environment environment, BringUp way, Instant now) {
        return inventories.of(reader, environment, way, now) instanceof Sight.Inventory.Known known
                ? known.cells()
                : List.of();
    }

    private List<Check> wiring(List<Records.Node> nodes, Instant now) {
        var checks = new ArrayList<Check>();
        boolean reports = nodes.stream().anyMatch(node -> registry.of(node.id())
                .filter(seen -> !NodeRegistry.silent(seen, now))
                .isPresent());
        checks.add(
                reports
                        ? Check.pass("status", "its node reports, signed with its own key")
                        : Check.pending("status", "its node has not reported lately"));
        checks.add(Check.skipped("alert path", "this build has no alert rules and pages nobody"));
        checks.add(Check.skipped("on-call schedules", "this build has none"));
        checks.add(Check.skipped("patch policy, backups", "this build has none"));
        return checks;
    }

    private List<Check> verification(
            Reader reader,
            ControlSettings.Environment environment,
            Records.BringingUp row,
            List<Records.Node> nodes,
            Sight.Inventory inventory,
            List<Records.Node> others,
            Instant now) {
        if (nodes.isEmpty() || !(inventory instanceof Sight.Inventory.Known known)) {
            return List.of();
        }
        var subject = subject(environment, row.way().region(), nodes, others);
        var pages = pages(reader, serving(inventory));
        var checks = new ArrayList<>(inspector.verify(subject, pages));
        if (checks.stream().allMatch(check -> check.result() == Check.Result.PASS)) {
            // The rest of its time is for what may still come.
            checks.add(inspector.browse(
                    subject, pages, environment.bringUp().timeout().dividedBy(BROWSER_PART)));
        }
        checks.add(controllers.of(reader, environment.name(), subject, known.cells(), now));
        return checks;
    }

    private static RegionVerification.Subject subject(
            ControlSettings.Environment environment,
            RegionName region,
            List<Records.Node> nodes,
            List<Records.Node> others) {
        return new RegionVerification.Subject(
                region,
                nodes.getFirst().url(),
                others.stream().map(Records.Node::url).findFirst().orElse(""),
                environment.portalHosts());
    }

    private static List<RegionVerification.Page> pages(Reader reader, List<Cell> serving) {
        return serving.stream()
                .map(cell -> new RegionVerification.Page(
                        cell.extension(),
                        Table.EXTENSIONS
                                .get(reader, cell.extension())
                                .orElseThrow()
                                .value()
                                .route()
                                .value(),
                        cell.version()))
                .toList();
    }

    private static List<Cell> serving(Sight.Inventory inventory) {
        return inventory instanceof Sight.Inventory.Known known
                ? known.cells().stream()
                        .filter(cell -> cell.state() == Cell.State.SERVING)
                        .toList()
                : List.of();
    }

    /** The first region of an environment can be seen from nowhere but here. */
    private Sight.Vantage alone(
            Reader reader,
            ControlSettings.Environment environment,
            BringUp way,
            List<Records.Node> nodes,
            Sight.Inventory inventory) {
        if (nodes.isEmpty() || !way.isDark() || way.state() == RegionState.LIVE) {
            return new Sight.Vantage(0, 0, "");
        }
        var seen = inspector.probe(
                subject(environment, way.region(), nodes, List.of()), pages(reader, serving(inventory)));
        var fault = seen.filter(check -> check.result() != Check.Result.PASS)
                .map(check -> "the control plane sees " + check.text())
                .orElse("");
        return new Sight.Vantage(seen.isPresent() && fault.isEmpty() ? 1 : 0, 1, fault);
    }

    private Sight.Vantage vantage(RegionName region, List<Cell> serving, List<Records.Node> others, Instant now) {
        var places = new HashMap<String, Boolean>();
        var fault = "";
        for (var node : others) {
            var seen = inspector.latest(node.url()).flatMap(latest -> latest.of(region));
            // One that asked for less than there is has not looked at all of it yet.
            if (seen.isEmpty() || seen.get().extensions() < serving.size()) {
                continue;
            }
            places.merge(node.region().value(), seen.get().isGood(), Boolean::logicalAnd);
            if (!seen.get().isGood()) {
                fault = node.region() + " sees " + seen.get().fault();
            }
        }
        for (var director : registry.directors(now)) {
            if (director.down().contains(region)) {
                fault = director.id() + " sees it down";
            }
        }
        int all = (int) others.stream().map(Records.Node::region).distinct().count();
        int good = (int) places.values().stream().filter(Boolean::booleanValue).count();
        // A place that has not looked yet could look: it counts among those that are needed.
        return new Sight.Vantage(good, all, fault);
    }

    /** How a region's nodes do beside those of others; what cannot be read is never good. */
    Sight.Health health(List<Records.Node> nodes, List<Records.Node> others) {
        if (nodes.stream().noneMatch(node -> inspector.latest(node.url()).isPresent())) {
            return new Sight.Health(Sight.Health.Verdict.UNKNOWN, "what its node answers cannot be read");
        }
        var own = inspector.answers(nodes.stream().map(Records.Node::url).toList());
        if (own.answered() < FEW) {
            return new Sight.Health(
                    Sight.Health.Verdict.GOOD, "probes only: " + own.answered() + " requests within a minute");
        }
        var theirs = inspector.answers(others.stream().map(Records.Node::url).toList());
        double here = own.failed() / (double) own.answered();
        double there = theirs.answered() == 0 ? 0 : theirs.failed() / (double) theirs.answered();
        var text = String.format(
                Locale.ROOT,
                "%.2f %% of %d requests failed, %.2f %% of %d with its neighbours",
                here * 100,
                own.answered(),
                there * 100,
                theirs.answered());
        return new Sight.Health(
                here > there * 2 + WORSE ? Sight.Health.Verdict.WORSE : Sight.Health.Verdict.GOOD, text);
    }

    private static String closed(Reader reader, EnvironmentName environment, Instant now) {
        var windows = Table.WINDOWS.list(reader, "").stream()
                .map(row -> row.value().window())
                .filter(window -> window.concerns(environment.value(), ""))
                .toList();
        return Calendar.closed(windows, now).map(Calendar.Closed::why).orElse("");
    }

    /** What a region's nodes still answer. */
    Sight.Traffic traffic(List<Records.Node> nodes, List<Records.Node> others, Instant now) {
        double own = 0;
        for (var node : nodes) {
            var seen = inspector.latest(node.url());
            if (seen.isEmpty()) {
                // One that has fallen silent answers nobody; of one that lives, or was not heard of yet, nothing is
                // known.
                if (registry.of(node.id())
                        .filter(heard -> NodeRegistry.silent(heard, now))
                        .isPresent()) {
                    continue;
                }
                return new Sight.Traffic(false, 0);
            }
            own += seen.get().userRequestsPerSecond();
        }
        double all = own;
        for (var node : others) {
            all += inspector
                    .latest(node.url())
                    .map(NodeObservation::userRequestsPerSecond)
                    .orElse(0.0);
        }
        return new Sight.Traffic(true, all == 0 ? 0 : own / all);
    }
}
