package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.planner.bringup.BringUp;
import io.portolan.planner.capacity.CapacityPolicy;
import io.portolan.planner.capacity.CapacityRule;
import io.portolan.planner.capacity.CapacityVerdict;
import io.portolan.planner.capacity.RegionCapacity;
import io.portolan.planner.capacity.RegionCapacity.Standing;
import io.portolan.storage.Reader;
import io.portolan.storage.Writer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Taking regions out of the answers and back. Thread-safe.
 *
 * <p>Out goes at once, if the capacity rule allows it; back goes by a ramp, as everything new does.
 */
final class RegionsApi {
    /** How long a region takes to get all of its clients back, unless said otherwise. */
    static final Duration RAMP = Duration.ofMinutes(10);

    private static final Duration LONGEST_RAMP = Duration.ofDays(7);

    private final Commands commands;
    private final NodeRegistry registry;
    private final InstantSource clock;

    RegionsApi(Commands commands, NodeRegistry registry, InstantSource clock) {
        this.commands = commands;
        this.registry = registry;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("POST", "/v1/regions/{region}/drain", this::drain);
        routes.add("POST", "/v1/regions/{region}/undrain", this::undrain);
    }

    /**
     * What is asked for.
     *
     * @param ramp of an undrain, a duration; null for {@link #RAMP}
     */
    private record Wanted(
            @Nullable EnvironmentName environment,
            @Nullable String reason,
            @Nullable String ramp) {}

    /** What was done, with the figures that allowed it. */
    private record Body(
            RegionName region,
            EnvironmentName environment,
            RegionState state,
            String verdict,
            List<RegionName> remaining,
            double load,
            double needed,
            double capacity,
            double capacityAfterLoss,
            @Nullable Instant fullAt) {}

    private Answer drain(Call call) {
        return change(call, (tx, place) -> {
            BringUps.requireLive(tx, place.environment().name(), place.region(), "draining");
            var verdict = CapacityRule.decide(
                    capacities(tx, place.environment()), List.of(place.region()), CapacityPolicy.PERSON);
            if (!verdict.allowed()) {
                throw new ApiException(ErrorCode.POLICY, "draining " + place.region() + ": " + verdict.sentence());
            }
            boolean drained = place.present()
                    .map(Table.Row::value)
                    .filter(before -> before.state() == RegionState.DRAINING)
                    .isPresent();
            if (!drained) {
                record(tx, call, place, RegionState.DRAINING, Duration.ZERO);
            }
            return body(place, RegionState.DRAINING, verdict, null);
        });
    }

    private Answer undrain(Call call) {
        return change(call, (tx, place) -> {
            var before = place.present().map(Table.Row::value);
            if (before.map(Records.RegionIntent::state).orElse(RegionState.LIVE) != RegionState.DRAINING) {
                throw new ApiException(
                        ErrorCode.NOTHING_TO_CHANGE,
                        "undraining " + place.region() + ": it is "
                                + before.map(given -> given.stateAt(clock.instant()))
                                        .orElse(RegionState.LIVE));
            }
            var ramp = place.wanted().ramp() == null
                    ? RAMP
                    : RolloutsApi.duration(place.wanted().ramp());
            if (ramp.isNegative() || ramp.compareTo(LONGEST_RAMP) > 0) {
                throw new ApiException(
                        ErrorCode.INVALID, "ramp: " + ramp + " (expected: PT0S to " + LONGEST_RAMP + ")");
            }
            record(tx, call, place, RegionState.RAMPING, ramp);
            var verdict = CapacityRule.decide(capacities(tx, place.environment()), List.of(), CapacityPolicy.PERSON);
            return body(place, RegionState.RAMPING, verdict, clock.instant().plus(ramp));
        });
    }

    /** The region of a call and what was said of it. */
    private record Place(
            RegionName region,
            ControlSettings.Environment environment,
            Wanted wanted,
            Optional<Table.Row<Records.RegionIntent>> present) {}

    private interface Change {
        Body apply(Writer tx, Place place);
    }

    private Answer change(Call call, Change work) {
        var bytes = call.bytes();
        var wanted = bytes.length == 0 ? new Wanted(null, null, null) : Call.json(bytes, Wanted.class);
        return commands.change(call, bytes, tx -> {
            var region = Call.identifier(RegionName::new, call.parameter("region"));
            var environment = environment(tx, region, wanted.environment());
            var present = Table.REGION_INTENTS.get(tx, Table.key(environment.name(), region));
            return new Commands.Result(200, work.apply(tx, new Place(region, environment, wanted, present)));
        });
    }

    private static ControlSettings.Environment environment(
            Reader reader, RegionName region, @Nullable EnvironmentName named) {
        // A region is in exactly one environment, so its name is enough.
        return Lookup.environments(reader).stream()
                .filter(environment -> named == null || environment.name().equals(named))
                .filter(environment -> environment.regions().stream()
                        .anyMatch(present -> present.name().equals(region)))
                .findFirst()
                .orElseThrow(() -> new ApiException(
                        ErrorCode.NOT_FOUND,
                        "region " + region + ": unknown"
                                + (named == null ? "" : " in " + named)
                                + " (there are: "
                                + Lookup.environments(reader).stream()
                                        .flatMap(environment -> environment.regions().stream())
                                        .map(present -> present.name().value())
                                        .sorted()
                                        .collect(Collectors.joining(", "))
                                + ")"));
    }

    private void record(Writer tx, Call call, Place place, RegionState state, Duration ramp) {
        var reason = place.wanted().reason() == null ? "" : place.wanted().reason();
        var intent = new Records.RegionIntent(
                Records.SCHEMA, place.region(), place.environment().name(), state, reason, clock.instant(), ramp);
        var key = Table.key(place.environment().name(), place.region());
        Table.REGION_INTENTS.put(
                tx, key, place.present().map(Table.Row::generation).orElse(Writer.ABSENT), intent);
        commands.log(
                tx,
                call,
                state == RegionState.DRAINING ? "portolan.region.drained" : "portolan.region.undrained",
                place.region().value(),
                reason,
                intent,
                Table.REGION_INTENTS,
                key,
                intent);
    }

    private static Body body(Place place, RegionState state, CapacityVerdict verdict, @Nullable Instant fullAt) {
        return new Body(
                place.region(),
                place.environment().name(),
                state,
                verdict.sentence(),
                verdict.remaining(),
                verdict.load(),
                verdict.needed(),
                verdict.capacity(),
                verdict.capacityAfterLoss(),
                fullAt);
    }

    /** What each region of an environment can carry, and whether it does. */
    List<RegionCapacity> capacities(Reader reader, ControlSettings.Environment environment) {
        var now = clock.instant();
        var intents = Table.REGION_INTENTS.list(reader, environment.name() + "/").stream()
                .map(Table.Row::value)
                .collect(Collectors.toMap(Records.RegionIntent::region, Function.identity()));
        var ways = BringUps.ways(reader, environment.name());
        var nodes = Table.NODES.list(reader, "").stream().map(Table.Row::value).toList();
        return environment.regions().stream()
                .map(region -> RegionCapacity.declared(
                        region.name(),
                        region.capacity(),
                        standing(
                                region.name(),
                                Optional.ofNullable(intents.get(region.name())),
                                Optional.ofNullable(ways.get(region.name())),
                                nodes,
                                now)))
                .toList();
    }

    private Standing standing(
            RegionName region,
            Optional<Records.RegionIntent> intent,
            Optional<BringUp> way,
            List<Records.Node> nodes,
            Instant now) {
        if (way.isPresent() && way.get().state() != RegionState.LIVE) {
            // Not in service yet or any more: nobody counts on it.
            return BringUps.isServing(way.get()) ? Standing.AWAY : Standing.OUT;
        }
        if (intent.map(given -> given.stateAt(now)).orElse(RegionState.LIVE) != RegionState.LIVE) {
            return Standing.AWAY;
        }
        var ofRegion = nodes.stream()
                .filter(node -> node.kind().equals("region") && node.region().equals(region))
                .toList();
        boolean heard = ofRegion.stream().anyMatch(node -> registry.of(node.id())
                .filter(seen -> !NodeRegistry.silent(seen, now))
                .isPresent());
        if (!heard) {
            return Standing.UNKNOWN;
        }
        boolean down = registry.directors(now).stream()
                .anyMatch(director -> director.down().contains(region));
        return down ? Standing.AWAY : Standing.SERVING;
    }

    /** State of each region of an environment that is not simply live. */
    static Map<RegionName, RegionState> states(Reader reader, EnvironmentName environment, Instant now) {
        var states = new HashMap<RegionName, RegionState>();
        Table.REGION_INTENTS.list(reader, environment + "/").stream()
                .map(Table.Row::value)
                .forEach(intent -> states.put(intent.region(), intent.stateAt(now)));
        BringUps.ways(reader, environment).forEach((region, way) -> {
            if (way.state() != RegionState.LIVE) {
                states.put(region, way.state());
            }
        });
        return states;
    }
}
