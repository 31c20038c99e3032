package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What Argo Rollouts does, and what its users ask of it in vain (reference ROLLOUT.md 1d and 2.4), as scenarios of ours. Numbers are
 * those of its issues.
 */
class ArgoScenariosTest {
    private static final Duration BAKE = Duration.ofSeconds(10);
    private static final RegionName FIRST = new RegionName("westcentralus");

    private final World world = new World();

    private World inTheMiddle() {
        world.start("1.0").finish();
        return world.start("2.0").settle();
    }

    private void gateSays(Verdict.Outcome outcome) {
        world.gate = (plan, evidence, now) -> new Verdict(outcome, "because", null);
    }

    private boolean everywhere(String version) {
        return World.REGIONS.stream()
                .allMatch(region -> world.serving(region.value()).equals(version));
    }

    @Test
    void abortKeepsWhatIsStableServingAndTouchesNothingElse() {
        inTheMiddle();
        var before = world.deployment.regions();
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.settle();

        assertThat(everywhere("1.0")).isTrue();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        // Regions that it had not reached keep the very pointer that they had.
        World.REGIONS.stream()
                .filter(region -> !region.equals(FIRST))
                .forEach(region -> assertThat(world.deployment.regions()).containsEntry(region, before.get(region)));
        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("1.0"));
    }

    @Test
    void issue_4461_abortIsObeyedAfterTheRolloutWasPromoted() {
        inTheMiddle();
        world.take(Steering.advance(world.rollout, world.deployment, ""));
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));

        assertThat(world.settle().rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(everywhere("1.0")).isTrue();
        assertThatThrownBy(() -> Steering.advance(world.rollout, world.deployment, ""))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void issue_841_whatWasAbortedCanBeTriedAgainFromTheFirstStage() {
        inTheMiddle();
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.settle();
        world.start("2.0").settle();

        assertThat(world.states()).isEqualTo("SKIPPED BAKING PENDING PENDING PENDING");
        assertThat(world.finish().rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(everywhere("2.0")).isTrue();
    }

    @Test
    void promotingSkipsTheRestOfThePauseAndNeverTheAnalysis() {
        inTheMiddle();
        gateSays(Verdict.Outcome.FAIL);
        world.take(Steering.advance(world.rollout, world.deployment, ""));
        world.settle().pass(Duration.ofSeconds(2));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(everywhere("1.0")).isTrue();
    }

    @Test
    void oneFailedAnalysisIsEnoughToAbort() {
        inTheMiddle();
        gateSays(Verdict.Outcome.FAIL);
        world.pass(BAKE);

        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.rollout.reason()).contains("gate of stage2 failed: because");
    }

    @Test
    void inconclusivePausesAtItsLimitAndWaitsForAPerson() {
        isUnsureUntilAPersonDecides(Verdict.Outcome.INCONCLUSIVE);
    }

    @Test
    void errorIsNoFailureAndHasItsLimitToo() {
        isUnsureUntilAPersonDecides(Verdict.Outcome.ERROR);
    }

    private void isUnsureUntilAPersonDecides(Verdict.Outcome outcome) {
        world.start("1.0").finish();
        var spec = new PlanSpec(null, BAKE, Map.of(), null, null, null, null, null, null, null, Duration.ofSeconds(30));
        world.start("2.0", io.portolan.model.RolloutKind.SAFE, spec, Duration.ZERO)
                .settle();
        gateSays(outcome);
        world.pass(BAKE);
        assertThat(world.rollout.state()).isEqualTo(RolloutState.RUNNING);
        world.pass(Duration.ofSeconds(40));

        // Neither promoted nor reverted: the first stage keeps what it has, and a person is asked.
        assertThat(world.rollout.state()).isEqualTo(RolloutState.PAUSED);
        assertThat(world.serving(FIRST.value())).isEqualTo("2.0");
        assertThat(world.serving("southcentralus")).isEqualTo("1.0");
        assertThat(((Step.Wait) world.last).actors()).anyMatch(actor -> actor.contains("resume"));

        world.gate = Gate.TIME;
        world.take(Steering.resume(world.rollout, world.deployment, "", world.now));
        assertThat(world.finish().rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void aPauseHasNoEndOfItsOwnAndItsBakeGoesOn() {
        inTheMiddle();
        world.take(Steering.pause(world.rollout, world.deployment, "", world.now));
        world.pass(Duration.ofMinutes(30));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.PAUSED);
        assertThat(world.serving("southcentralus")).isEqualTo("1.0");
        world.take(Steering.resume(world.rollout, world.deployment, "", world.now));
        // The evidence was gathered meanwhile: the stage is sealed at once.
        assertThat(world.settle().states()).startsWith("SKIPPED SEALED");
    }

    @Test
    void theNewestReplacesWhatHasNotStartedAndTheBaseStaysWhatWasStable() {
        inTheMiddle();
        world.start("3.0").settleAll();
        world.start("4.0").settleAll();
        assertThat(world.rollout("ro-3").state()).isEqualTo(RolloutState.SUPERSEDED);
        for (var id : List.of("ro-4", "ro-2")) {
            world.turnTo(id);
            world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
            world.settleAll();
        }

        assertThat(everywhere("1.0")).isTrue();
    }

    @Test
    void rollbackWindow_withinItNothingIsAnalysedAndNothingBakes() {
        for (var version : List.of("1.0", "2.0", "3.0")) {
            world.start(version).finish();
        }
        gateSays(Verdict.Outcome.FAIL);
        world.blockers.add("incident in-1 is open");
        world.rollBack(RollingBack.AUTO);
        world.settle();

        assertThat(everywhere("2.0")).isTrue();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.rollout.stages())
                .allSatisfy(stage -> assertThat(stage.healthyFor()).isZero());
    }

    @Test
    void rollbackWindow_whatIsOlderIsNotChosenByItself() {
        for (int i = 1; i <= 8; i++) {
            world.start(i + ".0").finish();
        }

        // Newest first; what every region still holds is what can be gone back to without moving a byte.
        assertThat(world.deployment.choosable()).first().isEqualTo(new VersionLabel("8.0"));
        assertThat(world.deployment.choosable()).doesNotContain(new VersionLabel("1.0"));
        for (int back = 0; back < world.deployment.good().size() - 1; back++) {
            world.rollBack(RollingBack.AUTO);
            world.settle();
            assertThat(world.serving(FIRST.value())).isNotEqualTo("1.0");
        }
        assertThatThrownBy(() -> world.rollBack(RollingBack.AUTO)).isInstanceOf(Refusal.class);
    }

    @Test
    void afterARollbackNothingMovesForwardByItself() {
        for (var version : List.of("1.0", "2.0")) {
            world.start(version).finish();
        }
        world.rollBack(RollingBack.AUTO);
        world.settle();

        assertThatThrownBy(() -> world.start("2.0"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(Refusal.Code.HELD));
        world.start("3.0").settle();
        assertThat(world.serving(FIRST.value())).isEqualTo("3.0");
    }
}
