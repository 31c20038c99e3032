package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Route;
import io.portolan.model.StageDefinition;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Refusal;
import io.portolan.planner.rollout.Rollout;
import io.portolan.protocol.Json;
import io.portolan.protocol.Signer;
import io.portolan.protocol.rest.PlanBody;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.storage.Conflict;
import io.portolan.storage.LogChain;
import io.portolan.storage.LogRow;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import io.portolan.testkit.MutableClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Random rollouts through the real routes, engine and embedded store in virtual time: the process crashes at commits, an old one wakes
 * up, requests come twice, clocks jump, nodes lag and are lost. In the end all is made well, and everything must end. One thread at a
 * time.
 */
final class ControlStorm {
    private static final EnvironmentName PROD = new EnvironmentName("prod");
    private static final ExtensionName EXTENSION = new ExtensionName("Contoso_Orders");
    private static final List<RegionName> REGIONS =
            List.of("westcentralus", "southcentralus", "westus", "westeurope", "southeastasia", "brazilsouth").stream()
                    .map(RegionName::new)
                    .toList();
    private static final Signer SIGNER = Signer.generate();
    private static final int VERSIONS = 60;
    private static final int CHAOS = 250;
    /** One commit in so many is the last one of its process. */
    private static final int ONE_IN = 40;

    private final StateStore real;
    private final CrashingStore store;
    private final Random random;
    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T00:00:00Z"));
    private final SimulatedFleet fleet;
    private SimulatedControl process;
    private @Nullable SimulatedControl old;
    private int turns;
    private int restarts;

    /** A rule was broken. */
    static final class Broken extends RuntimeException {
        Broken(String what) {
            super(what);
        }
    }

    ControlStorm(StateStore real, Random random) {
        this.real = real;
        this.random = random;
        store = new CrashingStore(real, random);
        fleet = new SimulatedFleet(real, PROD, EXTENSION, REGIONS, random);
        declare();
        process = new SimulatedControl(store, SIGNER, clock);
    }

    int turns() {
        return turns;
    }

    int crashes() {
        return store.crashes() + restarts;
    }

    int rollouts() {
        return real.read(reader -> Table.ROLLOUTS.list(reader, "").size());
    }

    ControlStorm play() {
        store.crashing(ONE_IN);
        for (int i = 0; i < CHAOS; i++) {
            if (random.nextInt(3) == 0) {
                living(this::act);
            }
            fleet.report(process.registry, clock.instant());
            turn();
        }
        store.crashing(0);
        old = null;
        makeWell();
        check();
        return this;
    }

    /** Does something that a crash may end; the next process goes on from what is recorded. */
    private void living(Runnable action) {
        try {
            action.run();
        } catch (CrashingStore.Crash crash) {
            restart();
        } catch (ApiException | Refusal | Conflict refused) {
            if (refused.getMessage() == null) {
                throw new Broken("a refusal without words");
            }
        }
    }

    private void restart() {
        var before = old;
        if (before != null) {
            before.forget();
        }
        old = process;
        while (true) {
            try {
                process = new SimulatedControl(store, SIGNER, clock);
                return;
            } catch (CrashingStore.Crash again) {
                restarts++;
            }
        }
    }

    private void turn() {
        turns++;
        clock.advance(Duration.ofMillis(random.nextInt(3000)));
        living(process.engine::turn);
        for (var row : active()) {
            process.engine.waiting(row.value().id()).ifPresent(waiting -> {
                if (waiting.step().text().contains("it would break")) {
                    throw new Broken(waiting.step().text());
                }
            });
        }
        var sleeper = old;
        if (sleeper != null && random.nextInt(20) == 0) {
            wake(sleeper);
        }
        if (random.nextInt(50) == 0) {
            check();
        }
    }

    /** The process before this one goes on as if nothing had happened: it moves nothing; what is intended it may compile. */
    private void wake(SimulatedControl sleeper) {
        long last = lastRow();
        var before = state();
        fleet.report(sleeper.registry, clock.instant());
        store.crashing(0);
        living(sleeper.engine::turn);
        store.crashing(ONE_IN);
        var rows = real.read(reader -> reader.log(last, 100)).stream()
                .map(row -> row.entry().type())
                .filter(type -> !type.equals("portolan.revision.created"))
                .toList();
        if (!rows.isEmpty() || !before.equals(state())) {
            throw new Broken("a process without the lease recorded " + rows);
        }
    }

    private long lastRow() {
        return real.read(reader -> reader.lastLogRow().map(LogRow::id).orElse(0L));
    }

    private void act() {
        switch (random.nextInt(14)) {
            case 0, 1, 2 -> start();
            case 3 -> {
                if (random.nextInt(3) == 0) {
                    var region = random.nextInt(3) == 0 ? REGIONS.get(random.nextInt(6)) : null;
                    twice("/v1/rollbacks", new RolloutBody.Rollback(EXTENSION, PROD, null, region, "it is bad"));
                }
            }
            case 4 -> clock.advance(Duration.ofSeconds(random.nextInt(-3000, 3000)));
            case 5 -> restart();
            case 6 -> resolve();
            case 7, 8, 9 -> fleet.trouble();
            default -> steer();
        }
    }

    private void start() {
        var kind = List.of(
                        RolloutKind.SAFE,
                        RolloutKind.SAFE,
                        RolloutKind.SAFE,
                        RolloutKind.HOTFIX,
                        RolloutKind.BREAK_GLASS)
                .get(random.nextInt(5));
        var contains = random.nextInt(3) == 0
                ? active().stream().map(row -> row.value().version()).toList()
                : List.<VersionLabel>of();
        twice(
                "/v1/rollouts",
                new RolloutBody.Start(
                        EXTENSION,
                        PROD,
                        new VersionLabel(random.nextInt(VERSIONS) + ".0"),
                        kind,
                        null,
                        "because",
                        kind == RolloutKind.BREAK_GLASS ? null : Json.mapper().readTree(Json.text(plan())),
                        contains));
    }

    private PlanBody.Wanted plan() {
        var stages = new HashMap<String, PlanBody.WantedStage>();
        if (random.nextInt(3) == 0) {
            stages.put("stage5", new PlanBody.WantedStage(null, random.nextInt(3), random.nextInt(3) == 0));
        }
        return new PlanBody.Wanted(
                null,
                seconds(3, 12),
                stages,
                random.nextInt(4),
                seconds(3, 6),
                seconds(20, 120),
                random.nextInt(4) == 0 ? List.of(new PlanBody.WantedRamp(10, seconds(1, 5))) : null,
                random.nextInt(8) == 0 ? "halt" : null,
                random.nextInt(4) == 0,
                seconds(60, 600),
                seconds(20, 60));
    }

    private String seconds(int from, int to) {
        return random.nextInt(from, to) + "s";
    }

    /** A client that heard no answer asks again with the same key, perhaps another process: it happens once. */
    private void twice(String path, Object body) {
        var headers = Map.of("Idempotency-Key", "key-" + random.nextLong(), "X-Portolan-Actor", "ada");
        int before = rollouts();
        try {
            process.post(path, body, headers);
        } catch (CrashingStore.Crash crash) {
            restart();
            process.post(path, body, headers);
        }
        if (random.nextInt(4) == 0) {
            process.post(path, body, headers);
        }
        if (rollouts() > before + 1) {
            throw new Broken("one request was carried out twice");
        }
    }

    private void steer() {
        var any = active();
        if (any.isEmpty()) {
            return;
        }
        var id = any.get(random.nextInt(any.size())).value().id();
        switch (random.nextInt(12)) {
            case 0, 1 -> verb(id, "pause");
            case 2, 3, 4 -> verb(id, "resume");
            case 5, 6 -> verb(id, "advance");
            case 7 -> abort(id);
            case 8 -> {
                if (random.nextInt(3) == 0) {
                    verb(id, "halt");
                }
            }
            default ->
                process.post(
                        "/v1/rollouts/" + id + "/approve",
                        new RolloutBody.Approve(random.nextBoolean() ? null : "stage5", null),
                        Map.of("X-Portolan-Actor", random.nextInt(3) == 0 ? "ada" : "grace"));
        }
    }

    private void verb(String id, String word) {
        process.post("/v1/rollouts/" + id + "/" + word, new RolloutBody.Verb("because"), Map.of());
    }

    private void abort(String id) {
        verb(id, "abort");
        var state = real.read(reader -> Lookup.rollout(reader, id)).value().state();
        if (state != RolloutState.ROLLING_BACK && state != RolloutState.CANCELLED) {
            throw new Broken("I4: " + id + " was aborted and is " + state);
        }
        try {
            verb(id, "advance");
        } catch (Refusal | ApiException refused) {
            return;
        }
        throw new Broken("I4: " + id + " was advanced after it was aborted");
    }

    private void resolve() {
        for (var incident : real.read(Incidents::open)) {
            store.write(tx -> Incidents.move(
                    tx,
                    new Table.Row<>(
                            Table.incidentKey(incident.id()),
                            tx.get("incident", Table.incidentKey(incident.id()))
                                    .orElseThrow()
                                    .generation(),
                            incident),
                    Incidents.State.RESOLVED,
                    "ada",
                    "done",
                    clock.instant()));
        }
    }

    private List<Table.Row<Rollout>> active() {
        return real.read(reader -> Rollouts.active(reader));
    }

    private void makeWell() {
        fleet.makeWell();
        for (int i = 0; !active().isEmpty() || owes(); i++) {
            if (i > 2000) {
                throw new Broken("no end: "
                        + active().stream()
                                .map(row -> row.value().id() + " " + row.value().state() + " "
                                        + process.engine.waiting(row.value().id()))
                                .toList());
            }
            living(this::resolve);
            for (var row : active()) {
                var id = row.value().id();
                if (row.value().state() == RolloutState.PAUSED) {
                    living(() -> verb(id, "resume"));
                }
                if (i % 10 == 0) {
                    for (var stage : row.value().stages()) {
                        living(() -> process.post(
                                "/v1/rollouts/" + id + "/approve",
                                new RolloutBody.Approve(stage.name(), null),
                                Map.of("X-Portolan-Actor", "grace")));
                    }
                }
            }
            fleet.report(process.registry, clock.instant());
            turn();
        }
    }

    /** Something that can be paid: what was withdrawn is not. */
    private boolean owes() {
        return real.read(reader -> Deployments.owing(reader)).stream()
                .map(Table.Row::value)
                .anyMatch(deployment -> deployment.owed().values().stream()
                        .map(owed -> deployment.stages().get(owed.stage()))
                        .anyMatch(version ->
                                version != null && !deployment.withdrawn().contains(version)));
    }

    /** The chain holds, and replaying the log gives the present state. */
    private void check() {
        real.read(LogChain::verify).ifPresent(broken -> {
            throw new Broken("I9: " + broken);
        });
        var replayed = real.read(this::replayed);
        var present = state();
        if (!replayed.equals(present)) {
            throw new Broken("I10: the log tells\n" + replayed + "\nand it is\n" + present);
        }
    }

    /** Rollouts and deployments, without the healthy time that ticks add and the log does not tell. */
    private Map<String, String> state() {
        return real.read(reader -> {
            var state = new TreeMap<String, String>();
            Table.ROLLOUTS.list(reader, "").forEach(row -> put(state, row.value()));
            Table.DEPLOYMENTS.list(reader, "").forEach(row -> put(state, row.value()));
            return state;
        });
    }

    private Map<String, String> replayed(Reader reader) {
        var state = new TreeMap<String, String>();
        long after = 0;
        while (true) {
            var rows = reader.log(after, 500);
            if (rows.isEmpty()) {
                return state;
            }
            for (var row : rows) {
                after = row.id();
                var told = Json.mapper().readTree(row.entry().data()).get("record");
                if (told == null) {
                    continue;
                }
                if (told.has("rollout")) {
                    put(state, Json.read(bytes(told.get("rollout").toString()), Rollout.class));
                }
                put(state, Json.read(bytes(told.get("deployment").toString()), Deployment.class));
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void put(Map<String, String> state, Deployment deployment) {
        state.put("deployment " + deployment.environment() + "/" + deployment.extension(), Json.text(deployment));
    }

    private static void put(Map<String, String> state, Rollout rollout) {
        var known = Json.mapper().readTree(Json.text(rollout)).deepCopy();
        var stages = new ArrayList<tools.jackson.databind.node.ObjectNode>();
        known.get("stages").forEach(stage -> stages.add((tools.jackson.databind.node.ObjectNode) stage));
        for (var stage : stages) {
            stage.remove("healthyFor");
            stage.remove("tickedAt");
            if (stage.get("state").asString().equals(StageState.BAKING.name())) {
                stage.remove("since");
            }
        }
        state.put("rollout " + rollout.id(), known.toString());
    }

    private void declare() {
        var regions = new ArrayList<ControlSettings.Region>();
        for (int i = 0; i < REGIONS.size(); i++) {
            // westus and westeurope are a pair, southeastasia and brazilsouth another.
            var pair = i < 2 ? List.<RegionName>of() : List.of(REGIONS.get(i % 2 == 0 ? i + 1 : i - 1));
            regions.add(new ControlSettings.Region(
                    REGIONS.get(i),
                    REGIONS.get(i).value(),
                    new GeoPoint(i, i),
                    pair,
                    List.of("127.0.1." + (i + 1)),
                    List.of("http://127.0.1." + (i + 1) + ":7080"),
                    100));
        }
        var environment = new ControlSettings.Environment(
                PROD,
                "prod.test",
                List.of(),
                StageDefinition.standard(),
                Duration.ofSeconds(3),
                regions,
                List.of(),
                List.of(),
                List.of());
        real.write(tx -> {
            Table.ENVIRONMENTS.put(tx, "prod", Writer.ABSENT, new Records.Environment(Records.SCHEMA, 0, environment));
            Table.EXTENSIONS.put(
                    tx,
                    EXTENSION.value(),
                    Writer.ABSENT,
                    new Records.Extension(
                            Records.SCHEMA, EXTENSION, new Route("orders"), List.of(), Map.of(), clock.instant()));
            for (int i = 0; i < VERSIONS; i++) {
                var version = new VersionLabel(i + ".0");
                var digest = Digest.of(bytes(version.value()));
                Table.VERSIONS.put(
                        tx,
                        Table.key(EXTENSION, version),
                        Writer.ABSENT,
                        new Records.Version(
                                Records.SCHEMA,
                                EXTENSION,
                                version,
                                digest,
                                digest,
                                1,
                                1,
                                clock.instant(),
                                "ada",
                                VersionState.PUBLISHED,
                                List.of(),
                                i));
            }
            for (var region : REGIONS) {
                var id = "node-" + region;
                Table.NODES.put(
                        tx,
                        id,
                        Writer.ABSENT,
                        new Records.Node(
                                Records.SCHEMA, id, "region", PROD, region, "", "http://" + id, clock.instant()));
            }
            return true;
        });
    }
}
