package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RolloutPlannerTest {
    private final World world = new World();

    @Test
    void goesStageByStageAndSkipsTheEmptyOne() {
        world.start("1.0").settle();

        assertThat(world.states()).isEqualTo("SKIPPED BAKING PENDING PENDING PENDING");
        assertThat(world.serving("westcentralus")).isEqualTo("1.0");
        assertThat(world.serving("southcentralus")).isEmpty();
        assertThat(world.deployment.stages()).containsOnlyKeys("stage1", "stage2");

        world.pass(Duration.ofSeconds(10));

        assertThat(world.states()).isEqualTo("SKIPPED SEALED BAKING PENDING PENDING");
    }

    @Test
    void completionSetsTheSlots() {
        world.start("1.0").finish();
        world.start("2.0").finish();

        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.deployment.slots())
                .containsEntry(Slot.LKG, new VersionLabel("2.0"))
                .containsEntry(Slot.PREVIOUS_LKG, new VersionLabel("1.0"));
        assertThat(world.deployment.good()).containsExactly(new VersionLabel("2.0"), new VersionLabel("1.0"));
    }

    @Test
    void switchesNoRegionThatDoesNotHoldTheVersion() {
        world.notHolding.add(new RegionName("westcentralus"));
        world.start("1.0").finish();

        assertThat(world.states()).isEqualTo("SKIPPED APPLYING PENDING PENDING PENDING");
        assertThat(world.serving("westcentralus")).isEmpty();
        assertThat(((Step.Wait) world.last).text()).contains("westcentralus: node lacks 7 bytes");
    }

    @Test
    void healthyTimeCountsFromConvergenceOnly() {
        world.notConverged.add(new RegionName("westcentralus"));
        world.start("1.0").finish();
        assertThat(world.states()).isEqualTo("SKIPPED CONVERGING PENDING PENDING PENDING");

        world.notConverged.clear();
        world.settle().pass(Duration.ofSeconds(9));

        assertThat(world.states()).startsWith("SKIPPED BAKING PENDING");
        assertThat(world.pass(Duration.ofSeconds(1)).states()).startsWith("SKIPPED SEALED");
    }

    @Test
    void unhealthyTimeDoesNotCount() {
        world.start("1.0").settle().pass(Duration.ofSeconds(5));
        world.notConverged.add(new RegionName("westcentralus"));
        world.settle().pass(Duration.ofSeconds(60));
        world.notConverged.clear();
        world.settle().pass(Duration.ofSeconds(3));

        assertThat(world.states()).startsWith("SKIPPED BAKING PENDING");
        assertThat(world.pass(Duration.ofSeconds(3)).states()).startsWith("SKIPPED SEALED");
    }

    @Test
    void aJumpOfTheClockCompletesNoBake() {
        world.start("1.0", Duration.ofMinutes(30), Duration.ofMinutes(30)).settle();

        world.now = world.now.plus(Duration.ofDays(100));
        world.settle();

        assertThat(world.states()).startsWith("SKIPPED BAKING PENDING");
        world.now = world.now.minus(Duration.ofDays(200));
        assertThat(world.settle().states()).startsWith("SKIPPED BAKING PENDING");
        assertThat(world.rollout.stages().get(1).healthyFor()).isEqualTo(RolloutPlanner.LONGEST_TICK);
    }

    @Test
    void pauseStopsForwardMovesAndStillCountsHealthyTime() {
        world.start("1.0").settle();
        world.take(Steering.pause(world.rollout, world.deployment, "look at orders", world.now));
        world.settle();
        assertThat(world.rollout.reason()).isEqualTo("look at orders");
        assertThat(((Step.Wait) world.last).text()).startsWith("paused; meanwhile stage2: baking");
        assertThat(((Step.Wait) world.last).actors()).containsExactly("anyone who may resume or abort it");

        world.pass(Duration.ofSeconds(60));

        assertThat(world.states()).isEqualTo("SKIPPED GATING PENDING PENDING PENDING");
        world.take(Steering.resume(world.rollout, world.deployment, "", world.now));
        assertThat(world.rollout.reason()).isEqualTo("resumed");
        assertThat(world.settle().states()).isEqualTo("SKIPPED SEALED BAKING PENDING PENDING");
    }

    @Test
    void advanceNeverGoesBelowTheMinimumBake() {
        world.start("1.0", Duration.ofHours(1), Duration.ofSeconds(20)).settle();
        world.take(Steering.advance(world.rollout, world.deployment, ""));

        assertThat(world.settle().pass(Duration.ofSeconds(19)).states()).startsWith("SKIPPED BAKING");
        assertThat(world.pass(Duration.ofSeconds(1)).states()).startsWith("SKIPPED SEALED BAKING");
        // One advance ends one wait.
        assertThat(world.pass(Duration.ofSeconds(60)).states()).startsWith("SKIPPED SEALED BAKING");
    }

    @Test
    void aFailingGateReverts() {
        world.start("1.0").finish();
        world.gate = (plan, evidence, now) -> new Verdict(Verdict.Outcome.FAIL, "errors doubled", null);
        world.start("2.0").finish();

        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.rollout.reason()).contains("errors doubled");
        assertThat(world.serving("westcentralus")).isEqualTo("1.0");
        assertThat(world.deployment.stages().get("stage1")).isEqualTo(new VersionLabel("1.0"));
    }

    @Test
    void noDataIsNeverAPass() {
        world.gate = (plan, evidence, now) -> new Verdict(Verdict.Outcome.INCONCLUSIVE, "no data", null);
        world.start("1.0").finish();

        assertThat(world.states()).isEqualTo("SKIPPED GATING PENDING PENDING PENDING");
        assertThat(RolloutPlanner.next(
                        world.rollout,
                        new Scene(
                                world.deployment,
                                new Observation(java.util.Map.of(), java.util.Map.of()),
                                Gate.TIME,
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of()),
                        world.now))
                .isInstanceOf(Step.Wait.class);
    }

    @Test
    void abortRevertsTouchedRegionsOnlyAndWaitsForThem() {
        world.start("1.0").finish();
        world.start("2.0").settle().pass(Duration.ofSeconds(10));
        world.take(Steering.abort(world.rollout, world.deployment, "bad", world.now));
        world.notConverged.add(new RegionName("westcentralus"));
        world.settle();

        assertThat(world.serving("westcentralus")).isEqualTo("1.0");
        assertThat(world.serving("southcentralus")).isEqualTo("1.0");
        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLING_BACK);
        world.notConverged.clear();
        assertThat(world.settle().rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
    }

    @Test
    void haltLeavesEveryRegionAsItIs() {
        world.start("1.0").finish();
        world.start("2.0").settle();
        world.take(Steering.halt(world.rollout, world.deployment, "", world.now));

        assertThat(world.settle().serving("westcentralus")).isEqualTo("2.0");
        assertThat(world.serving("westus")).isEqualTo("1.0");
        assertThat(world.running()).isEmpty();
    }

    @Test
    void refusesTheSameVersionTwiceAndSaysWhichOneRuns() {
        world.start("1.0").settle();

        assertThatThrownBy(() -> world.start("1.0")).isInstanceOf(Refusal.class).hasMessageContaining("ro-1");
    }

    @Test
    void refusesABakeBelowTheMinimum() {
        assertThatThrownBy(() -> world.start("1.0", Duration.ofMinutes(1), Duration.ofMinutes(30)))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("PT30M");
    }

    @Test
    void refusesWhatWouldChangeNothing() {
        world.start("1.0").finish();

        assertThatThrownBy(() -> world.start("1.0"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(Refusal.Code.NOTHING_TO_CHANGE));
    }

    @Test
    void rollbackGoesToTheGoodVersionBeforeEverywhereAtOnce() {
        world.start("1.0").finish();
        world.start("2.0").finish();

        world.rollBack(RollingBack.AUTO);

        for (var region : World.REGIONS) {
            assertThat(world.deployment.versionIn(region)).contains(new VersionLabel("1.0"));
        }
        assertThat(world.deployment.stages().values()).containsOnly(new VersionLabel("1.0"));
        assertThat(world.deployment.withdrawn()).containsExactly(new VersionLabel("2.0"));
        assertThat(world.deployment.slots())
                .containsEntry(Slot.LKG, new VersionLabel("1.0"))
                .doesNotContainKey(Slot.PREVIOUS_LKG);
        assertThat(world.settle().rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.rollout.rollback())
                .satisfies(figures -> assertThat(figures.blobsMoved()).isEqualTo(1));
    }

    @Test
    void rollbackDuringARolloutEndsItAndReturnsToWhatWasGood() {
        world.start("1.0").finish();
        world.start("2.0").settle();

        var started = world.rollBack(RollingBack.AUTO);

        assertThat(started.ended()).singleElement().satisfies(ended -> assertThat(ended.state())
                .isEqualTo(RolloutState.ROLLED_BACK));
        assertThat(world.serving("westcentralus")).isEqualTo("1.0");
        assertThat(world.deployment.withdrawn()).containsExactly(new VersionLabel("2.0"));
    }

    @Test
    void withdrawnVersionsAreRefusedWhileTheHoldStands() {
        world.start("1.0").finish();
        world.start("2.0").finish();
        world.rollBack(RollingBack.AUTO);
        world.settle();

        assertThatThrownBy(() -> world.start("2.0"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(Refusal.Code.HELD));
        world.deployment = world.deployment.holding(null);
        world.start("2.0").finish();
        assertThat(world.deployment.withdrawn()).isEmpty();
    }

    @Test
    void aNewerVersionLiftsTheHoldAndTheWithdrawnOneIsNeverChosenAgain() {
        world.start("1.0").finish();
        world.start("2.0").finish();
        world.rollBack(RollingBack.AUTO);
        world.settle();
        world.start("3.0").finish();

        assertThat(world.deployment.hold()).isNull();
        world.rollBack(RollingBack.AUTO);
        assertThat(world.serving("westus")).isEqualTo("1.0");
    }

    @Test
    void rollbackWithNothingLeftSaysSo() {
        world.start("1.0").finish();

        assertThatThrownBy(() -> world.rollBack(RollingBack.AUTO))
                .isInstanceOfSatisfying(Refusal.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(Refusal.Code.NOTHING_TO_ROLL_BACK_TO));
        assertThatThrownBy(() -> world.rollBack("last-hotfix")).hasMessageContaining("lkg 1.0");
        assertThatThrownBy(() -> world.rollBack("1.0")).hasMessageContaining("already has 1.0");
    }

    @Test
    void rollbackOfOneRegionLeavesTheOthers() {
        world.start("1.0").finish();
        world.start("2.0").finish();

        world.rollBack("1.0", Optional.of(new RegionName("westus")));

        assertThat(world.serving("westus")).isEqualTo("1.0");
        assertThat(world.serving("westeurope")).isEqualTo("2.0");
        assertThat(world.rollout.regions()).isEqualTo(List.of(new RegionName("westus")));
    }
}
