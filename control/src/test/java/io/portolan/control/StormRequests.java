package io.portolan.control;

import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import io.portolan.planner.rollout.Refusal;
import io.portolan.planner.rollout.Rollout;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.rest.PlanBody;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.storage.Conflict;
import io.portolan.testkit.Operator;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * What people and pipelines ask of a control plane: some of it twice, some of it late and so in another order. One thread at a time.
 *
 * <p>Another kind of request is one more case of {@link #one}.
 */
final class StormRequests {
    private static final int LATE = 20;

    private final Random random;
    private final StormProcess process;
    private final Parts parts;
    private final SimulatedFleet fleet;
    private final Operator operator = new Operator(StormWorld.PROD);
    private final ArrayDeque<Runnable> late = new ArrayDeque<>();
    private int keys;

    StormRequests(Random random, StormProcess process, Parts parts, SimulatedFleet fleet) {
        this.random = random;
        this.process = process;
        this.parts = parts;
        this.fleet = fleet;
    }

    /** The operator's key is one that revisions list. */
    void listKey() {
        process.now()
                .post(
                        "/v1/environments/prod/operator-keys",
                        Map.of("publicKey", operator.publicKey(), "name", "olivia"),
                        Map.of());
    }

    /** One request, perhaps one that was on its way for long. */
    void one() {
        if (!late.isEmpty() && random.nextInt(3) == 0) {
            late.poll().run();
            return;
        }
        switch (random.nextInt(14)) {
            case 0, 1, 2, 3, 4, 5 -> start();
            case 6 -> {
                if (random.nextInt(3) == 0) {
                    var region = random.nextInt(3) == 0 ? any(StormWorld.REGIONS) : null;
                    send(
                            "/v1/rollbacks",
                            new RolloutBody.Rollback(StormWorld.EXTENSION, StormWorld.PROD, null, region, "it is bad"),
                            "ada");
                }
            }
            case 7 -> window();
            case 8 -> nameOrLift();
            case 9, 10 -> override();
            default -> steer();
        }
    }

    private <T> T any(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private void start() {
        var kind = any(List.of(
                RolloutKind.SAFE, RolloutKind.SAFE, RolloutKind.SAFE, RolloutKind.HOTFIX, RolloutKind.BREAK_GLASS));
        var contains = random.nextInt(3) == 0
                ? process.active().stream().map(Rollout::version).toList()
                : List.<VersionLabel>of();
        var plan = kind == RolloutKind.BREAK_GLASS ? null : plan();
        // One in four goes through some stages only, one in ten without health checks.
        var stage = "stage" + random.nextInt(1, 6);
        boolean fits = plan == null
                || plan.stages() == null
                || plan.stages().keySet().stream().allMatch(stage::equals);
        int reach = fits ? random.nextInt(8) : 8;
        var start = new RolloutBody.Start(
                StormWorld.EXTENSION,
                StormWorld.PROD,
                StormWorld.version(random.nextInt(StormWorld.VERSIONS)),
                kind,
                null,
                "because",
                plan == null ? null : Json.mapper().valueToTree(plan),
                contains,
                reach == 0 ? stage : null,
                reach == 1 ? stage : null,
                random.nextInt(10) == 0 ? Boolean.FALSE : null);
        if (random.nextInt(10) == 0) {
            check(start);
        }
        send("/v1/rollouts", start, "ada");
    }

    /** Asked only: whatever it says, nothing but the check and its row is new. */
    private void check(RolloutBody.Start start) {
        var before = process.rollouts();
        var running = process.active();
        process.now().post("/v1/rollout-checks", start, Map.of());
        if (process.rollouts() != before || !process.active().equals(running)) {
            throw new Broken("check: a check-only run changed a rollout");
        }
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

    /** Sends it now or later; a client that heard no answer asks again with the same key, perhaps another process. */
    private void send(String path, Object body, String actor) {
        var headers = Map.of("Idempotency-Key", "key-" + ++keys, "X-Portolan-Actor", actor);
        if (random.nextInt(6) == 0 && late.size() < LATE) {
            late.add(() -> twice(path, body, headers));
            return;
        }
        twice(path, body, headers);
        if (random.nextInt(8) == 0 && late.size() < LATE) {
            late.add(() -> process.now().post(path, body, headers));
        }
    }

    /** However often it comes, it happens once. */
    private void twice(String path, Object body, Map<String, String> headers) {
        int before = process.rollouts();
        try {
            process.now().post(path, body, headers);
        } catch (CrashingStore.Crash crash) {
            process.restart();
            process.now().post(path, body, headers);
        }
        if (random.nextInt(4) == 0) {
            process.now().post(path, body, headers);
        }
        if (process.rollouts() > before + 1) {
            throw new Broken("once: one request was carried out twice");
        }
    }

    private void window() {
        if (random.nextInt(4) != 0) {
            return;
        }
        var now = process.clock().instant();
        send(
                "/v1/windows",
                Map.of(
                        "kind",
                        "DENY",
                        "start",
                        now.toString(),
                        "end",
                        now.plusSeconds(random.nextInt(1, 60)).toString(),
                        "reason",
                        "freeze"),
                "ada");
    }

    private void nameOrLift() {
        if (random.nextBoolean()) {
            process.now()
                    .send(
                            "PUT",
                            "/v1/extensions/Contoso_Orders/environments/prod/names/friend" + random.nextInt(3),
                            Map.of(
                                    "version",
                                    StormWorld.version(random.nextInt(StormWorld.VERSIONS)),
                                    "expires",
                                    "20s"),
                            Map.of());
        } else {
            process.now().send("DELETE", "/v1/holds/Contoso_Orders", Map.of(), Map.of());
        }
    }

    /** An operator goes to nodes by themselves, now, and later to those that could not be reached; or takes it back. */
    private void override() {
        switch (random.nextInt(5)) {
            case 0, 1, 2, 3 -> {
                var now = process.clock().instant();
                var order = operator.rollback(
                        StormWorld.EXTENSION.value(), random.nextBoolean() ? Slot.LKG : Slot.PREVIOUS_LKG, now);
                var envelope = Json.read(operator.sign(order), Envelope.class);
                Runnable given = () -> fleet.order(
                        order, envelope, operator.key().keyId(), process.clock().instant());
                given.run();
                if (late.size() < LATE) {
                    late.add(given);
                }
            }
            default -> fleet.lift();
        }
    }

    private void steer() {
        var any = process.active();
        if (any.isEmpty()) {
            return;
        }
        var id = any(any).id();
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
            default -> approve(id, random.nextBoolean() ? null : "stage5", random.nextInt(3) == 0 ? "ada" : "grace");
        }
    }

    void approve(String id, @org.jspecify.annotations.Nullable String stage, String actor) {
        send("/v1/rollouts/" + id + "/approve", new RolloutBody.Approve(stage, null), actor);
    }

    void verb(String id, String word) {
        send("/v1/rollouts/" + id + "/" + word, new RolloutBody.Verb("because"), "ada");
    }

    /** With an advance before it, behind it, or none: it reverts, or it had moved nothing. */
    private void abort(String id) {
        var path = "/v1/rollouts/" + id;
        var because = new RolloutBody.Verb("because");
        if (random.nextBoolean() && refused(() -> process.now().post(path + "/advance", because, Map.of()))) {
            return;
        }
        if (parts.hears(process.rollout(id))) {
            process.now().post(path + "/abort", because, Map.of());
        }
        var state = process.rollout(id).state();
        if (state != RolloutState.ROLLING_BACK && state != RolloutState.CANCELLED) {
            throw new Broken("I4: " + id + " was aborted and is " + state);
        }
        if (!refused(() -> process.now().post(path + "/advance", because, Map.of()))) {
            throw new Broken("I4: " + id + " was advanced after it was aborted");
        }
    }

    private static boolean refused(Supplier<Answer> request) {
        try {
            var unused = request.get();
            return false;
        } catch (Refusal | ApiException | Conflict refused) {
            return true;
        }
    }
}
