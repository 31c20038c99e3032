package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.planner.bringup.BringUp;
import io.portolan.planner.bringup.BringUpPlan;
import io.portolan.planner.bringup.Cell;
import io.portolan.planner.bringup.Check;
import io.portolan.planner.bringup.Sight;
import io.portolan.planner.rollout.Calendar;
import io.portolan.storage.Reader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

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
    private final RegionInventory inventories;
    /** Since when regions are not seen good: a memory, begun again after a restart. */
    private final Map<String, Instant> unseen = new ConcurrentHashMap<>();

    Sights(FleetObserver observer, NodeRegistry registry, RegionInspector inspector) {
        this.registry = registry;
        this.inspector = inspector;
        this.controllers = new ControllerCheck(observer, inspector);
        this.inventories = new RegionInventory(observer, registry);
    }

    /** What is known now of a region. */
    Sight of(Reader reader, ControlSettings.Environment environment, Records.BringingUp row, Instant now) {
        var way = row.way();
        var nodes = nodes(reader, environment.name(), way.region());
        // One that is not verified yet answers nobody.
        var parts = nodes.stream().filter(Records.Node::isPart).toList();
        var inventory = inventories.of(reader, environment, way, now);
        var others = others(reader, environment, way.region());
        return new Sight(
                !nodes.isEmpty() ? Sight.Node.ENROLLED : row.ask() != null ? Sight.Node.ASKED : Sight.Node.NONE,
                way.state() == RegionState.PREFLIGHT ? preflight(reader, environment, row, row.ask()) : List.of(),
                inventory,
                wiring(parts, now),
                way.state() == RegionState.VERIFYING
                        ? verification(reader, environment, way.region(), parts, inventory, others, now)
                        : List.of(),
                remembered(
                        way,
                        environment.bringUp(),
                        others.isEmpty()
                                ? alone(reader, environment, way, parts, inventory)
                                : vantage(way.region(), serving(inventory), others, now),
                        now),
                health(parts, others),
                closed(reader, environment.name(), now),
                BringUps.ways(reader, environment.name()).values().stream()
                        .filter(other -> !other.region().equals(way.region()))
                        .filter(other -> other.state() == RegionState.CANARY || other.state() == RegionState.RAMPING)
                        .map(BringUp::region)
                        .toList(),
                traffic(nodes, others, now));
    }

    /** Since when it is not seen good: nothing is known of the time before this process looked. */
    private Sight.Vantage remembered(BringUp way, BringUpPlan plan, Sight.Vantage now, Instant at) {
        var key = way.environment() + "/" + way.region() + "/" + way.incarnation();
        if (!way.isDark() || way.leaving() || now.isGood(plan)) {
            unseen.remove(key);
            return now;
        }
        return now.wrongSince(unseen.computeIfAbsent(key, first -> at));
    }

    /** Forgets how long anything about a region has stood still: a person wants it looked at again. */
    void forget(RegionName region) {
        inventories.forget(region);
        unseen.keySet().removeIf(key -> key.contains("/" + region + "/"));
    }

    /** What a region is to have, as far as that can be read. */
    Sight.Inventory inventory(Reader reader, ControlSettings.Environment environment, BringUp way, Instant now) {
        return inventories.of(reader, environment, way, now);
    }

    /** What a region is to have, without looking at anything else. */
    List<Cell> cells(Reader reader, ControlSettings.Environment environment, BringUp way, Instant now) {
        return inventory(reader, environment, way, now) instanceof Sight.Inventory.Known known
                ? known.cells()
                : List.of();
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
                        && node.isPart()
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

    private List<Check> wiring(List<Records.Node> nodes, Instant now) {
        var checks = new ArrayList<Check>();
        var silent = nodes.stream()
                .filter(node -> registry.of(node.id())
                        .filter(seen -> !NodeRegistry.silent(seen, now))
                        .isEmpty())
                .map(Records.Node::id)
                .toList();
        checks.add(
                nodes.isEmpty() || !silent.isEmpty()
                        ? Check.pending(
                                "status",
                                nodes.isEmpty()
                                        ? "its node has not reported lately"
                                        : String.join(", ", silent) + " has not reported lately")
                        : Check.pass(
                                "status",
                                nodes.size() == 1
                                        ? "its node reports, signed with its own key"
                                        : "its " + nodes.size() + " nodes report, each signed with its own key"));
        checks.add(Check.skipped("alert path", "this build has no alert rules and pages nobody"));
        checks.add(Check.skipped("on-call schedules", "this build has none"));
        checks.add(Check.skipped("patch policy, backups", "this build has none"));
        return checks;
    }

    /** Every node of the region is looked at: a page that one of them has wrongly is wrong for the users that it answers. */
    private List<Check> verification(
            Reader reader,
            ControlSettings.Environment environment,
            RegionName region,
            List<Records.Node> nodes,
            Sight.Inventory inventory,
            List<Records.Node> others,
            Instant now) {
        if (nodes.isEmpty() || !(inventory instanceof Sight.Inventory.Known known)) {
            return List.of();
        }
        var reference = reference(reader, environment, serving(inventory), others);
        var pages = pages(reader, environment, serving(inventory), reference);
        var checks = new ArrayList<Check>();
        for (var node : nodes) {
            var subject = subject(environment, region, node, reference);
            var ofNode = new ArrayList<>(inspector.verify(subject, pages));
            if (ofNode.stream().allMatch(check -> check.result() == Check.Result.PASS)) {
                // The rest of its time is for what may still come.
                ofNode.add(inspector.browse(
                        subject, pages, environment.bringUp().timeout().dividedBy((long) BROWSER_PART * nodes.size())));
            }
            ofNode.add(controllers.of(reader, environment.name(), subject, List.of(node), known.cells(), now));
            ofNode.forEach(check -> checks.add(nodes.size() == 1 ? check : check.of(node.id())));
        }
        return checks;
    }

    /**
     * What keeps a node from its part in a region that has its users or is about to: it must have all that the region serves, the same
     * bytes as others have, and its controllers ready.
     */
    List<Check> ofLateNode(
            Reader reader,
            ControlSettings.Environment environment,
            Records.BringingUp row,
            Records.Node node,
            Instant now) {
        var region = row.way().region();
        var cells = inventories.ofNode(reader, environment, row.way(), node, now);
        var open = cells.stream().filter(cell -> !cell.isSettled()).findFirst();
        if (open.isPresent()) {
            return List.of(Check.pending(
                    "content",
                    open.get().extension() + " " + open.get().version() + ": "
                            + open.get().text()));
        }
        var bad = cells.stream()
                .filter(cell -> cell.state() == Cell.State.QUARANTINED)
                .findFirst();
        if (bad.isPresent()) {
            return List.of(Check.fail(
                    "content",
                    bad.get().extension() + " " + bad.get().version() + ": "
                            + bad.get().text()));
        }
        var references = new ArrayList<>(nodes(reader, environment.name(), region).stream()
                .filter(Records.Node::isPart)
                .toList());
        references.addAll(others(reader, environment, region));
        var serving = cells.stream()
                .filter(cell -> cell.state() == Cell.State.SERVING)
                .toList();
        var reference = reference(reader, environment, serving, references);
        var subject = subject(environment, region, node, reference);
        var checks = new ArrayList<>(inspector.verifyLate(subject, pages(reader, environment, serving, reference)));
        checks.add(controllers.of(reader, environment.name(), subject, List.of(node), serving, now));
        return checks;
    }

    private static RegionVerification.Subject subject(
            ControlSettings.Environment environment,
            RegionName region,
            Records.Node node,
            Optional<Records.Node> reference) {
        return new RegionVerification.Subject(
                region, node.url(), reference.map(Records.Node::url).orElse(""), environment.portalHosts());
    }

    /** The nearest node of a region that may have all that is compared, else the nearest. */
    private static Optional<Records.Node> reference(
            Reader reader, ControlSettings.Environment environment, List<Cell> serving, List<Records.Node> others) {
        return others.stream()
                .filter(other -> serving.stream().allMatch(cell -> has(reader, environment, cell, other)))
                .findFirst()
                .or(() -> others.stream().findFirst());
    }

    private static boolean has(Reader reader, ControlSettings.Environment environment, Cell cell, Records.Node other) {
        var extension =
                Table.EXTENSIONS.get(reader, cell.extension()).orElseThrow().value();
        return environment.regions().stream()
                .filter(region -> region.name().equals(other.region()))
                .anyMatch(region -> Lookup.takesIn(extension, environment.name(), region));
    }

    private static List<RegionVerification.Page> pages(
            Reader reader,
            ControlSettings.Environment environment,
            List<Cell> serving,
            Optional<Records.Node> reference) {
        return serving.stream()
                .map(cell -> new RegionVerification.Page(
                        cell.extension(),
                        Table.EXTENSIONS
                                .get(reader, cell.extension())
                                .orElseThrow()
                                .value()
                                .route()
                                .value(),
                        cell.version(),
                        reference
                                .filter(other -> has(reader, environment, cell, other))
                                .isPresent()))
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
        var pages = pages(reader, environment, serving(inventory), Optional.empty());
        var fault = "";
        boolean all = true;
        for (var node : nodes) {
            var seen = inspector.probe(subject(environment, way.region(), node, Optional.empty()), pages);
            all &= seen.isPresent();
            if (seen.isPresent() && seen.get().result() != Check.Result.PASS) {
                fault = "the control plane sees " + seen.get().text();
            }
        }
        return new Sight.Vantage(all && fault.isEmpty() ? 1 : 0, 1, fault);
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
