package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which version a region gets that joins while versions move through its stage. */
class JoiningTest {
    private static final RegionName NEW = new RegionName("norwayeast");
    private static final Duration BAKE = Duration.ofSeconds(10);

    private final World world = new World();

    private void joiner(String stage, boolean dark) {
        world.joining.clear();
        world.joining.add(new Joining.Joiner(NEW, stage, true, dark, false, dark ? "DARK" : "SEEDING"));
    }

    private void completed(String version) {
        world.start(version, BAKE, Duration.ZERO).passAll(Duration.ofMinutes(3));
        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    /** Until that stage is in that state. */
    private void until(String stage, StageState state) {
        for (int second = 0; second < 600; second++) {
            if (world.rollout.stage(stage).orElseThrow().state() == state) {
                return;
            }
            world.passAll(Duration.ofSeconds(1));
        }
        throw new AssertionError(stage + " never was " + state + ": " + world.states());
    }

    @Test
    void rg04_a_region_whose_stage_comes_later_takes_the_version_before_and_moves_after_the_wave_of_its_stage() {
        completed("7");
        world.start("8", BAKE, Duration.ZERO);
        until("stage3", StageState.SEALED);
        joiner("stage4", true);
        world.settleAll();
        assertThat(world.serving("norwayeast")).isEqualTo("7");
        until("stage4", StageState.BAKING);
        assertThat(world.serving("westus")).isEqualTo("8");
        assertThat(world.serving("norwayeast")).isEqualTo("7");
        until("stage4", StageState.SEALED);

        assertThat(world.serving("norwayeast")).isEqualTo("8");
        world.passAll(Duration.ofMinutes(3));
        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void rg05_a_region_whose_stage_has_completed_a_version_is_seeded_with_it() {
        completed("7");
        world.start("8", BAKE, Duration.ZERO);
        until("stage2", StageState.SEALED);
        joiner("stage2", false);
        world.settleAll();

        assertThat(world.serving("norwayeast")).isEqualTo("8");
    }

    @Test
    void rg06_a_version_that_is_rolled_back_while_it_is_seeded_is_not_what_it_ends_with() {
        completed("7");
        world.start("8", BAKE, Duration.ZERO);
        until("stage2", StageState.SEALED);
        joiner("stage2", false);
        world.notHolding.add(NEW);
        world.settleAll();
        assertThat(world.serving("norwayeast")).isEmpty();
        world.rollBack("auto");
        world.settleAll();
        world.notHolding.clear();
        world.settleAll();

        assertThat(world.serving("norwayeast")).isEqualTo("7");
    }

    @Test
    void a_live_region_that_failed_alone_is_not_given_the_version_again_by_its_stage() {
        var brazil = new RegionName("brazilsouth");
        world.joining.add(new Joining.Joiner(brazil, "stage5", true, true, false, "LIVE"));
        completed("7");
        var stages = Map.of("stage5", new PlanSpec.StageSpec(null, 1, null));
        world.start(
                "8",
                RolloutKind.SAFE,
                new PlanSpec(null, BAKE, stages, null, null, null, null, null, null, null, null),
                Duration.ZERO);
        until("stage5", StageState.BAKING);
        world.failing.add(brazil);
        world.passAll(Duration.ofSeconds(1));
        world.failing.clear();
        world.passAll(Duration.ofMinutes(3));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.serving("brazilsouth")).isEqualTo("7");
        completed("9");
        assertThat(world.serving("brazilsouth")).isEqualTo("9");
    }

    private void brazilIsTakenBackFrom8To7() {
        var brazil = new RegionName("brazilsouth");
        world.joining.add(new Joining.Joiner(brazil, "stage5", true, true, false, "LIVE"));
        completed("7");
        completed("8");
        world.rollBack("7", Optional.of(brazil));
        world.passAll(Duration.ofSeconds(5));
    }

    @Test
    void a_live_region_that_a_person_took_back_alone_is_not_given_the_version_again_when_its_hold_ends() {
        brazilIsTakenBackFrom8To7();
        var held = world.deployment;

        // A person lifts the hold.
        world.deployment = held.holdingRegions(Map.of());
        world.passAll(Duration.ofSeconds(5));
        assertThat(world.serving("brazilsouth")).isEqualTo("7");

        // Or starts another version elsewhere, which ends the hold too.
        world.deployment = held;
        var elsewhere = oneByOne(OnFail.REVERT).reaching(new PlanSpec.Reach.Only("stage2"));
        world.start("9", RolloutKind.SAFE, elsewhere, Duration.ZERO);
        world.passAll(Duration.ofMinutes(1));
        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.deployment.regionHolds()).isEmpty();
        assertThat(world.serving("brazilsouth")).isEqualTo("7");

        completed("10");
        assertThat(world.serving("brazilsouth")).isEqualTo("10");
    }

    @Test
    void nor_when_a_newer_version_was_tried_elsewhere_and_put_back() {
        brazilIsTakenBackFrom8To7();
        world.start("9", BAKE, Duration.ZERO);
        until("stage5", StageState.BAKING);
        assertThat(world.serving("brazilsouth")).isEqualTo("9");
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.passAll(Duration.ofMinutes(1));

        // The others have 8 again, given by a newer rollout than the one that took this region back.
        assertThat(world.serving("westeurope")).isEqualTo("8");
        assertThat(world.deployment.regionHolds()).isEmpty();
        assertThat(world.serving("brazilsouth")).isEqualTo("7");

        world.start("8", BAKE, Duration.ZERO).passAll(Duration.ofMinutes(5));
        assertThat(world.serving("brazilsouth")).isEqualTo("8");
    }

    @Test
    void a_region_that_had_joined_with_it_follows_a_rollback_too() {
        completed("7");
        world.start("8", BAKE, Duration.ZERO);
        until("stage2", StageState.SEALED);
        joiner("stage2", true);
        world.settleAll();
        assertThat(world.serving("norwayeast")).isEqualTo("8");
        world.rollBack("auto");
        world.settleAll();

        assertThat(world.serving("norwayeast")).isEqualTo("7");
    }

    @Test
    void rg07_a_hotfix_that_completes_while_it_is_seeded_is_what_it_ends_with() {
        completed("7");
        joiner("stage5", false);
        world.notHolding.add(NEW);
        world.start("7.1", RolloutKind.HOTFIX, PlanSpec.DEFAULT.baking(BAKE), Duration.ZERO);
        world.passAll(Duration.ofSeconds(30));
        joiner("stage5", true);
        world.notHolding.clear();
        world.passAll(Duration.ofMinutes(3));

        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.serving("norwayeast")).isEqualTo("7.1");
    }

    @Test
    void the_stage_is_not_sealed_before_the_joining_region_has_converged() {
        completed("7");
        joiner("stage4", false);
        world.settleAll();
        assertThat(world.serving("norwayeast")).isEqualTo("7");
        world.start("8", BAKE, Duration.ZERO);
        world.passAll(Duration.ofMinutes(5));
        assertThat(world.rollout.stage("stage4").orElseThrow().state()).isEqualTo(StageState.GATING);
        assertThat(world.waiting("ro-2")).contains("norwayeast is SEEDING");
        assertThat(world.serving("norwayeast")).isEqualTo("7");
        joiner("stage4", true);
        world.notConverged.add(NEW);
        world.passAll(Duration.ofMinutes(1));
        assertThat(world.serving("norwayeast")).isEqualTo("8");
        assertThat(world.waiting("ro-2")).contains("node is behind");
        world.notConverged.clear();
        world.passAll(Duration.ofMinutes(3));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.rollout.stage("stage4").orElseThrow().task(NEW).state())
                .isEqualTo(TaskState.SEALED);
    }

    @Test
    void a_joining_region_that_is_held_keeps_no_stage_open() {
        completed("7");
        joiner("stage4", false);
        world.start("8", BAKE, Duration.ZERO);
        world.passAll(Duration.ofMinutes(2));
        assertThat(world.waiting("ro-2")).contains("norwayeast");
        world.joining.clear();
        world.joining.add(new Joining.Joiner(NEW, "stage4", true, false, true, "HELD"));
        world.passAll(Duration.ofMinutes(3));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void a_revert_puts_a_region_back_that_had_joined_the_rollout() {
        completed("7");
        joiner("stage2", true);
        world.settleAll();
        world.start("8", BAKE, Duration.ZERO);
        until("stage2", StageState.SEALED);
        assertThat(world.serving("norwayeast")).isEqualTo("8");
        until("stage4", StageState.BAKING);
        world.failing.add(new RegionName("westus"));
        world.passAll(Duration.ofMinutes(3));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.serving("norwayeast")).isEqualTo("7");
    }

    /** A plan that moves one region at a time. */
    private static PlanSpec oneByOne(OnFail onFail) {
        return new PlanSpec(null, BAKE, Map.of(), 1, BAKE, null, null, onFail, null, null, null);
    }

    /** Version 8 is halted while it bakes in the first wave of stage5. */
    private void haltedInTheFirstWaveOfTheLastStage() {
        world.start("8", RolloutKind.SAFE, oneByOne(OnFail.REVERT), Duration.ZERO);
        until("stage5", StageState.BAKING);
        world.take(Steering.halt(world.rollout, world.deployment, "", world.now));
        assertThat(world.deployment.stages()).containsEntry("stage5", new VersionLabel("8"));
    }

    @Test
    void a_version_that_was_halted_inside_a_stage_comes_to_no_further_region_of_it_by_itself() {
        completed("7");
        var planned = new RegionName("brazilsouth");
        var switched = new RegionName("westeurope");
        world.joining.add(new Joining.Joiner(planned, "stage5", true, true, false, "LIVE"));
        world.joining.add(new Joining.Joiner(switched, "stage5", true, true, false, "LIVE"));
        haltedInTheFirstWaveOfTheLastStage();
        world.joining.add(new Joining.Joiner(NEW, "stage5", true, true, false, "DARK"));
        world.joining.add(new Joining.Joiner(new RegionName("uksouth"), "stage4", true, true, false, "DARK"));
        world.passAll(Duration.ofMinutes(1));

        assertThat(world.serving("brazilsouth")).isEqualTo("7");
        assertThat(world.serving("norwayeast")).isEqualTo("7");
        // Halted means left as it is; and what a stage has sealed it has.
        assertThat(world.serving("westeurope")).isEqualTo("8");
        assertThat(world.serving("uksouth")).isEqualTo("8");

        completed("9");
        assertThat(world.serving("norwayeast")).isEqualTo("9");
    }

    @Test
    void a_version_that_its_plan_halted_inside_a_stage_comes_to_no_region_that_joins_it() {
        completed("7");
        world.start("8", RolloutKind.SAFE, oneByOne(OnFail.HALT), Duration.ZERO);
        world.take(Approvals.approve(world.rollout, world.deployment, "stage2", "hash", "grace", world.now));
        until("stage5", StageState.BAKING);
        world.gate = (plan, evidence, now) -> new Verdict(Verdict.Outcome.FAIL, "errors", null);
        world.passAll(Duration.ofMinutes(1));
        assertThat(world.rollout.state()).isEqualTo(RolloutState.HALTED);
        joiner("stage5", true);
        world.settleAll();

        assertThat(world.serving("norwayeast")).isEqualTo("7");
    }

    @Test
    void a_region_that_a_halted_rollout_left_out_is_owed_what_its_stage_had_before() {
        completed("7");
        var brazil = new RegionName("brazilsouth");
        var europe = new RegionName("westeurope");
        world.start("8", RolloutKind.SAFE, World.budget(1), Duration.ZERO);
        until("stage4", StageState.BAKING);
        world.unreachable.add(brazil);
        until("stage5", StageState.BAKING);
        assertThat(world.deployment.owed()).containsOnlyKeys(brazil);
        world.take(Steering.halt(world.rollout, world.deployment, "", world.now));
        world.unreachable.clear();
        world.passAll(Duration.ofMinutes(1));

        assertThat(world.deployment.owed()).isEmpty();
        assertThat(world.serving("brazilsouth")).isEqualTo("7");
        assertThat(world.deployment.versionIn(europe)).contains(new VersionLabel("8"));
    }

    @Test
    void a_version_that_was_halted_and_is_started_again_and_fails_leaves_its_stage_with_what_it_had_before() {
        completed("7");
        haltedInTheFirstWaveOfTheLastStage();
        world.start("8", BAKE, Duration.ZERO);
        until("stage5", StageState.BAKING);
        joiner("stage5", true);
        world.settleAll();
        assertThat(world.serving("norwayeast")).isEqualTo("7");
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.settleAll();

        assertThat(world.deployment.stages()).containsEntry("stage5", new VersionLabel("7"));
        assertThat(world.serving("norwayeast")).isEqualTo("7");
    }

    @Test
    void a_version_that_nobody_had_for_a_whole_bake_is_never_shown_first_by_a_new_region() {
        joiner("stage1", true);
        world.start("1", BAKE, Duration.ZERO);
        until("stage2", StageState.BAKING);
        world.settleAll();
        assertThat(world.serving("norwayeast")).isEmpty();
        until("stage2", StageState.SEALED);
        world.settleAll();

        assertThat(world.serving("norwayeast")).isEqualTo("1");
    }
}
