package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Several rollouts of one extension at once: lineage, supersession, hotfixes, break-glass. */
class SeveralRolloutsTest {
    private static final Duration BAKE = Duration.ofSeconds(10);

    private final World world = new World();

    @Test
    void aNewerRolloutEntersAStageOnlyWhenTheOlderHasLeftIt() {
        world.good();
        world.start("2.0").settleAll();
        world.start("3.0").settleAll();
        assertThat(world.waiting("ro-3")).contains("ro-2").contains("until it has left stage2");

        world.passAll(BAKE);
        assertThat(world.serving("westcentralus")).isEqualTo("3.0");
        assertThat(world.serving("southcentralus")).isEqualTo("2.0");

        world.passAll(Duration.ofMinutes(3));
        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.rollout("ro-3").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("3.0"));
    }

    @Test
    void whatHasNotStartedIsSupersededByTheNewest() {
        world.good();
        world.start("2.0").settleAll();
        world.start("3.0").settleAll();
        world.start("4.0").settleAll();

        assertThat(world.rollout("ro-3").state()).isEqualTo(RolloutState.SUPERSEDED);
        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.RUNNING);
    }

    @Test
    void aRevertGoesToTheLastSealedVersionNeverToAHalfBakedOne() {
        world.good();
        world.start("2.0").settleAll();
        world.start("3.0").settleAll().passAll(BAKE);
        // 3.0 is in westcentralus after 2.0 sealed there; now 2.0 turns out bad, then 3.0 too.
        world.turnTo("ro-2");
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.settleAll();
        assertThat(world.serving("westcentralus")).isEqualTo("3.0");
        world.turnTo("ro-3");
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.settleAll();

        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("1.0"));
    }

    @Test
    void aHotfixPassesAtAStageBoundaryAndSupersedesWhatLacksIt() {
        world.good();
        world.start("2.0").settleAll();
        world.start("1.1", RolloutKind.HOTFIX, PlanSpec.DEFAULT.baking(Duration.ofSeconds(5)), Duration.ZERO)
                .settleAll();
        assertThat(world.waiting("ro-3")).contains("until it has left stage2");
        world.passAll(BAKE);

        // 2.0 sealed stage2 and now waits; the hotfix goes on through the stages it has not begun.
        assertThat(world.waiting("ro-2")).contains("the hotfix goes first");
        world.passAll(Duration.ofMinutes(1));
        assertThat(world.rollout("ro-3").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUPERSEDED);
        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("1.1"));
        assertThat(world.deployment.slots())
                .containsEntry(Slot.LAST_HOTFIX, new VersionLabel("1.1"))
                .containsEntry(Slot.LKG, new VersionLabel("1.0"));
    }

    private void aHotfixComesThatTheRunningOneContains() {
        world.good();
        world.contains = List.of(new VersionLabel("1.1"));
        world.start("2.0").settleAll();
        world.contains = List.of();
        world.start("1.1", RolloutKind.HOTFIX, PlanSpec.DEFAULT.baking(Duration.ofSeconds(5)), Duration.ZERO)
                .settleAll();
    }

    @Test
    void aRolloutWhoseVersionContainsTheHotfixGoesOnAfterIt() {
        aHotfixComesThatTheRunningOneContains();
        world.passAll(Duration.ofMinutes(4));

        assertThat(world.rollout("ro-3").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("2.0"));
    }

    /**
     * 2.0 goes as far as the stage and is looked at no more; an older hotfix of every stage passes it, and a newer one of the first
     * stages that completes before that one.
     */
    private void twoHotfixesPass(String stage, String older, String newer) {
        world.start("2.0").settle();
        for (int i = 0; i < 300 && world.rollout.stage(stage).orElseThrow().state() != StageState.BAKING; i++) {
            world.pass(Duration.ofSeconds(1));
        }
        world.contains = List.of();
        var quick = PlanSpec.DEFAULT.baking(Duration.ofSeconds(5));
        world.start(older, RolloutKind.HOTFIX, quick, Duration.ZERO);
        world.turnTo("ro-2").pass(BAKE.multipliedBy(2));
        assertThat(world.rollout.stage(stage).orElseThrow().state()).isEqualTo(StageState.SEALED);
        world.turnTo("ro-3").settle();
        world.start(newer, RolloutKind.HOTFIX, quick.reaching(new PlanSpec.Reach.Through("stage3")), Duration.ZERO);
        for (int i = 0; i < 300 && !world.rollout("ro-3").state().isFinal(); i++) {
            world.turnTo("ro-3").pass(Duration.ofSeconds(1));
            world.turnTo("ro-4");
            if (!world.rollout.state().isFinal()) {
                world.settle();
            }
        }
        assertThat(world.rollout("ro-3").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.rollout("ro-4").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.serving("westcentralus")).isEqualTo(newer);
        assertThat(world.serving("westus")).isEqualTo(older);
    }

    @Test
    void anOlderHotfixThatCompletesLaterDoesNotHideTheNewerOne() {
        world.good();
        world.contains = List.of(new VersionLabel("1.1"));
        twoHotfixesPass("stage2", "1.1", "1.2");
        world.passAll(Duration.ofMinutes(2));

        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUPERSEDED);
        assertThat(world.rollout("ro-2").reason()).contains("hotfix 1.2");
        assertThat(world.serving("westcentralus")).isEqualTo("1.2");
    }

    @Test
    void whatContainsTwoHotfixesGoesAgainThroughWhateverEitherOvertook() {
        world.good();
        world.contains = List.of(new VersionLabel("1.1"), new VersionLabel("1.2"));
        twoHotfixesPass("stage4", "1.1", "1.2");
        world.passAll(Duration.ofMinutes(5));

        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("2.0"));
    }

    @Test
    void anAbortedHotfixLetsTheOtherGoOn() {
        world.good();
        world.start("2.0").settleAll();
        world.start("1.1", RolloutKind.HOTFIX, PlanSpec.DEFAULT.baking(BAKE), Duration.ZERO)
                .settleAll()
                .passAll(BAKE);
        world.turnTo("ro-3");
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.settleAll().passAll(Duration.ofMinutes(2));

        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(World.REGIONS.subList(1, 6))
                .allMatch(region -> world.serving(region.value()).equals("2.0"));
    }

    @Test
    void aRevertPutsTheStagesBackToWhatTheirRegionsGoBackToAlsoWhereAnOlderRolloutCompletedMeanwhile() {
        world.good();
        world.start("2.0").settleAll();
        world.start("3.0").settleAll();
        untilServing("brazilsouth", "3.0");
        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUCCEEDED);
        world.turnTo("ro-3");
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.settleAll();

        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("2.0"));
        assertThat(world.deployment.stages().values()).containsOnly(new VersionLabel("2.0"));
    }

    @Test
    void aRevertPutsTheStagesBackToAHotfixThatOvertook() {
        aHotfixComesThatTheRunningOneContains();
        untilServing("brazilsouth", "1.1");
        untilServing("brazilsouth", "2.0");
        world.turnTo("ro-2");
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.settleAll();

        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("1.1"));
        assertThat(world.deployment.stages().values()).containsOnly(new VersionLabel("1.1"));
    }

    private void untilServing(String region, String version) {
        for (int second = 0; second < 600 && !world.serving(region).equals(version); second++) {
            world.passAll(Duration.ofSeconds(1));
        }
        assertThat(world.serving(region)).isEqualTo(version);
    }

    @Test
    void row_6_10_breakGlassSkipsBakesButLooksAtOneRegionFirst() {
        world.good();
        world.start("2.0").settleAll();
        world.start("3.0", RolloutKind.BREAK_GLASS, PlanSpec.DEFAULT, Duration.ofMinutes(30))
                .settleAll();

        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUPERSEDED);
        assertThat(world.rollout("ro-3").reason()).isEqualTo("it burns");
        assertThat(world.serving("westcentralus")).isEqualTo("3.0");
        assertThat(world.serving("westus")).isEqualTo("1.0");
        world.passAll(Duration.ofSeconds(59));
        assertThat(world.serving("westus")).isEqualTo("1.0");
        world.passAll(Duration.ofSeconds(2));
        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("3.0"));
    }
}
