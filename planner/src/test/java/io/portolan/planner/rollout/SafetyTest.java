package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutState;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What keeps a rollout safe beside the bake: waves, ramps, approvals, windows, incidents, the verbs. */
class SafetyTest {
    private static final RegionName WESTEUROPE = new RegionName("westeurope");
    private static final RegionName SOUTHEASTASIA = new RegionName("southeastasia");
    private static final RegionName BRAZILSOUTH = new RegionName("brazilsouth");
    private static final Duration BAKE = Duration.ofSeconds(10);

    private final World world = new World();

    @Test
    void pairedRegionsAreNeverUnsealedTogether() {
        world.pairs.put(WESTEUROPE, List.of(BRAZILSOUTH));
        world.good();
        world.start("2.0", World.spec(Map.of(), null, null, null, null)).settle();
        boolean both = false;
        for (int i = 0; i < 120; i++) {
            world.pass(Duration.ofSeconds(1));
            both |= world.rollout.unsealedRegions().containsAll(List.of(WESTEUROPE, BRAZILSOUTH));
        }

        assertThat(both).isFalse();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void neverMoreRegionsAtOnceThanTheCap() {
        world.good();
        world.start("2.0", World.spec(Map.of(), 1, null, null, null)).settle();
        int most = 0;
        for (int i = 0; i < 120; i++) {
            world.pass(Duration.ofSeconds(1));
            most = Math.max(most, world.rollout.unsealedRegions().size());
        }

        assertThat(most).isEqualTo(1);
        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void rampsWithinARegionAndNeverBack() {
        world.good();
        world.start("2.0", World.spec(Map.of(), null, List.of(new RolloutPlan.RampStep(10, BAKE)), null, null))
                .settle();

        var region = new RegionName("westcentralus");
        assertThat(world.deployment.regions().get(region)).satisfies(pointer -> {
            assertThat(pointer.rampPercent()).isEqualTo(10);
            assertThat(pointer.previous()).isEqualTo("1.0");
        });
        world.pass(BAKE);
        assertThat(world.deployment.regions().get(region))
                .satisfies(pointer -> assertThat(pointer.rampPercent()).isEqualTo(100));
        assertThat(world.states()).startsWith("SKIPPED BAKING");
        assertThat(world.finish().rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void approvalsAreBoundToThePlanExpireAndNeedAnotherPerson() {
        var spec = World.spec(Map.of("stage2", new PlanSpec.StageSpec(null, null, true)), null, null, null, true);
        world.start("1.0", spec).settle();
        assertThat(((Step.Wait) world.last).text()).contains("approve ro-1 --stage stage2");

        assertThatThrownBy(() -> Approvals.approve(world.rollout, world.deployment, "stage2", "", "test", world.now))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(Refusal.Code.POLICY));
        assertThatThrownBy(
                        () -> Approvals.approve(world.rollout, world.deployment, "stage2", "other", "ada", world.now))
                .hasMessageContaining("plan hash");

        var early = world.now.minus(Duration.ofDays(2));
        world.take(Approvals.approve(world.rollout, world.deployment, "stage2", "hash", "ada", early));
        assertThat(world.settle().states()).startsWith("SKIPPED PENDING");
        world.take(Approvals.approve(world.rollout, world.deployment, "stage2", "hash", "ada", world.now));
        assertThat(world.settle().states()).startsWith("SKIPPED BAKING");
    }

    @Test
    void windowsStopForwardMovesOnly() {
        world.good();
        world.start("2.0").settle();
        world.windows.add(new Window(
                "wi-1",
                Window.Kind.DENY,
                "",
                "",
                ZoneOffset.UTC,
                Set.of(),
                null,
                null,
                world.now,
                world.now.plus(Duration.ofHours(1)),
                "freeze"));
        world.pass(Duration.ofMinutes(5));

        assertThat(world.states()).isEqualTo("SKIPPED SEALED PENDING PENDING PENDING");
        assertThat(((Step.Wait) world.last).until())
                .isEqualTo(world.windows.getFirst().end());
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        assertThat(world.settle().serving("westcentralus")).isEqualTo("1.0");
    }

    @Test
    void openIncidentsStopForwardMoves() {
        world.blockers.add("incident in-1 is open");
        world.start("1.0").settle().pass(Duration.ofMinutes(5));

        assertThat(((Step.Wait) world.last).text()).contains("in-1");
        world.blockers.clear();
        assertThat(world.settle().states()).startsWith("SKIPPED BAKING");
    }

    @Test
    void abortBeatsAdvanceInAnyOrder() {
        world.good();
        world.start("2.0").settle();
        var rollout = world.rollout;
        var deployment = world.deployment;
        world.take(Steering.advance(rollout, deployment, ""));
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        assertThat(world.settle().rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);

        var aborted = Steering.abort(rollout, deployment, "", world.now);
        assertThatThrownBy(() -> Steering.advance(aborted.rollout(), aborted.deployment(), ""))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void anInconclusiveGatePausesForAPersonInTheEnd() {
        world.good();
        world.gate = (plan, evidence, now) -> new Verdict(Verdict.Outcome.INCONCLUSIVE, "too few samples", null);
        world.start("2.0").settle().pass(Duration.ofMinutes(65));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.PAUSED);
        assertThat(world.states()).isEqualTo("SKIPPED GATING PENDING PENDING PENDING");
        world.gate = Gate.TIME;
        world.take(Steering.resume(world.rollout, world.deployment, "", world.now));
        assertThat(world.finish().rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void row_6_7_theBakeClockStartsWhenTheWaveHasConverged() {
        world.good();
        world.notConverged.add(SOUTHEASTASIA);
        world.start("2.0").settle().pass(Duration.ofMinutes(2));
        assertThat(world.states()).endsWith("CONVERGING");
        world.notConverged.clear();
        var before = world.now;
        world.settle();

        assertThat(world.rollout.stages().getLast().convergedAt()).isEqualTo(before);
        assertThat(world.rollout.stages().getLast().healthyFor()).isZero();
    }
}
