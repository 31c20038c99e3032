package io.portolan.planner.rollout;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Several random rollouts of one extension at once in virtual time: every kind, plan, verb and trouble, in any order. After each
 * step the invariants are checked; in the end everything is made well, and every rollout must come to its end. One thread at a time.
 */
final class Storm {
    /** What is put to the proof: the rules themselves, or a mutant of them. */
    interface Rules {
        default Step next(Rollout rollout, Scene scene, Instant now) {
            return RolloutPlanner.next(rollout, scene, now);
        }

        default Step.Change advance(Rollout rollout, Deployment deployment, Instant now) {
            return Steering.advance(rollout, deployment, "");
        }

        default Step.Change abort(Rollout rollout, Deployment deployment, Instant now) {
            return Steering.abort(rollout, deployment, "", now);
        }
    }

    /** The rules as they are. */
    static final Rules TRUE = new Rules() {};

    private static final int CHAOS = 300;
    private static final Duration MINIMUM = Duration.ofSeconds(3);
    private static final List<RegionName> REGIONS = World.REGIONS;
    private static final StageDefinition STAGES = StageDefinition.standard();

    private final Random random;
    private final Rules rules;
    private final Map<String, Rollout> rollouts = new LinkedHashMap<>();
    private final Set<RegionName> lagging = new HashSet<>();
    private final Set<RegionName> notHolding = new HashSet<>();
    private final Set<RegionName> unreachable = new HashSet<>();
    private final Set<RegionName> failing = new HashSet<>();
    private final Set<RegionName> notReady = new HashSet<>();
    private final Map<RegionName, Integer> boots = new HashMap<>();
    private final Map<RegionName, List<RegionName>> pairs = new HashMap<>();
    private final List<Window> windows = new ArrayList<>();
    private final List<String> blockers = new ArrayList<>();
    private final StormControllers controllers;
    private final Set<String> completed = new HashSet<>();
    private final List<String> story = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-23T00:00:00Z");
    private Deployment deployment = Deployment.none(new ExtensionName("Contoso_Orders"), new EnvironmentName("prod"));
    private boolean troubled = true;
    private int ids;
    private int steps;

    Storm(Random random, Rules rules) {
        this.random = random;
        this.rules = rules;
        this.controllers = new StormControllers(new Random(random.nextLong()));
        if (random.nextBoolean()) {
            pairs.put(REGIONS.get(2), List.of(REGIONS.get(3)));
            pairs.put(REGIONS.get(4), List.of(REGIONS.get(5)));
        }
        if (random.nextInt(3) == 0) {
            pairs.put(REGIONS.get(0), List.of(REGIONS.get(3)));
        }
    }

    int steps() {
        return steps;
    }

    int started() {
        return ids;
    }

    /** Plays it to the end; throws {@link Broken} when a rule is. */
    Storm play() {
        for (int i = 0; i < CHAOS; i++) {
            if (random.nextInt(3) == 0) {
                act();
            }
            step();
        }
        makeWell();
        return this;
    }

    /** A rule was broken. */
    static final class Broken extends RuntimeException {
        private final String rule;

        Broken(String what, List<String> story) {
            super(what + "\n  " + String.join("\n  ", story.subList(Math.max(0, story.size() - 22), story.size())));
            rule = what;
        }

        /** What was broken, in one sentence. */
        String rule() {
            return rule;
        }
    }

    private void act() {
        switch (random.nextInt(17)) {
            case 0, 1, 2 -> tryTo(this::start);
            case 3 -> {
                if (random.nextInt(4) == 0) {
                    tryTo(this::rollBack);
                }
            }
            case 4 -> toggle(notHolding, 3);
            case 5 -> toggle(lagging, 3);
            case 6 -> toggle(unreachable, 4);
            case 7 -> toggle(failing, 8);
            case 8 -> toggle(notReady, 8);
            case 9 -> boots.merge(any(REGIONS), 1, Integer::sum);
            case 10 -> jump(Duration.ofSeconds(random.nextInt(-4000, 4000)));
            case 11 -> window();
            case 12 -> {
                if (!blockers.isEmpty()) {
                    blockers.clear();
                } else if (random.nextInt(3) == 0) {
                    blockers.add("incident in-1 is open");
                }
            }
            case 13 -> controllers.trouble(any(REGIONS));
            default -> tryTo(this::steer);
        }
    }

    private <T> T any(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private void toggle(Set<RegionName> regions, int rare) {
        var region = any(REGIONS);
        if (!regions.remove(region) && random.nextInt(rare) == 0) {
            regions.add(region);
        }
    }

    private void jump(Duration by) {
        now = now.plus(by);
        tell("the clock jumps by " + by);
    }

    private void window() {
        if (!windows.isEmpty()) {
            windows.clear();
        } else if (random.nextInt(3) == 0) {
            windows.add(new Window(
                    "wi-1",
                    Window.Kind.DENY,
                    "",
                    "",
                    ZoneOffset.UTC,
                    Set.of(),
                    null,
                    null,
                    now,
                    now.plusSeconds(random.nextInt(1, 3000)),
                    "freeze"));
        }
    }

    private void start() {
        var kind = any(List.of(
                RolloutKind.SAFE,
                RolloutKind.SAFE,
                RolloutKind.SAFE,
                RolloutKind.HOTFIX,
                RolloutKind.HOTFIX,
                RolloutKind.BREAK_GLASS));
        if (kind == RolloutKind.BREAK_GLASS && random.nextInt(3) != 0) {
            kind = RolloutKind.SAFE;
        }
        int id = ++ids;
        var versions = rollouts.values().stream().map(Rollout::version).toList();
        var version = versions.isEmpty() || random.nextInt(6) != 0 ? new VersionLabel(id + ".0") : any(versions);
        var contains = random.nextInt(3) == 0 ? versions : List.<VersionLabel>of();
        var regions = random.nextInt(6) == 0
                ? REGIONS.stream().filter(region -> random.nextInt(4) != 0).toList()
                : REGIONS;
        var started = Starting.start(
                new Starting.Request(
                        "ro-" + id,
                        id,
                        version,
                        kind,
                        plan(kind),
                        new Plans.Facts(STAGES, regions, pairs, MINIMUM, null),
                        contains,
                        "because",
                        "ada",
                        now),
                deployment,
                running(),
                made -> "hash of " + id);
        accept(started, "start " + kind + " " + version + " regions " + regions.size() + " contains " + contains);
    }

    private PlanSpec plan(RolloutKind kind) {
        if (kind == RolloutKind.BREAK_GLASS) {
            return PlanSpec.DEFAULT;
        }
        var stages = new HashMap<String, PlanSpec.StageSpec>();
        if (random.nextInt(3) == 0) {
            stages.put("stage5", new PlanSpec.StageSpec(null, random.nextInt(3), random.nextInt(3) == 0));
        }
        if (random.nextInt(5) == 0) {
            stages.put("stage2", new PlanSpec.StageSpec(null, null, true));
        }
        return new PlanSpec(
                null,
                seconds(3, 20),
                stages,
                random.nextInt(4),
                seconds(3, 8),
                seconds(20, 120),
                random.nextInt(3) == 0
                        ? List.of(
                                new RolloutPlan.RampStep(10, seconds(1, 6)),
                                new RolloutPlan.RampStep(50, seconds(1, 6)))
                        : null,
                random.nextInt(6) == 0 ? OnFail.HALT : null,
                random.nextInt(4) == 0,
                seconds(60, 600),
                seconds(10, 60));
    }

    private Duration seconds(int from, int to) {
        return Duration.ofSeconds(random.nextInt(from, to));
    }

    private void rollBack() {
        int id = ++ids;
        var region = random.nextInt(3) == 0 ? Optional.of(any(REGIONS)) : Optional.<RegionName>empty();
        var started = RollingBack.start(
                new RollingBack.Request(
                                "ro-" + id,
                                id,
                                RollingBack.AUTO,
                                region,
                                STAGES,
                                REGIONS,
                                version -> true,
                                Map.of(),
                                "",
                                "ada",
                                now)
                        .warming(version -> controllers.cold(version, unreachable)),
                deployment,
                running(),
                made -> "hash of " + id);
        if (!completed.contains(started.started().rollout().version().value())) {
            throw broken("I5: a rollback chose " + started.started().rollout().version() + ", which was never good");
        }
        accept(started, "roll back " + region.map(RegionName::value).orElse("all"));
    }

    private void accept(Starting.Started started, String what) {
        started.ended().forEach(ended -> {
            if (!ended.state().isFinal()) {
                throw broken(ended.id() + " was ended and is " + ended.state());
            }
            rollouts.put(ended.id(), ended);
        });
        started.changed().forEach(changed -> rollouts.put(changed.id(), changed));
        take(started.started().rollout(), started.started(), what);
    }

    private void steer() {
        var any = running();
        if (any.isEmpty()) {
            return;
        }
        var rollout = any(any);
        switch (random.nextInt(14)) {
            case 0, 1 -> take(rollout, Steering.pause(rollout, deployment, "", now), "pause");
            case 2, 3, 4, 5 -> take(rollout, Steering.resume(rollout, deployment, "", now), "resume");
            case 6, 7 -> take(rollout, rules.advance(rollout, deployment, now), "advance");
            case 8 -> abort(rollout);
            case 9 -> {
                if (random.nextInt(3) == 0) {
                    take(rollout, Steering.halt(rollout, deployment, "", now), "halt");
                }
            }
            default -> approve(rollout);
        }
    }

    /** Whatever comes with it or after it changes nothing: it reverts, or it had moved nothing. */
    private void abort(Rollout rollout) {
        if (random.nextBoolean()) {
            tryTo(() -> take(rollout, rules.advance(rollout, deployment, now), "advance with abort"));
        }
        var present = rollout(rollout.id());
        take(present, rules.abort(present, deployment, now), "abort");
        var aborted = rollout(rollout.id());
        if (aborted.state() != RolloutState.ROLLING_BACK && aborted.state() != RolloutState.CANCELLED) {
            throw broken("I4: aborted and " + aborted.state());
        }
        try {
            take(aborted, rules.advance(aborted, deployment, now), "advance after abort");
        } catch (Refusal refused) {
            return;
        }
        throw broken("I4: advanced after it was aborted");
    }

    private void approve(Rollout rollout) {
        var stage = any(rollout.stages()).name();
        take(
                rollout,
                Approvals.approve(rollout, deployment, stage, "", random.nextInt(3) == 0 ? "ada" : "grace", now),
                "approve " + stage);
    }

    private void tryTo(Runnable action) {
        try {
            action.run();
        } catch (Refusal refused) {
            if (refused.getMessage() == null || refused.getMessage().isEmpty()) {
                throw broken("a refusal without words");
            }
        }
    }

    private void step() {
        pass(Duration.ofMillis(random.nextInt(1500)));
        if (random.nextInt(8) == 0) {
            pay();
        }
        var running = running();
        if (!running.isEmpty()) {
            decide(any(running));
        }
    }

    /** Time passes, and nodes run what they are told to. */
    private void pass(Duration time) {
        now = now.plus(time);
        var needs = running().stream().map(RunningVersions.Need::of).toList();
        for (var region : REGIONS) {
            if (!unreachable.contains(region)) {
                controllers.run(region, RunningVersions.in(region, deployment, needs));
            }
        }
        controllers.pass(time);
    }

    private boolean decide(Rollout rollout) {
        var scene = scene(rollout);
        var step = rules.next(rollout, scene, now);
        if (step instanceof Step.Change change) {
            take(rollout, change, "engine");
            return true;
        }
        if (step instanceof Step.Wait wait
                && (wait.text().isEmpty() || wait.actors().isEmpty())) {
            throw broken(rollout.id() + " waits without saying why or for whom");
        }
        return false;
    }

    private boolean pay() {
        var paid = CatchingUp.next(
                deployment,
                running(),
                observation(region -> CatchingUp.wanted(deployment, region).map(VersionLabel::new)),
                now);
        if (paid.isEmpty()) {
            return false;
        }
        var before = deployment;
        var after = paid.get().deployment();
        tell("pay: " + paid.get().cause());
        after.regions().forEach((region, pointer) -> {
            var old = before.regions().get(region);
            if (pointer.equals(old)) {
                return;
            }
            if (old != null && pointer.lineage() < old.lineage()) {
                throw broken("I2: catching up took lineage of " + region + " from " + old.lineage() + " to "
                        + pointer.lineage());
            }
            if (!controllers.seen(region, pointer.version()).ready()) {
                throw broken("I13: " + region + " caught up with " + pointer.version() + " without its controllers");
            }
            if (after.withdrawn().contains(pointer.version())) {
                throw broken(region + " caught up with " + pointer.version() + ", which was withdrawn");
            }
            for (var other : running()) {
                if (other.version().equals(pointer.version())
                        && other.stages().stream()
                                .anyMatch(stage -> stage.regions().contains(region) && !stage.done())) {
                    throw broken("I11: " + region + " caught up with what " + other.id() + " has not sealed");
                }
            }
        });
        for (var slot : Slot.values()) {
            var version = after.slots().get(slot);
            if (version != null && !completed.contains(version.value())) {
                throw broken("slots: " + version + " never completed");
            }
        }
        moved(before, after);
        deployment = after;
        return true;
    }

    private void take(Rollout was, Step.Change change, String what) {
        steps++;
        tell(what + " " + was.id() + " of " + was.version() + " (" + was.kind() + "): " + change.kind() + ": "
                + change.cause());
        var broken = Invariants.broken(was, scene(was), change, now);
        if (!broken.isEmpty()) {
            throw broken(String.join("; ", broken));
        }
        if (change.kind() == Step.Kind.COMPLETED) {
            completed.add(change.rollout().version().value());
        }
        if (!completed.containsAll(change.deployment().slots().values().stream()
                .map(VersionLabel::value)
                .toList())) {
            throw broken("slots: a version that never completed: "
                    + change.deployment().slots());
        }
        moved(deployment, change.deployment());
        rollouts.put(was.id(), change.rollout());
        deployment = change.deployment();
    }

    /** Regions take their time to acknowledge a pointer. */
    private void moved(Deployment before, Deployment after) {
        for (var region : REGIONS) {
            if (troubled
                    && !Objects.equals(
                            before.regions().get(region), after.regions().get(region))
                    && random.nextInt(3) == 0) {
                lagging.add(region);
            }
        }
    }

    /** No trouble any more, everything approved and resumed: in bounded time everything is over. */
    private void makeWell() {
        tell("all is well now");
        troubled = false;
        controllers.heal();
        List.of(lagging, notHolding, unreachable, failing, notReady).forEach(Set::clear);
        windows.clear();
        blockers.clear();
        var rounds = 0;
        while (true) {
            boolean moved = false;
            for (var rollout : running()) {
                if (rollout.state() == RolloutState.PAUSED) {
                    take(rollout, Steering.resume(rollout, deployment, "", now), "resume");
                }
                for (var stage : rollout(rollout.id()).stages()) {
                    tryTo(() -> {
                        var present = rollout(rollout.id());
                        if (present.plan().stages().stream()
                                        .anyMatch(planned -> planned.approval()
                                                || present.plan().policy().onFail() == OnFail.HALT)
                                && !Approvals.approved(present, stage.name(), now)) {
                            take(
                                    present,
                                    Approvals.approve(present, deployment, stage.name(), "", "grace", now),
                                    "approve");
                        }
                    });
                }
                while (!rollout(rollout.id()).state().isFinal() && decide(rollout(rollout.id()))) {
                    moved = true;
                }
            }
            while (pay()) {
                moved = true;
            }
            if (!moved && running().isEmpty()) {
                break;
            }
            pass(Duration.ofSeconds(4));
            if (++rounds > 3000) {
                throw broken("no end: "
                        + running().stream()
                                .map(rollout -> rollout.id() + " " + rollout.state() + " "
                                        + rules.next(rollout, scene(rollout), now))
                                .toList());
            }
        }
        settled();
    }

    private void settled() {
        for (var region : deployment.owed().keySet()) {
            if (CatchingUp.wanted(deployment, region)
                    .filter(version -> !deployment.withdrawn().contains(new VersionLabel(version)))
                    .isPresent()) {
                throw broken(region + " is owed something and nothing is done: " + deployment.owed());
            }
        }
        var newest = rollouts.values().stream()
                .reduce((older, newer) -> newer)
                .filter(rollout -> rollout.state() == RolloutState.SUCCEEDED);
        newest.ifPresent(rollout -> rollout.stages()
                .forEach(stage -> stage.in(TaskState.SEALED).forEach(region -> {
                    if (!deployment.versionIn(region).equals(Optional.of(rollout.version()))
                            && rollouts.values().stream()
                                    .noneMatch(other -> other.has(rollout.version()) && !other.equals(rollout))) {
                        throw broken("the newest succeeded, but " + region + " has " + deployment.versionIn(region));
                    }
                })));
    }

    private Rollout rollout(String id) {
        return Objects.requireNonNull(rollouts.get(id));
    }

    private List<Rollout> running() {
        return rollouts.values().stream()
                .filter(rollout -> !rollout.state().isFinal())
                .toList();
    }

    private Scene scene(Rollout rollout) {
        return new Scene(
                deployment,
                observation(region -> Optional.of(rollout.version())),
                gate(),
                running().stream()
                        .filter(other -> !other.id().equals(rollout.id()))
                        .toList(),
                windows,
                blockers,
                List.of());
    }

    /** Flaps: it may fail and doubt at any time, but passes only with the evidence. */
    private Gate gate() {
        int luck = troubled ? Math.floorMod(now.getEpochSecond() / 20, 12) : 11;
        return (plan, evidence, at) -> switch (luck) {
            case 0 -> new Verdict(Verdict.Outcome.ERROR, "no answer", null);
            case 1 -> new Verdict(Verdict.Outcome.INCONCLUSIVE, "too few samples", null);
            case 2 -> new Verdict(Verdict.Outcome.FAIL, "errors", null);
            default -> Gate.STANDARD.decide(plan, evidence, at);
        };
    }

    private Observation observation(Function<RegionName, Optional<VersionLabel>> wanted) {
        var regions = new HashMap<RegionName, Observation.OfRegion>();
        for (var region : REGIONS) {
            boolean out = unreachable.contains(region);
            regions.put(
                    region,
                    new Observation.OfRegion(
                            !out,
                            !out && !notHolding.contains(region),
                            region + ": lacks content or is out of reach",
                            !out && !lagging.contains(region),
                            region + ": is behind or out of reach",
                            !out && failing.contains(region) ? "quarantined" : "",
                            !out && !notReady.contains(region),
                            out ? Set.of() : Set.of("node-" + region + "/" + boots.getOrDefault(region, 1)),
                            now,
                            wanted.apply(region)
                                    .map(version -> controllers.seen(region, version))
                                    .orElse(Observation.Controllers.NONE)));
        }
        return new Observation(regions, Map.of());
    }

    private void tell(String what) {
        story.add(now + " " + what);
    }

    private Broken broken(@Nullable String what) {
        return new Broken(String.valueOf(what), story);
    }
}
