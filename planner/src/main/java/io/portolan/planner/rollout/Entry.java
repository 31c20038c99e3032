package io.portolan.planner.rollout;

import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What must hold before a rollout makes a forward move in a stage; says in one sentence what it waits for. Pure. */
final class Entry {
    private static final List<String> RESUMERS = List.of("anyone who may resume it");
    private static final List<String> NODES = List.of("region nodes");
    private static final List<String> PLANNERS =
            List.of("anyone who may abort it and start it again with onFail: halt", "whoever changes the portal hosts");

    private Entry() {}

    /** Empty when the stage's next wave may move. */
    static Optional<Step.Wait> blocked(Rollout rollout, int index, Scene scene, Instant now) {
        var stage = rollout.stages().get(index);
        if (rollout.state() == RolloutState.PAUSED) {
            return Optional.of(paused("stage " + stage.name()));
        }
        return behindOthers(rollout, stage, scene)
                .or(() -> approval(rollout, index, now))
                .or(() -> closed(rollout, stage, scene, now))
                .or(() -> readiness(rollout, index, scene));
    }

    static Step.Wait paused(String what) {
        return new Step.Wait("paused before " + what, null, null, RESUMERS);
    }

    /** Empty when no other rollout of the extension has to go first. */
    static Optional<Step.Wait> behindOthers(Rollout rollout, StageProgress stage, Scene scene) {
        for (var other : scene.others()) {
            if (other.state() == RolloutState.ROLLING_BACK || other.kind() == RolloutKind.ROLLBACK) {
                return Optional.of(behind(stage, other, "until it is over", List.of("region nodes")));
            }
            if (!isBegun(stage) && goesFirst(other, rollout)) {
                return Optional.of(behind(
                        stage,
                        other,
                        "the hotfix goes first",
                        List.of("engine", "anyone who may abort " + other.id())));
            }
            if (other.lineage() < rollout.lineage() && !hasLeft(other, stage.name(), rollout)) {
                return Optional.of(behind(
                        stage,
                        other,
                        "until it has left " + stage.name(),
                        List.of("engine", "anyone who may advance, abort or halt " + other.id())));
            }
        }
        return Optional.empty();
    }

    private static boolean goesFirst(Rollout other, Rollout rollout) {
        return other.kind() == RolloutKind.HOTFIX
                && rollout.kind() != RolloutKind.HOTFIX
                && other.lineage() > rollout.lineage();
    }

    /** A hotfix passes what has moved no region; everything else waits until the stage is done. */
    private static boolean hasLeft(Rollout older, String stage, Rollout rollout) {
        var its = older.stage(stage);
        return its.isEmpty()
                || its.get().done()
                || (rollout.kind() == RolloutKind.HOTFIX && older.kind() != RolloutKind.HOTFIX && !isBegun(its.get()));
    }

    /** Whether it has moved a region of the stage: from there on it goes to the stage's end before a hotfix. */
    static boolean isBegun(StageProgress stage) {
        return stage.touched() || stage.lost() > 0;
    }

    private static Step.Wait behind(StageProgress stage, Rollout other, String until, List<String> actors) {
        return new Step.Wait(
                stage.name() + ": waiting for rollout " + other.id() + " of " + other.version() + " (" + other.state()
                        + "): " + until,
                null,
                null,
                actors);
    }

    static Optional<Step.Wait> approval(Rollout rollout, int index, Instant now) {
        var stage = rollout.plan().stages().get(index);
        boolean needed = stage.approval()
                || (index == rollout.plan().firstWithRegions()
                        && rollout.plan().policy().onFail() == OnFail.HALT);
        if (!needed || Approvals.approved(rollout, stage.name(), now)) {
            return Optional.empty();
        }
        return Optional.of(new Step.Wait(
                stage.name() + ": waiting for approval (portolan rollout approve " + rollout.id() + " --stage "
                        + stage.name() + ")"
                        + (stage.approval() ? "" : ": its plan does not put back what fails"),
                null,
                null,
                List.of(
                        rollout.plan().policy().twoPersons()
                                ? "anyone who may approve, but " + rollout.actor()
                                : "anyone who may approve")));
    }

    /** Empty when neither the calendar nor an incident stands against giving more sessions the version. */
    static Optional<Step.Wait> closed(Rollout rollout, StageProgress stage, Scene scene, Instant now) {
        return window(rollout, stage, scene, now).or(() -> blocker(rollout, stage, scene));
    }

    static Optional<Step.Wait> window(Rollout rollout, StageProgress stage, Scene scene, Instant now) {
        return rollout.kind() == RolloutKind.BREAK_GLASS
                ? Optional.empty()
                : Calendar.closed(scene.windows(), now)
                        .map(closed -> new Step.Wait(
                                stage.name() + ": " + closed.why(),
                                closed.until(),
                                closed.until(),
                                List.of("the calendar", "anyone who may change windows")));
    }

    static Optional<Step.Wait> blocker(Rollout rollout, StageProgress stage, Scene scene) {
        return rollout.kind() == RolloutKind.BREAK_GLASS || scene.blockers().isEmpty()
                ? Optional.empty()
                : Optional.of(new Step.Wait(
                        stage.name() + ": not forward while " + String.join("; ", scene.blockers()),
                        null,
                        null,
                        List.of("whoever resolves it")));
    }

    /** Before the first stage: every region that could have to go back must be able to. */
    static Optional<Step.Wait> readiness(Rollout rollout, int index, Scene scene) {
        if (index != rollout.plan().firstWithRegions()
                || rollout.touchedRegions().size() > 0
                || rollout.kind() == RolloutKind.BREAK_GLASS
                || rollout.plan().policy().onFail() == OnFail.HALT) {
            return Optional.empty();
        }
        var unready = rollout.regions().stream()
                .filter(region -> scene.deployment().versionIn(region).isPresent())
                .filter(region -> scene.observed().of(region).reachable())
                .filter(region -> !scene.observed().of(region).ready())
                .map(region -> region + " does not hold "
                        + scene.deployment().versionIn(region).get() + ", which it would go back to")
                .toList();
        var why = Stream.concat(unready.stream(), scene.wayBack().stream()).toList();
        return why.isEmpty()
                ? Optional.empty()
                : Optional.of(new Step.Wait(
                        "not ready to roll back: " + String.join("; ", why),
                        null,
                        null,
                        scene.wayBack().isEmpty() ? NODES : PLANNERS));
    }
}
