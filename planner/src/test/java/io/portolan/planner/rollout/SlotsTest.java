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

    /** All stages of 2.0 are sealed, and it is paused before it may become last known good. */
    private void pausedWhileItIsProved() {
        world.good();
        world.start("2.0", BAKE, BAKE).settle();
        while (!world.states().endsWith("BAKING")) {
            world.pass(Duration.ofSeconds(1));
        }
        world.boots.put(WESTEUROPE, 2);
        world.pass(Duration.ofSeconds(11));
        assertThat(((Step.Wait) world.last).text()).contains("after a restart");
        world.take(Steering.pause(world.rollout, world.deployment, "", world.now));
    }

    private void resumed() {
        world.turnTo("ro-2");
        world.take(Steering.resume(world.rollout, world.deployment, "", world.now));
        world.passAll(Duration.ofMinutes(1));
        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void aVersionThatANewerOneHasPassedDoesNotBecomeLastKnownGoodAfterIt() {
        pausedWhileItIsProved();
        world.start("3.0").passAll(Duration.ofMinutes(3));
        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("3.0"));
        resumed();

        assertThat(world.deployment.slots())
                .containsOnly(
                        Map.entry(Slot.LKG, new VersionLabel("3.0")),
                        Map.entry(Slot.PREVIOUS_LKG, new VersionLabel("1.0")));
        assertThat(world.deployment.good()).startsWith(new VersionLabel("3.0"));
    }

    @Test
    void norDoesItWhereARegionThatFailedAloneHasItStill() {
        pausedWhileItIsProved();
        world.start("3.0", World.budget(1));
        while (!world.states().endsWith("BAKING")) {
            world.passAll(Duration.ofSeconds(1));
            world.turnTo("ro-3");
        }
        world.failing.add(WESTEUROPE);
        world.passAll(Duration.ofSeconds(1));
        world.failing.clear();
        world.passAll(Duration.ofMinutes(3));
        assertThat(world.serving("westeurope")).isEqualTo("2.0");
        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("3.0"));
        resumed();

        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("3.0"));
    }

    @Test
    void oneOfWhoseRegionsAPersonTookBackAloneBecomesLastKnownGood() {
        world.good();
        world.start("2.0", RolloutKind.SAFE, World.budget(1), BAKE);
        while (!world.states().endsWith("BAKING")) {
            world.passAll(Duration.ofSeconds(1));
        }
        world.rollBack("1.0", Optional.of(WESTEUROPE));
        world.passAll(Duration.ofMinutes(1));

        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.serving("westeurope")).isEqualTo("1.0");
        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("2.0"));
    }
}
