package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** When a version becomes last known good, and what a rollback to a slot does. */
class SlotsTest {
    private static final RegionName WESTEUROPE = new RegionName("westeurope");
    private static final Duration BAKE = Duration.ofSeconds(10);

    private final World world = new World();

    @Test
    void row_6_1_slotsMoveOnlyAfterTheFinalBake() {
        world.good();
        world.start("2.0").settle();
        while (!world.states().endsWith("BAKING")) {
            world.pass(Duration.ofSeconds(1));
        }
        assertThat(world.deployment.slots()).containsOnly(Map.entry(Slot.LKG, new VersionLabel("1.0")));
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.settle();
        assertThat(world.deployment.slots()).containsOnly(Map.entry(Slot.LKG, new VersionLabel("1.0")));

        // Nor does one that reverts by itself.
        world.gate = (plan, evidence, now) -> new Verdict(Verdict.Outcome.FAIL, "errors", null);
        world.start("2.1").finish();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.deployment.slots()).containsOnly(Map.entry(Slot.LKG, new VersionLabel("1.0")));

        world.gate = Gate.TIME;
        world.start("3.0").finish();
        assertThat(world.deployment.slots())
                .containsOnly(
                        Map.entry(Slot.LKG, new VersionLabel("3.0")),
                        Map.entry(Slot.PREVIOUS_LKG, new VersionLabel("1.0")));
    }

    @Test
    void row_6_2_hotfixSlotsAreTheirOwn() {
        world.good();
        var quick = PlanSpec.DEFAULT.baking(BAKE);
        world.start("1.1", RolloutKind.HOTFIX, quick, Duration.ZERO).finish();
        world.start("1.2", RolloutKind.HOTFIX, quick, Duration.ZERO).finish();

        assertThat(world.deployment.slots())
                .containsOnly(
                        Map.entry(Slot.LKG, new VersionLabel("1.0")),
                        Map.entry(Slot.LAST_HOTFIX, new VersionLabel("1.2")),
                        Map.entry(Slot.PREVIOUS_HOTFIX, new VersionLabel("1.1")));
    }

    @Test
    void row_6_3_aRevertToAnySlotMovesEveryRegionAtOnceWithoutABake() {
        for (var slot : Slot.values()) {
            var fresh = new World();
            var quick = PlanSpec.DEFAULT.baking(BAKE);
            fresh.start("1.0").finish();
            fresh.start("2.0").finish();
            fresh.start("2.1", RolloutKind.HOTFIX, quick, Duration.ZERO).finish();
            fresh.start("2.2", RolloutKind.HOTFIX, quick, Duration.ZERO).finish();
            fresh.start("3.0").settle();
            var target = fresh.deployment.slots().get(slot);
            assertThat(target).as(slot.label()).isNotNull();

            fresh.rollBack(slot.label());

            assertThat(World.REGIONS)
                    .as(slot.label())
                    .allMatch(region -> fresh.deployment.versionIn(region).equals(Optional.ofNullable(target)));
            assertThat(fresh.settle().rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
        }
    }

    @Test
    void notLastKnownGoodWhereEveryProcessWasRestartedSinceItLoaded() {
        world.good();
        world.start("2.0", BAKE, BAKE).settle();
        while (!world.states().endsWith("BAKING")) {
            world.pass(Duration.ofSeconds(1));
        }
        world.boots.put(WESTEUROPE, 2);
        world.pass(Duration.ofSeconds(11));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.RUNNING);
        assertThat(((Step.Wait) world.last).text()).contains("after a restart");
        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("1.0"));
        world.pass(Duration.ofSeconds(10));
        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("2.0"));
    }

    @Test
    void oneThatStoodWhileANewerOneWentThroughIsNotLastKnownGoodAfterIt() {
        world.good();
        world.start("2.0", BAKE, BAKE).settle();
        while (!world.states().endsWith("BAKING")) {
            world.pass(Duration.ofSeconds(1));
        }
        world.boots.put(WESTEUROPE, 2);
        world.pass(Duration.ofSeconds(11));
        world.take(Steering.pause(world.rollout, world.deployment, "", world.now));
        var older = world.rollout.id();
        world.start("3.0", BAKE, BAKE).settleAll().passAll(Duration.ofMinutes(3));
        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("3.0"));

        world.turnTo(older);
        world.take(Steering.resume(world.rollout, world.deployment, "", world.now));
        world.settleAll().passAll(Duration.ofMinutes(1));

        assertThat(world.rollout(older).state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.deployment.slots())
                .containsOnly(
                        Map.entry(Slot.LKG, new VersionLabel("3.0")),
                        Map.entry(Slot.PREVIOUS_LKG, new VersionLabel("1.0")));
    }
}
