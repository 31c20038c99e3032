package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What becomes of regions that fail or are out of reach: put back alone, owed, or the end of the rollout. */
class FailingRegionsTest {
    private static final RegionName WESTEUROPE = new RegionName("westeurope");
    private static final RegionName BRAZILSOUTH = new RegionName("brazilsouth");

    private static final RegionName LAST = new RegionName("brazilsouth");

    private final World world = new World();

    @Test
    void aFailingRegionIsPutBackAloneWithinTheBudget() {
        world.good();
        world.start("2.0", World.budget(1)).settle().pass(Duration.ofSeconds(30));
        assertThat(world.states()).endsWith("BAKING");
        world.failing.add(BRAZILSOUTH);
        world.settle();

        assertThat(world.serving("brazilsouth")).isEqualTo("1.0");
        assertThat(world.serving("westeurope")).isEqualTo("2.0");
        assertThat(world.rollout.state()).isEqualTo(RolloutState.RUNNING);
        assertThat(world.pass(Duration.ofMinutes(1)).rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void aPausedRolloutWhoseLastWaveWasLostGoesOnWithTheRestWhenItIsResumed() {
        world.good();
        var oneByOne = World.spec(Map.of("stage5", new PlanSpec.StageSpec(null, 2, null)), 1, null, null, null);
        world.start("2.0", oneByOne).settle();
        for (int i = 0; i < 300 && !world.serving("brazilsouth").equals("2.0"); i++) {
            world.pass(Duration.ofSeconds(1));
        }
        world.take(Steering.pause(world.rollout, world.deployment, "", world.now));
        world.failing.add(BRAZILSOUTH);
        world.settle().pass(Duration.ofMinutes(1));

        assertThat(world.serving("brazilsouth")).isEqualTo("1.0");
        assertThat(world.rollout.state()).isEqualTo(RolloutState.PAUSED);
        assertThat(world.states()).endsWith("APPLYING");
        assertThat(((Step.Wait) world.last).text()).contains("paused before the rest of stage stage5");

        world.take(Steering.resume(world.rollout, world.deployment, "", world.now));
        assertThat(world.finish().rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void aSpentBudgetRevertsEverything() {
        world.good();
        world.start("2.0", World.budget(1)).settle().pass(Duration.ofSeconds(30));
        world.failing.addAll(Set.of(BRAZILSOUTH, WESTEUROPE));
        world.settle();

        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("1.0"));
        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.rollout.reason()).contains("failure budget: 1");
    }

    @Test
    void theFirstStageLosesNoRegion() {
        world.good();
        world.start("2.0").settle();
        world.failing.add(new RegionName("westcentralus"));

        assertThat(world.settle().rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
    }

    @Test
    void anUnreachableRegionIsOwedAndCatchesUpWithWhatIsCurrent() {
        world.good();
        world.unreachable.add(BRAZILSOUTH);
        world.start("2.0", World.budget(1)).settleAll().passAll(Duration.ofMinutes(1));

        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.serving("brazilsouth")).isEqualTo("1.0");
        assertThat(world.deployment.owed()).containsOnlyKeys(BRAZILSOUTH);
        // Not last known good while a region has never had it.
        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("1.0"));

        world.start("3.0", World.budget(1)).settleAll().passAll(Duration.ofMinutes(1));
        world.unreachable.clear();
        world.settleAll();

        assertThat(world.serving("brazilsouth")).isEqualTo("3.0");
        assertThat(world.deployment.owed()).isEmpty();
        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("3.0"));
    }

    @Test
    void withoutBudgetAnUnreachableRegionIsWaitedFor() {
        world.good();
        world.unreachable.add(BRAZILSOUTH);
        world.start("2.0", World.budget(0)).settle().pass(Duration.ofMinutes(20));

        assertThat(world.states()).endsWith("APPLYING");
        assertThat(((Step.Wait) world.last).text())
                .contains("brazilsouth is unreachable")
                .contains("failure budget");
    }

    @Test
    void aRevertThatCannotReachARegionIsPartialAndOwed() {
        world.good();
        world.start("2.0").settle().pass(Duration.ofSeconds(30));
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.unreachable.add(WESTEUROPE);
        world.settle().pass(Duration.ofMinutes(3));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK_PARTIAL);
        assertThat(world.deployment.owed()).containsOnlyKeys(WESTEUROPE);
        assertThat(world.serving("westeurope")).isEqualTo("1.0");
        world.unreachable.clear();
        assertThat(world.settleAll().deployment.owed()).isEmpty();
    }

    @Test
    void aRegionThatDoesNotConvergeInTimeCountsAsFailed() {
        world.good();
        world.notConverged.add(LAST);
        world.start("2.0", World.budget(1)).finish();
        world.pass(RolloutPlan.Limits.PROGRESS.plusMinutes(1));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
        var lost = world.rollout.stages().getLast().task(LAST);
        assertThat(lost.state()).isEqualTo(TaskState.FAILED);
        assertThat(lost.reason()).contains("not converged in 10 min");
        assertThat(world.serving("brazilsouth")).isEqualTo("1.0");
    }

    @Test
    void aRegionThatLeavesIsWaitedForNoMoreAndCostsNoBudget() {
        world.good();
        world.notHolding.add(LAST);
        world.start("2.0").finish();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.RUNNING);
        world.gone.add(LAST);
        world.finish();

        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.rollout.stages().getLast().task(LAST))
                .isEqualTo(new RegionTask(TaskState.OVERTAKEN, "has left the environment", Set.of()));
        assertThat(world.rollout.stages().getLast().lost()).isZero();
        assertThat(world.deployment.owed()).isEmpty();
        assertThat(world.deployment.slots().get(Slot.LKG)).isEqualTo(new VersionLabel("2.0"));
    }

    @Test
    void aStageWhoseRegionsHaveAllLeftIsSkipped() {
        world.good();
        world.gone.add(new RegionName("southcentralus"));
        world.start("2.0").finish();

        assertThat(world.states()).isEqualTo("SKIPPED SEALED SKIPPED SEALED SEALED");
        assertThat(world.deployment.stages().get("stage3")).isEqualTo(new VersionLabel("2.0"));
    }

    @Test
    void aStageThatLosesTheOnlyRegionThatCouldShowThatItWorksIsPutBack() {
        world.good();
        world.unreachable.add(LAST);
        world.unreachable.add(new RegionName("westeurope"));
        world.notConverged.add(new RegionName("southeastasia"));
        world.start("2.0", World.budget(2)).settle().pass(Duration.ofMinutes(2));
        assertThat(world.serving("southeastasia")).isEqualTo("2.0");
        world.gone.add(new RegionName("southeastasia"));
        world.settle();

        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.rollout.reason()).contains("no region is left in it that could show that 2.0 works");
    }
}
