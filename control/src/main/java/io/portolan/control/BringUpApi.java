package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.Stage;
import io.portolan.placement.data.RegionCatalogue;
import io.portolan.planner.bringup.BringUp;
import io.portolan.planner.bringup.BringUpPlan;
import io.portolan.planner.bringup.BringUpPlanner;
import io.portolan.planner.bringup.BringUpStep;
import io.portolan.planner.bringup.Steering;
import io.portolan.planner.capacity.CapacityPolicy;
import io.portolan.planner.capacity.CapacityRule;
import io.portolan.protocol.Json;
import io.portolan.protocol.rest.BringUpBody;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Adding regions and taking them away for good: declaration, tokens, holding, progress. Thread-safe. */
final class BringUpApi {
    private static final int TIMELINE = 100;
    /** What a plan counts with where nothing was measured. */
    private static final long ASSUMED_BYTES_PER_SECOND = 20_000_000;
    /** Longest that somebody's word counts for; it can be given again. */
    private static final Duration LONGEST_STAND_IN = Duration.ofHours(24);

    private final StateStore store;
    private final Commands commands;
    private final BringUpSteps steps;
    private final Sights sights;
    private final RegionsApi regions;
    private final RegionInspector inspector;
    private final InstantSource clock;

    BringUpApi(
            StateStore store,
            Commands commands,
            BringUpSteps steps,
            Sights sights,
            RegionsApi regions,
            RegionInspector inspector,
            InstantSource clock) {
        this.store = store;
        this.commands = commands;
        this.steps = steps;
        this.sights = sights;
        this.regions = regions;
        this.inspector = inspector;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("POST", "/v1/regions", this::add);
        routes.add("GET", "/v1/regions/{region}", this::show);
        routes.add("GET", "/v1/regions/{region}/explain", this::explain);
        routes.add("POST", "/v1/regions/{region}/hold", call -> steer(call, Steering::hold));
        routes.add("POST", "/v1/regions/{region}/resume", call -> steer(call, Steering::resume));
        routes.add("POST", "/v1/regions/{region}/retire", this::retire);
        routes.add("POST", "/v1/regions/{region}/stand-in", this::standIn);
    }

    /** A region to add; what is not given comes from the catalogue. */
    private record Wanted(
            RegionName name,
            @Nullable EnvironmentName environment,
            @Nullable String displayName,
            @Nullable Double latitude,
            @Nullable Double longitude,
            @Nullable List<RegionName> pairs,
            @Nullable List<String> addresses,
            @Nullable List<String> probeUrls,
            @Nullable Integer capacity,
            @Nullable String resourceApiEndpoint,
            @Nullable String residency,
            @Nullable String stage,
            @Nullable String reason) {}

    private Answer add(Call call) {
        var bytes = call.bytes();
        var wanted = Call.json(bytes, Wanted.class);
        return commands.change(call, bytes, tx -> {
            var environment = Lookup.environment(tx, wanted.environment());
            refuseTaken(tx, wanted.name());
            requireStage(environment, wanted);
            var facts = facts(wanted);
            var now = clock.instant();
            var key = Table.key(environment.name(), wanted.name());
            var before = Table.BRING_UPS.get(tx, key);
            int incarnation = before.map(row -> row.value().way().incarnation() + 1)
                    .orElseGet(() -> declaredBefore(tx, environment.name(), wanted.name()) ? 2 : 1);
            var reason = wanted.reason() == null ? "" : wanted.reason();
            var row = new Records.BringingUp(
                    Records.SCHEMA,
                    facts,
                    BringUp.declared(wanted.name(), environment.name(), incarnation, reason, now),
                    null,
                    before.map(present -> present.value().revokedKeys()).orElse(List.of()));
            if (call.dryRun()) {
                return new Commands.Result(200, plan(tx, with(environment, facts), row));
            }
            Table.BRING_UPS.put(tx, key, before.map(Table.Row::generation).orElse(Writer.ABSENT), row);
            // Left by a build that did not forget it when the region was retired.
            BringUpWriting.forget(tx, row.way(), call.actor(), call.origin(), now);
            BringUpWriting.append(
                    tx,
                    row,
                    RegionState.DECLARED,
                    BringUpStep.Kind.ENTERED.name(),
                    reason.isEmpty() ? "declared" : "declared: " + reason,
                    List.of(Json.text(facts)),
                    call.actor(),
                    call.origin(),
                    now);
            return new Commands.Result(201, body(tx, with(environment, facts), row, now));
        });
    }

    private static ControlSettings.Environment with(
            ControlSettings.Environment environment, ControlSettings.Region more) {
        return environment.withRegions(
                Stream.concat(environment.regions().stream(), Stream.of(more)).toList(),
                environment.stages().taking(more.name(), more.stage()));
    }

    private static boolean declaredBefore(Reader reader, EnvironmentName environment, RegionName region) {
        return Table.ENVIRONMENTS.get(reader, environment.value()).orElseThrow().value().facts().regions().stream()
                .anyMatch(present -> present.name().equals(region));
    }

    private static void refuseTaken(Reader reader, RegionName name) {
        for (var environment : Lookup.environments(reader)) {
            if (environment.regions().stream().anyMatch(region -> region.name().equals(name))) {
                throw new ApiException(
                        ErrorCode.CONFLICT,
                        "adding region " + name + ": it is one of " + environment.name() + " already ("
                                + RegionsApi.states(reader, environment.name(), Instant.EPOCH)
                                        .getOrDefault(name, RegionState.LIVE)
                                + ")");
            }
        }
    }

    /** A stage that the region cannot be in is refused; no stage is the one that the stage definition gives it. */
    private static void requireStage(ControlSettings.Environment environment, Wanted wanted) {
        var stage = wanted.stage();
        if (stage == null || stage.isEmpty()) {
            return;
        }
        var stages = environment.stages();
        if (stages.stage(stage).isEmpty()) {
            throw new ApiException(
                    ErrorCode.INVALID,
                    "stage: " + stage + " (expected: one of "
                            + String.join(
                                    ", ",
                                    stages.stages().stream().map(Stage::name).toList())
                            + ")");
        }
        var taken = stages.taking(wanted.name(), stage).stageOf(wanted.name()).name();
        if (!taken.equals(stage)) {
            throw new ApiException(
                    ErrorCode.INVALID,
                    "stage: " + stage + " (the stage definition of " + environment.name() + " names " + wanted.name()
                            + " in " + taken + ")");
        }
    }

    private static ControlSettings.Region facts(Wanted wanted) {
        var known = RegionCatalogue.bundled().find(wanted.name());
        var latitude = wanted.latitude();
        var longitude = wanted.longitude();
        if (known.isEmpty() && (latitude == null || longitude == null)) {
            throw new ApiException(
                    ErrorCode.INVALID,
                    "adding region " + wanted.name()
                            + ": the catalogue does not have it (expected: its latitude and longitude)");
        }
        int capacity = wanted.capacity() == null ? 1 : wanted.capacity();
        if (capacity < 1) {
            throw new ApiException(ErrorCode.INVALID, "capacity: " + capacity + " (expected: 1 or more)");
        }
        try {
            return new ControlSettings.Region(
                    wanted.name(),
                    wanted.displayName() != null
                            ? wanted.displayName()
                            : known.map(found -> found.displayName())
                                    .orElse(wanted.name().value()),
                    latitude != null && longitude != null
                            ? new GeoPoint(latitude, longitude)
                            : known.orElseThrow().location(),
                    wanted.pairs() == null || wanted.pairs().isEmpty()
                            ? RegionCatalogue.pairs(wanted.name())
                            : wanted.pairs(),
                    wanted.addresses() == null ? List.of() : wanted.addresses(),
                    wanted.probeUrls() == null ? List.of() : wanted.probeUrls(),
                    capacity,
                    wanted.resourceApiEndpoint() == null ? "" : wanted.resourceApiEndpoint(),
                    wanted.residency() == null ? RegionCatalogue.residency(wanted.name()) : wanted.residency(),
                    wanted.stage() == null ? "" : wanted.stage());
        } catch (IllegalArgumentException e) {
            throw new ApiException(ErrorCode.INVALID, String.valueOf(e.getMessage()));
        }
    }

    private BringUpBody.PlanBody plan(Reader reader, ControlSettings.Environment environment, Records.BringingUp row) {
        var plan = environment.bringUp();
        long bytes = Preflight.bytes(reader, environment, row.way().region());
        var seeding = Duration.ofSeconds(bytes / ASSUMED_BYTES_PER_SECOND);
        var list = new ArrayList<String>();
        list.add("PREFLIGHT, ENROLLING: when its node has come");
        list.add("SEEDING: " + text(seeding));
        list.add("WIRING, VERIFYING: every page and every file");
        list.add("DARK: " + text(plan.dark()) + ", good from " + plan.vantagePoints() + " places");
        list.add("CANARY: " + text(plan.canary()) + " with " + permille(plan, 0));
        for (int step = 1; step < plan.shares().size(); step++) {
            list.add("RAMPING: " + text(plan.soak()) + " with " + permille(plan, step));
        }
        return new BringUpBody.PlanBody(
                row.way().region(),
                environment.name(),
                environment.stages().stageOf(row.way().region()).name(),
                RegionInventory.placed(reader, environment, row.way().region()).size(),
                bytes,
                seeding.plus(plan.dark())
                        .plus(plan.canary())
                        .plus(plan.soak().multipliedBy(plan.shares().size() - 1L)),
                ASSUMED_BYTES_PER_SECOND,
                list);
    }

    private static String text(Duration span) {
        return BringUpPlanner.text(span);
    }

    private static String permille(BringUpPlan plan, int step) {
        return plan.shares().get(step) / 10.0 + " % of its nearest clients";
    }

    /** A region of a call, with its row. */
    record Place(ControlSettings.Environment environment, Table.Row<Records.BringingUp> row) {}

    static Place place(Reader reader, String name) {
        var region = Call.identifier(RegionName::new, name);
        for (var environment : Lookup.environments(reader)) {
            var row = BringUps.get(reader, environment.name(), region);
            if (row.isPresent()) {
                return new Place(environment, row.get());
            }
        }
        for (var environment : Lookup.environments(reader)) {
            for (var present : environment.regions()) {
                if (present.name().equals(region)) {
                    var way = BringUp.live(region, environment.name(), Instant.EPOCH);
                    return new Place(
                            environment,
                            new Table.Row<>(
                                    Table.key(environment.name(), region),
                                    Writer.ABSENT,
                                    new Records.BringingUp(Records.SCHEMA, present, way, null, List.of())));
                }
            }
        }
        throw new ApiException(
                ErrorCode.NOT_FOUND, "region " + region + ": unknown (portolan region add " + region + ")");
    }

    private interface Verb {
        BringUpStep.Change apply(BringUp region, String reason, Instant now);
    }

    /** What is asked for; {@code last}: the second of two steps out. */
    private record Steered(
            @Nullable String reason, @Nullable Boolean last) {}

    private Answer steer(Call call, Verb verb) {
        return change(
                call,
                (tx, place, wanted, now) ->
                        verb.apply(place.row().value().way(), wanted.reason() == null ? "" : wanted.reason(), now));
    }

    private Answer retire(Call call) {
        return change(call, (tx, place, wanted, now) -> {
            var way = place.row().value().way();
            var reason = wanted.reason() == null ? "" : wanted.reason();
            if (Boolean.TRUE.equals(wanted.last())) {
                return Steering.retire(way, place.environment().bringUp(), reason, now);
            }
            if (BringUps.isServing(way)) {
                var verdict = CapacityRule.decide(
                        regions.capacities(tx, place.environment()), List.of(way.region()), CapacityPolicy.PERSON);
                if (!verdict.allowed()) {
                    throw new ApiException(ErrorCode.POLICY, "retiring " + way.region() + ": " + verdict.sentence());
                }
            }
            return Steering.leave(way, reason, now);
        });
    }

    /** {@code over}: for how long; zero ends it. */
    private record StandIn(
            @Nullable Duration over, @Nullable String reason) {}

    /** An operator has a region that gets its first users take those of regions that are down too: a risk that somebody must want. */
    private Answer standIn(Call call) {
        var bytes = call.bytes();
        var wanted = Call.json(bytes, StandIn.class);
        return commands.change(call, bytes, tx -> {
            var place = place(tx, call.parameter("region"));
            var row = place.row().value();
            var name = row.way().region();
            var now = clock.instant();
            var reason = wanted.reason() == null ? "" : wanted.reason().strip();
            var over = wanted.over();
            if (over == null || over.isNegative() || over.compareTo(LONGEST_STAND_IN) > 0) {
                throw new ApiException(
                        ErrorCode.INVALID, "over: " + over + " (expected: PT0S to " + LONGEST_STAND_IN + ")");
            }
            if (reason.isEmpty()) {
                throw new ApiException(
                        ErrorCode.INVALID,
                        "reason: none (expected: why " + name + " may take what it is not proved for)");
            }
            if (row.way().state() != RegionState.CANARY && row.way().state() != RegionState.RAMPING) {
                throw new ApiException(
                        ErrorCode.CONFLICT,
                        name + " is " + row.way().state() + " (expected: CANARY or RAMPING; one that is LIVE stands in"
                                + " for others anyhow, and one that is DARK or before serves nobody)");
            }
            boolean ends = over.isZero();
            var next = row.standingIn(ends ? null : now.plus(over));
            Table.BRING_UPS.put(tx, place.row().key(), place.row().generation(), next);
            BringUpWriting.append(
                    tx,
                    next,
                    row.way().state(),
                    "STANDS_IN",
                    (ends
                                    ? "stands in for no region any more: "
                                    : "stands in for regions that are down until " + next.standsIn()
                                            + " or until it is LIVE: ")
                            + reason,
                    List.of("share of its own clients: "
                            + row.way().share(place.environment().bringUp()) / 10.0 + " %, as before"),
                    call.actor(),
                    call.origin(),
                    now);
            return new Commands.Result(200, body(tx, place.environment(), next, now));
        });
    }

    private interface Change {
        BringUpStep.Change apply(Writer tx, Place place, Steered wanted, Instant now);
    }

    private Answer change(Call call, Change work) {
        var bytes = call.bytes();
        var wanted = bytes.length == 0 ? new Steered(null, null) : Call.json(bytes, Steered.class);
        var answer = commands.change(call, bytes, tx -> {
            var place = place(tx, call.parameter("region"));
            var now = clock.instant();
            try {
                var change = work.apply(tx, place, wanted, now);
                var row = BringUpWriting.write(
                        tx, place.row().key(), place.row(), change, call.actor(), call.origin(), now);
                return new Commands.Result(200, body(tx, place.environment(), row, now));
            } catch (Steering.Refused e) {
                throw new ApiException(ErrorCode.CONFLICT, String.valueOf(e.getMessage()));
            }
        });
        var region = Call.identifier(RegionName::new, call.parameter("region"));
        inspector.forget(region);
        sights.forget(region);
        return answer;
    }

    private Answer show(Call call) {
        return Answer.json(200, store.read(reader -> {
            var place = place(reader, call.parameter("region"));
            return body(reader, place.environment(), place.row().value(), clock.instant());
        }));
    }

    /** One sentence. */
    private record Explained(RegionName region, RegionState state, String text) {}

    private Answer explain(Call call) {
        return Answer.json(200, store.read(reader -> {
            var place = place(reader, call.parameter("region"));
            var way = place.row().value().way();
            var waits = steps.waiting(place.row().key());
            return new Explained(
                    way.region(),
                    way.state(),
                    way.region() + " is " + way.state() + " since " + seconds(way.since())
                            + waits.map(waiting -> ": " + sentence(way.state(), waiting.step()))
                                    .orElse(way.reason().isEmpty() ? "" : ": " + way.reason()));
        }));
    }

    /** What is waited for, without the state that was named before, until when, and who can act. */
    private static String sentence(RegionState state, BringUpStep.Wait wait) {
        var until = wait.until();
        var end = wait.actors().isEmpty()
                ? ""
                : wait.actors().equals(BringUpPlanner.ENGINE)
                        ? "; goes on by itself"
                        : "; " + String.join(" or ", wait.actors()) + " can end it";
        return wait.text().replaceFirst("(?i)^" + state + "(: | )", "")
                + (until == null ? "" : ", until " + seconds(until))
                + end;
    }

    private static Instant seconds(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS);
    }

    private BringUpBody body(
            Reader reader, ControlSettings.Environment environment, Records.BringingUp row, Instant now) {
        var way = row.way();
        var cells = sights.cells(reader, environment, way, now);
        return new BringUpBody(
                way.region(),
                way.environment(),
                environment.stages().stageOf(way.region()).name(),
                row.facts().residency(),
                row.facts().capacity(),
                way.state(),
                way.heldIn(),
                way.reason(),
                way.incarnation(),
                way.leaving(),
                way.share(environment.bringUp()),
                row.standsIn(),
                way.since(),
                way.good(),
                steps.waiting(Table.key(way.environment(), way.region()))
                        .map(waiting -> new BringUpBody.WaitingFor(
                                waiting.step().text(),
                                waiting.since(),
                                waiting.step().until(),
                                waiting.step().actors()))
                        .orElse(null),
                cells.stream()
                        .map(cell -> new BringUpBody.CellBody(
                                cell.extension(),
                                cell.state().name(),
                                cell.version(),
                                cell.missingBytes(),
                                cell.text()))
                        .toList(),
                cells.stream().mapToLong(cell -> cell.missingBytes()).sum(),
                Sights.nodes(reader, environment.name(), way.region()).stream()
                        .map(node -> new BringUpBody.NodeBody(
                                node.id(),
                                node.url(),
                                node.isPart(),
                                node.isPart() ? "" : steps.lateNode(node.id()).orElse("")))
                        .toList(),
                reader.logOf("region/" + way.region(), TIMELINE).stream()
                        .filter(entry -> entry.entry().type().equals(BringUpWriting.STATE_EVENT))
                        .map(entry -> step(
                                entry.id(),
                                entry.entry().at(),
                                entry.entry().reason(),
                                entry.entry().data()))
                        .toList());
    }

    private static BringUpBody.StepBody step(long id, Instant at, String cause, String text) {
        var data = Json.mapper().readTree(text);
        return new BringUpBody.StepBody(
                id,
                at,
                data.path("before").asString(""),
                data.path("after").asString(""),
                cause,
                Optional.of(data.path("evidence")).stream()
                        .flatMap(JsonNode::valueStream)
                        .map(value -> value.asString(""))
                        .toList());
    }
}
