package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.planner.bringup.BringUp;
import io.portolan.storage.Reader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Regions that were added to an environment, or leave it, in the state. Stateless. */
final class BringUps {
    private BringUps() {}

    /** Those of an environment, in the order of their names. */
    static List<Records.BringingUp> of(Reader reader, EnvironmentName environment) {
        return Table.BRING_UPS.list(reader, environment + "/").stream()
                .map(Table.Row::value)
                .toList();
    }

    static Optional<Table.Row<Records.BringingUp>> get(Reader reader, EnvironmentName environment, RegionName region) {
        return Table.BRING_UPS.get(reader, Table.key(environment, region));
    }

    /** How far each is. */
    static Map<RegionName, BringUp> ways(Reader reader, EnvironmentName environment) {
        var ways = new HashMap<RegionName, BringUp>();
        of(reader, environment).forEach(row -> ways.put(row.way().region(), row.way()));
        return ways;
    }

    /** An environment with the regions that were added and without those that are retired. */
    static ControlSettings.Environment merged(Reader reader, ControlSettings.Environment environment) {
        return merged(reader, environment, way -> way.state() != RegionState.RETIRED);
    }

    /** An environment as its nodes and directors are told of it: with regions that have a node. */
    static ControlSettings.Environment compiled(Reader reader, ControlSettings.Environment environment) {
        return merged(reader, environment, BringUp::isEnrolled);
    }

    private static ControlSettings.Environment merged(
            Reader reader, ControlSettings.Environment environment, Predicate<BringUp> wanted) {
        var rows = of(reader, environment.name());
        if (rows.isEmpty()) {
            return environment;
        }
        var regions = new LinkedHashMap<RegionName, ControlSettings.Region>();
        var stages = environment.stages();
        environment.regions().forEach(region -> regions.put(region.name(), region));
        // What was declared first stands before what was added.
        for (var row : rows) {
            if (!wanted.test(row.way())) {
                regions.remove(row.way().region());
            } else {
                regions.putIfAbsent(row.way().region(), row.facts());
                // What the settings say of its stage stands before what it was added with.
                stages = stages.taking(row.way().region(), row.facts().stage());
            }
        }
        return environment.withRegions(new ArrayList<>(regions.values()), stages);
    }

    /** Of some regions those that a rollout counts on: not one on its way. */
    static List<RegionName> live(Reader reader, ControlSettings.Environment environment, List<RegionName> regions) {
        return filtered(reader, environment, regions, way -> way.state() == RegionState.LIVE);
    }

    /** Of some regions those that users may be at: a rollback takes all of them with it. */
    static List<RegionName> serving(Reader reader, ControlSettings.Environment environment, List<RegionName> regions) {
        return filtered(reader, environment, regions, BringUps::isServing);
    }

    static boolean isServing(BringUp way) {
        return switch (way.state()) {
            case CANARY, RAMPING, LIVE, DRAINING -> true;
            default -> false;
        };
    }

    private static List<RegionName> filtered(
            Reader reader,
            ControlSettings.Environment environment,
            List<RegionName> regions,
            Predicate<BringUp> wanted) {
        var ways = ways(reader, environment.name());
        return regions.stream()
                .filter(region -> !ways.containsKey(region)
                        || Optional.ofNullable(ways.get(region)).filter(wanted).isPresent())
                .toList();
    }

    /** Those whose rollouts of an extension may concern, by name. */
    static Map<RegionName, Records.BringingUp> joining(
            Reader reader, EnvironmentName environment, ExtensionName extension) {
        var rows = of(reader, environment);
        if (rows.isEmpty()) {
            return Map.of();
        }
        var placed =
                Table.EXTENSIONS.get(reader, extension.value()).orElseThrow().value();
        var joining = new LinkedHashMap<RegionName, Records.BringingUp>();
        rows.stream()
                .filter(row -> row.way().isEnrolled())
                .filter(row -> Lookup.takesIn(placed, environment, row.facts()))
                .forEach(row -> joining.put(row.way().region(), row));
        return joining;
    }

    /** Name of a region's stage. */
    static String stage(Reader reader, Records.BringingUp region) {
        var name = region.way().region();
        return Table.ENVIRONMENTS
                .get(reader, region.way().environment().value())
                .orElseThrow()
                .value()
                .facts()
                .stages()
                .taking(name, region.facts().stage())
                .stageOf(name)
                .name();
    }

    /** Until when regions stand in for others that are down, of those that do. */
    static Map<RegionName, Instant> standIns(Reader reader, EnvironmentName environment) {
        var until = new HashMap<RegionName, Instant>();
        for (var row : of(reader, environment)) {
            var end = row.standsIn();
            if (end != null) {
                until.put(row.way().region(), end);
            }
        }
        return until;
    }

    /** Refuses what people do to live regions only. */
    static void requireLive(Reader reader, EnvironmentName environment, RegionName region, String doing) {
        get(reader, environment, region)
                .map(row -> row.value().way().state())
                .filter(state -> state != RegionState.LIVE)
                .ifPresent(state -> {
                    throw new ApiException(
                            ErrorCode.CONFLICT, doing + " " + region + ": it is " + state + " (expected: LIVE)");
                });
    }
}
