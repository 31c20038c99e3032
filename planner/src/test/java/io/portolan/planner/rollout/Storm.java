package io.portolan.planner.rollout;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RolloutState;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
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
import org.jspecify.annotations.Nullable;

/**
 * Several random rollouts of one extension at once in virtual time: every kind, plan, verb and trouble, in any order, while regions
 * join. After each step the invariants are checked; in the end everything is made well, and every rollout must come to its end. One
 * thread at a time.
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

    private final Random random;
    private final Rules rules;
    private final Map<String, Rollout> rollouts = new LinkedHashMap<>();
    private final StormControllers controllers;
    private final StormTrouble trouble;
    private final StormRequests requests;
    private final StormJoiners joiners;
    private final Set<String> completed = new HashSet<>();
    private final Set<VersionLabel> sealed = new HashSet<>();
    private final Map<String, Set<VersionLabel>> stages = new HashMap<>();
    private final Map<RegionName, Set<VersionLabel>> takenBack = new HashMap<>();
    private final List<String> story = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-23T00:00:00Z");
    private Deployment deployment = Deployment.none(new ExtensionName("Contoso_Orders"), new EnvironmentName("prod"));
    private int steps;

    Storm(Random random, Rules rules) {
        this.random = random;
        this.rules = rules;
        this.controllers = new StormControllers(new Random(random.nextLong()));
        this.trouble = new StormTrouble(random, controllers);
        this.requests = new StormRequests(random, this, rules);
        this.joiners = new StormJoiners(new Random(random.nextLong()), this, trouble);
    }

    int steps() {
        return steps;
    }

    int started() {
        return requests.started();
    }

    /** How often a joining region was given a version. */
    int joined() {
        return joiners.given();
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
        int what = random.nextInt(18);
        switch (what) {
            case 0, 1, 2 -> tryTo(requests::start);
            case 3 -> {
                if (random.nextInt(4) == 0) {
                    tryTo(requests::rollBack);
                }
            }
            case 4, 5, 6, 7, 8, 9 -> trouble.happen(what - 4, any(joiners.members()));
            case 10 -> jump(Duration.ofSeconds(random.nextInt(-4000, 4000)));
            case 11 -> trouble.window(now);
            case 12 -> trouble.incident();
            case 13 -> controllers.trouble(any(joiners.members()));
            case 14 -> joiners.act();
            default -> tryTo(requests::steer);
        }
    }

    private <T> T any(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private void jump(Duration by) {
        now = now.plus(by);
        tell("the clock jumps by " + by);
    }

    Instant now() {
        return now;
    }

    Deployment deployment() {
        return deployment;
    }

    StormJoiners joiners() {
        return joiners;
    }

    /** Versions of all rollouts so far. */
    List<VersionLabel> versions() {
        return rollouts.values().stream().map(Rollout::version).toList();
    }

    boolean hasCompleted(VersionLabel version) {
        return completed.contains(version.value());
    }

    /** Whether a region had it for a whole bake, by the steps that were taken. */
    boolean hasSealed(VersionLabel version) {
        return sealed.contains(version) || hasCompleted(version);
    }

    /** Regions within reach where controllers of a version are not ready. */
    Set<RegionName> cold(VersionLabel version) {
        return controllers.cold(joiners.members(), version, trouble.unreachable);
    }

    boolean isReady(RegionName region, VersionLabel version) {
        return controllers.seen(region, version).ready();
    }

    /** Takes over what the rules of starting decided. */
    void accept(Starting.Started started, String what) {
        started.ended().forEach(ended -> {
            if (!ended.state().isFinal()) {
                throw broken(ended.id() + " was ended and is " + ended.state());
            }
            rollouts.put(ended.id(), ended);
        });
        started.changed().forEach(changed -> rollouts.put(changed.id(), changed));
        take(started.started().rollout(), started.started(), what);
    }

    void tryTo(Runnable action) {
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
        if (random.nextInt(4) == 0) {
            joiners.step();
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
        for (var region : joiners.members()) {
            if (!trouble.unreachable.contains(region)) {
                controllers.run(region, joiners.running(region, needs));
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
                trouble.observation(joiners.members(), now, region -> CatchingUp.wanted(deployment, region)
                        .map(VersionLabel::new)),
                now);
        if (paid.isEmpty()) {
            return false;
        }
        var before = deployment;
        var after = paid.get().deployment();
        tell("pay: " + paid.get().cause());
        StormDebts.judge(this, before, after);
        trouble.moved(joiners.members(), before, after);
        deployment = after;
        return true;
    }

    /** A joining region is given a version. */
    void join(Deployment after, String cause) {
        tell("join: " + cause);
        takenBack.keySet().retainAll(after.regions().keySet());
        trouble.moved(joiners.members(), deployment, after);
        deployment = after;
    }

    void take(Rollout was, Step.Change change, String what) {
        steps++;
        tell(what + " " + was.id() + " of " + was.version() + " (" + was.kind() + "): " + change.kind() + ": "
                + change.cause());
        var broken = Invariants.broken(was, scene(was), change, now);
        if (!broken.isEmpty()) {
            throw broken(String.join("; ", broken));
        }
        if (change.kind() == Step.Kind.COMPLETED) {
            var whole = change.rollout().plan().left().isEmpty();
            if (whole || change.deployment().good().contains(change.rollout().version())) {
                completed.add(change.rollout().version().value());
            }
        }
        if (!completed.containsAll(change.deployment().slots().values().stream()
                .map(VersionLabel::value)
                .toList())) {
            throw broken("slots: a version that never completed: "
                    + change.deployment().slots());
        }
        if (change.kind() == Step.Kind.REVERTING) {
            aliases(change);
        }
        had(change);
        takenBack(was, change);
        trouble.moved(joiners.members(), deployment, change.deployment());
        change.rollout().stages().stream()
                .filter(stage -> !stage.in(TaskState.SEALED).isEmpty())
                .forEach(stage -> sealed.add(change.rollout().version()));
        rollouts.put(was.id(), change.rollout());
        deployment = change.deployment();
    }

    /** Whether a stage had a version whole, by the steps that were taken, or every stage had it, or a rollout of it is under way. */
    boolean mayHave(String stage, VersionLabel version) {
        return hasCompleted(version)
                || stages.getOrDefault(stage, Set.of()).contains(version)
                || running().stream().anyMatch(rollout -> rollout.version().equals(version));
    }

    /** Whether a region was taken back from a version by itself, by a person or its rollout, and nobody gave it to it again. */
    boolean wasTakenBack(RegionName region, VersionLabel version) {
        return takenBack.getOrDefault(region, Set.of()).contains(version);
    }

    private void takenBack(Rollout was, Step.Change change) {
        change.deployment().regions().forEach((region, pointer) -> {
            var before = deployment.versionIn(region);
            takenBack.getOrDefault(region, new HashSet<>()).remove(pointer.version());
            boolean alone = (change.kind() == Step.Kind.REGION_FAILED && before.equals(Optional.of(was.version())))
                    || change.deployment().regionHolds().containsKey(region);
            before.filter(left -> alone && !left.equals(pointer.version())).ifPresent(left -> takenBack
                    .computeIfAbsent(region, any -> new HashSet<>())
                    .add(left));
        });
    }

    private void had(Step.Change change) {
        boolean back = change.kind() == Step.Kind.REVERTING || change.kind() == Step.Kind.ROLLBACK_STARTED;
        var names = new HashSet<String>();
        change.rollout().stages().stream()
                .filter(stage -> stage.state() == StageState.SEALED || stage.state() == StageState.SKIPPED)
                .forEach(stage -> names.add(stage.name()));
        names.forEach(stage -> stages.computeIfAbsent(stage, any -> new HashSet<>())
                .add(change.rollout().version()));
        if (back) {
            change.deployment().stages().forEach((stage, version) -> {
                if (!version.equals(deployment.stages().get(stage))) {
                    stages.computeIfAbsent(stage, any -> new HashSet<>()).add(version);
                }
            });
        }
    }

    /** A stage whose alias a revert puts back is named what a region of it goes back to. */
    private void aliases(Step.Change change) {
        for (var stage : change.rollout().stages()) {
            var alias = Optional.ofNullable(change.deployment().stages().get(stage.name()));
            var back = stage.in(TaskState.REVERTED).stream()
                    .map(change.deployment()::versionIn)
                    .toList();
            if (!back.isEmpty()
                    && !alias.equals(Optional.ofNullable(deployment.stages().get(stage.name())))
                    && !back.contains(alias)) {
                throw broken("A1: " + stage.name() + " is put back to " + alias + ", its regions to " + back);
            }
        }
    }

    /** No trouble any more, everything approved and resumed: in bounded time everything is over. */
    private void makeWell() {
        tell("all is well now");
        trouble.heal();
        controllers.heal();
        joiners.heal();
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
            while (joiners.step()) {
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
                                .toList()
                        + "; " + joiners.described());
            }
        }
        settled();
    }

    private void settled() {
        joiners.settled();
        StormDebts.settled(this);
        var newest = rollouts.values().stream()
                .reduce((older, newer) -> newer)
                .filter(rollout -> rollout.state() == RolloutState.SUCCEEDED);
        newest.ifPresent(rollout -> rollout.stages()
                .forEach(stage -> stage.in(TaskState.SEALED).forEach(region -> {
                    if (joiners.members().contains(region)
                            && !deployment.versionIn(region).equals(Optional.of(rollout.version()))
                            && rollouts.values().stream()
                                    .noneMatch(other -> other.has(rollout.version()) && !other.equals(rollout))) {
                        throw broken("the newest succeeded, but " + region + " has " + deployment.versionIn(region));
                    }
                })));
    }

    Rollout rollout(String id) {
        return Objects.requireNonNull(rollouts.get(id));
    }

    List<Rollout> running() {
        return rollouts.values().stream()
                .filter(rollout -> !rollout.state().isFinal())
                .toList();
    }

    private Scene scene(Rollout rollout) {
        return new Scene(
                deployment,
                trouble.observation(joiners.members(), now, region -> Optional.of(rollout.version())),
                trouble.gate(now),
                running().stream()
                        .filter(other -> !other.id().equals(rollout.id()))
                        .toList(),
                trouble.windows,
                trouble.blockers,
                List.of(),
                joiners.joining(),
                joiners.gone());
    }

    /** What is seen of a region that is to have a version. */
    Observation.OfRegion seen(RegionName region, Optional<VersionLabel> wanted) {
        return trouble.observation(List.of(region), now, any -> wanted).of(region);
    }

    private void tell(String what) {
        story.add(now + " " + what);
    }

    Broken broken(@Nullable String what) {
        return new Broken(String.valueOf(what), story);
    }
}
