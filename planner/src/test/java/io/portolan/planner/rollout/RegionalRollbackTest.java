package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A person takes one region back: what goes on elsewhere, and what never comes back there by itself. */
class RegionalRollbackTest {
    private static final Duration BAKE = Duration.ofSeconds(10);
    private static final RegionName WESTEUROPE = new RegionName("westeurope");

    private final World world = new World();

    private static PlanSpec budget(int regions) {
        return new PlanSpec(
                null,
                BAKE,
                Map.of("stage5", new PlanSpec.StageSpec(null, regions, null)),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private Starting.Started takeBack(String region, String to) {
        return world.rollBack(to, Optional.of(new RegionName(region)));
    }

    /** Takes a version into its last stage and leaves it baking there. */
    private Rollout intoTheLastStage(String version, int regionsThatMayFail) {
        world.start(version, RolloutKind.SAFE, budget(regionsThatMayFail), Duration.ZERO);
        var id = world.rollout.id();
        for (int i = 0; i < 120 && !world.serving("westeurope").equals(version); i++) {
            world.passAll(Duration.ofSeconds(1));
        }
        assertThat(world.serving("westeurope")).isEqualTo(version);
        assertThat(world.rollout(id).state()).isEqualTo(RolloutState.RUNNING);
        return world.rollout(id);
    }

    @Test
    void aRolloutThatHasNotReachedTheRegionGoesOnAndComesToItInItsTurn() {
        world.start("1.0").finish();
        world.start("2.0").finish();
        world.start("3.0").settle();
        var rollout = world.rollout.id();

        var started = takeBack("westeurope", RollingBack.AUTO);

        assertThat(started.ended()).isEmpty();
        assertThat(started.changed()).isEmpty();
        assertThat(world.serving("westeurope")).isEqualTo("1.0");
        assertThat(world.rollout(rollout).state()).isEqualTo(RolloutState.RUNNING);
        world.passAll(Duration.ofMinutes(5));
        assertThat(world.rollout(rollout).state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.serving("westeurope")).isEqualTo("3.0");
    }

    @Test
    void aRolloutGoesOnWithoutTheRegionWhileItsFailureBudgetLasts() {
        world.start("1.0").finish();
        var rollout = intoTheLastStage("2.0", 1);

        var started = takeBack("westeurope", RollingBack.AUTO);

        assertThat(started.ended()).isEmpty();
        assertThat(started.changed()).singleElement().satisfies(changed -> {
            assertThat(changed.state()).isEqualTo(RolloutState.RUNNING);
            assertThat(changed.stage("stage5").orElseThrow().task(WESTEUROPE).state())
                    .isEqualTo(TaskState.FAILED);
        });
        world.passAll(Duration.ofMinutes(5));
        assertThat(world.rollout(rollout.id()).state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.serving("westeurope")).isEqualTo("1.0");
        assertThat(world.serving("brazilsouth")).isEqualTo("2.0");
        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("2.0"));
        assertThat(world.deployment.withdrawn()).isEmpty();
    }

    @Test
    void aRolloutWhoseBudgetIsSpentRevertsEverywhere() {
        world.start("1.0").finish();
        var rollout = intoTheLastStage("2.0", 0);

        takeBack("westeurope", RollingBack.AUTO);

        assertThat(world.rollout(rollout.id()).state()).isEqualTo(RolloutState.ROLLING_BACK);
        world.passAll(Duration.ofSeconds(5));
        assertThat(world.rollout(rollout.id()).state()).isEqualTo(RolloutState.ROLLED_BACK);
        for (var region : World.REGIONS) {
            assertThat(world.serving(region.value())).isEqualTo("1.0");
        }
        assertThat(world.deployment.withdrawn()).containsExactly(new VersionLabel("2.0"));
    }

    @Test
    void aRegionThatIsSealedIsLostToItsRolloutToo() {
        world.start("1.0").finish();
        var rollout = intoTheLastStage("2.0", 2);

        // The only region of the second stage: nothing of it is left that could show that the version works.
        takeBack("westcentralus", RollingBack.AUTO);

        assertThat(world.rollout(rollout.id()).state()).isEqualTo(RolloutState.ROLLING_BACK);
    }

    @Test
    void whatTheRegionLeftDoesNotComeBackBeforeAPersonSaysSo() {
        world.start("1.0").finish();
        world.start("2.0").finish();
        takeBack("westeurope", "1.0");
        world.passAll(Duration.ofSeconds(5));

        assertThat(world.deployment.hold()).isNull();
        assertThatThrownBy(() -> world.start("2.0")).hasMessageContaining("withdrawn in westeurope");
        assertThatThrownBy(() -> takeBack("westeurope", "2.0")).hasMessageContaining("withdrawn in westeurope");
        assertThat(world.serving("westeurope")).isEqualTo("1.0");

        world.deployment = world.deployment.holdingRegions(Map.of());
        world.start("2.0").finish();
        assertThat(world.serving("westeurope")).isEqualTo("2.0");
    }

    @Test
    void aNewerVersionLiftsTheHoldOfTheRegion() {
        world.start("1.0").finish();
        world.start("2.0").finish();
        takeBack("westeurope", "1.0");
        world.passAll(Duration.ofSeconds(5));

        world.start("3.0").finish();

        assertThat(world.deployment.regionHolds()).isEmpty();
        assertThat(world.serving("westeurope")).isEqualTo("3.0");
    }

    @Test
    void aRolloutThatFailsLaterPutsTheRegionBackToWhatThePersonChose() {
        world.start("1.0").finish();
        world.start("2.0").finish();
        world.start("3.0").settle();
        var rollout = world.rollout.id();
        takeBack("westeurope", "1.0");
        for (int i = 0; i < 120 && !world.serving("westeurope").equals("3.0"); i++) {
            world.passAll(Duration.ofSeconds(1));
        }
        assertThat(world.serving("westeurope")).isEqualTo("3.0");

        world.turnTo(rollout);
        world.take(Steering.abort(world.rollout, world.deployment, "bad", world.now));

        assertThat(world.serving("westeurope")).isEqualTo("1.0");
        assertThat(world.serving("brazilsouth")).isEqualTo("2.0");
    }

    @Test
    void aRegionOutOfReachIsNotGivenWhatItsStageHasWhenItIsBack() {
        world.start("1.0").finish();
        world.start("2.0").finish();
        world.unreachable.add(WESTEUROPE);
        takeBack("westeurope", "1.0");
        var rollback = world.rollout.id();
        world.passAll(Reverting.PATIENCE.plusSeconds(5));
        assertThat(world.rollout(rollback).state()).isEqualTo(RolloutState.ROLLED_BACK_PARTIAL);

        world.unreachable.clear();
        world.passAll(Duration.ofSeconds(5));

        assertThat(world.serving("westeurope")).isEqualTo("1.0");
        assertThat(world.deployment.owed()).isEmpty();
    }

    @Test
    void aRegionOutOfReachIsNotGivenWhatItsStageHasWhenItIsBackAfterItsHoldEnded() {
        world.start("1.0").finish();
        world.start("2.0").finish();
        world.unreachable.add(WESTEUROPE);
        takeBack("westeurope", "1.0");
        world.passAll(Reverting.PATIENCE.plusSeconds(5));
        assertThat(world.deployment.owed()).containsOnlyKeys(WESTEUROPE);

        world.deployment = world.deployment.holdingRegions(Map.of());
        world.unreachable.clear();
        world.passAll(Duration.ofSeconds(5));

        assertThat(world.serving("westeurope")).isEqualTo("1.0");
        assertThat(world.deployment.owed()).isEmpty();
    }

    @Test
    void aRollbackOfAllRegionsAfterwardsLeavesWhatTheOthersHave() {
        world.start("1.0").finish();
        world.start("2.0").finish();
        world.start("3.0").finish();
        takeBack("westeurope", "2.0");
        world.passAll(Duration.ofSeconds(5));

        world.rollBack(RollingBack.AUTO);

        for (var region : World.REGIONS) {
            assertThat(world.serving(region.value())).isEqualTo("2.0");
        }
        assertThat(world.deployment.regionHolds()).isEmpty();
        assertThat(world.deployment.withdrawn()).containsExactly(new VersionLabel("3.0"));
    }

    @Test
    void aSecondRollbackOfTheRegionSupersedesTheFirst() {
        world.start("1.0").finish();
        world.start("2.0").finish();
        world.start("3.0").finish();
        world.notConverged.add(WESTEUROPE);
        takeBack("westeurope", "2.0");
        var first = world.rollout.id();

        var second = takeBack("westeurope", RollingBack.AUTO);

        assertThat(second.ended()).singleElement().satisfies(ended -> {
            assertThat(ended.id()).isEqualTo(first);
            assertThat(ended.state()).isEqualTo(RolloutState.SUPERSEDED);
        });
        assertThat(world.serving("westeurope")).isEqualTo("1.0");
        assertThat(world.deployment.isWithdrawn(WESTEUROPE, new VersionLabel("3.0")))
                .isTrue();
        assertThat(world.deployment.isWithdrawn(WESTEUROPE, new VersionLabel("2.0")))
                .isTrue();
        assertThat(world.deployment.isWithdrawn(WESTEUROPE, new VersionLabel("1.0")))
                .isFalse();
    }
}
