package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
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

    /** What a stage had when the rollout began may not be what its regions go back to. */
    @Test
    void aRevertGivesStagesWhatTheirRegionsGoBackTo() {
        world.good();
        world.start("2.0").settleAll();
        world.start("3.0").settleAll();
        for (int i = 0; i < 600 && !world.serving("westeurope").equals("3.0"); i++) {
            world.passAll(Duration.ofSeconds(1));
        }
        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUCCEEDED);
        world.turnTo("ro-3");
        assertThat(world.rollout.state()).isEqualTo(RolloutState.RUNNING);
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.settleAll();

        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("2.0"));
        assertThat(world.deployment.stages())
                .isNotEmpty()
                .allSatisfy((stage, version) -> assertThat(version).as(stage).isEqualTo(new VersionLabel("2.0")));
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

    @Test
    void aRolloutWhoseVersionContainsTheHotfixGoesOnAfterIt() {
        world.good();
        world.contains = List.of(new VersionLabel("1.1"));
        world.start("2.0").settleAll();
        world.contains = List.of();
        world.start("1.1", RolloutKind.HOTFIX, PlanSpec.DEFAULT.baking(Duration.ofSeconds(5)), Duration.ZERO)
                .settleAll();
        world.passAll(Duration.ofMinutes(4));

        assertThat(world.rollout("ro-3").state()).isEqualTo(RolloutState.SUCCEEDED);
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
        world.good();
        world.contains = List.of(new VersionLabel("1.1"));
        world.start("2.0").settleAll();
        world.contains = List.of();
        world.start("1.1", RolloutKind.HOTFIX, PlanSpec.DEFAULT.baking(Duration.ofSeconds(5)), Duration.ZERO)
                .settleAll();
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
