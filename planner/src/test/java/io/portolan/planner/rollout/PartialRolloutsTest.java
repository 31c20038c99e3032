package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Rollouts of some stages, and rollouts without health checks. */
class PartialRolloutsTest {
    private static final Duration BAKE = Duration.ofSeconds(10);
    private static final PlanSpec ALL = PlanSpec.DEFAULT.baking(BAKE);

    private final World world = new World();

    private static PlanSpec only(String stage) {
        return ALL.reaching(new PlanSpec.Reach.Only(stage));
    }

    private static PlanSpec through(String stage) {
        return ALL.reaching(new PlanSpec.Reach.Through(stage));
    }

    private String lkg() {
        return String.valueOf(world.deployment.slots().get(Slot.LKG));
    }

    @Test
    void row_6_15_oneStageMovesAndNoOther() {
        world.good();
        world.start("2.0", only("stage3")).finish();

        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.rollout.stages()).extracting(StageProgress::name).containsExactly("stage3");
        assertThat(world.serving("southcentralus")).isEqualTo("2.0");
        assertThat(List.of("westcentralus", "westus", "westeurope", "southeastasia", "brazilsouth"))
                .allMatch(region -> world.serving(region).equals("1.0"));
        assertThat(world.deployment.stages().get("stage3")).isEqualTo(new VersionLabel("2.0"));
        assertThat(world.deployment.stages().get("stage4")).isEqualTo(new VersionLabel("1.0"));
        assertThat(lkg()).isEqualTo("1.0");
    }

    @Test
    void row_6_15_upToAStageAndNotBeyondIt() {
        world.good();
        world.start("2.0", through("stage3")).finish();

        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.states()).isEqualTo("SKIPPED SEALED SEALED");
        assertThat(world.serving("westcentralus")).isEqualTo("2.0");
        assertThat(world.serving("westus")).isEqualTo("1.0");
    }

    @Test
    void row_6_15_aPipelineThatDrivesTheStagesItselfEndsAtLastKnownGood() {
        world.good();
        for (var stage : List.of("stage2", "stage3", "stage4")) {
            world.start("2.0", only(stage)).finish();
            assertThat(lkg()).as(stage).isEqualTo("1.0");
        }
        world.start("2.0", only("stage5")).finish();

        assertThat(lkg()).isEqualTo("2.0");
        assertThat(world.deployment.slots().get(Slot.PREVIOUS_LKG)).isEqualTo(new VersionLabel("1.0"));
    }

    @Test
    void aFailureTakesBackItsOwnStageOnly() {
        world.good();
        world.start("2.0", only("stage2")).finish();
        world.failing.add(new RegionName("southcentralus"));
        world.start("2.1", only("stage3")).finish();

        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.serving("southcentralus")).isEqualTo("1.0");
        assertThat(world.serving("westcentralus")).isEqualTo("2.0");
    }

    @Test
    void aStageAloneWaitsForAnOlderRolloutThatHasNotLeftIt() {
        world.good();
        world.start("2.0", ALL).settleAll();
        var older = world.rollout.id();
        world.start("3.0", only("stage5")).settleAll();
        var alone = world.rollout.id();

        assertThat(world.waiting(alone)).contains(older).contains("until it has left stage5");
        world.passAll(Duration.ofMinutes(3));
        assertThat(world.rollout(older).state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.rollout(alone).state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.serving("westcentralus")).isEqualTo("2.0");
        assertThat(world.serving("westeurope")).isEqualTo("3.0");
        assertThat(lkg()).isEqualTo("2.0");
    }

    @Test
    void aStageAloneEndsNoRolloutThatHasMoreToDo() {
        world.good();
        world.blockers.add("an incident");
        world.start("2.0", ALL).settleAll();
        var all = world.rollout.id();
        world.start("3.0", only("stage2"));
        assertThat(world.rollout(all).state()).isEqualTo(RolloutState.RUNNING);

        world.start("4.0", only("stage2"));

        // Of the same stage, and not begun: nobody waits for it any more.
        assertThat(world.rollout("ro-3").state()).isEqualTo(RolloutState.SUPERSEDED);
        assertThat(world.rollout(all).state()).isEqualTo(RolloutState.RUNNING);
    }

    @Test
    void breakGlassOfAStageEndsWhatItMeetsThere() {
        world.good();
        world.start("2.0", only("stage5")).settleAll();
        world.start("2.1", only("stage2")).settleAll();
        world.start("3.0", RolloutKind.BREAK_GLASS, PlanSpec.DEFAULT.reaching(new PlanSpec.Reach.Only("stage2")), BAKE);

        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.RUNNING);
        assertThat(world.rollout("ro-3").state()).isEqualTo(RolloutState.SUPERSEDED);
    }

    @Test
    void refusesAStageThatIsNoneAndSettingsOfOneThatIsLeft() {
        assertThatThrownBy(() -> world.start("1.0", only("stage9"))).hasMessageContaining("stage5");
        var spec = World.spec(Map.of("stage5", new PlanSpec.StageSpec(null, 1, null)), null, null, null, null);
        assertThatThrownBy(() -> world.start("1.0", spec.reaching(new PlanSpec.Reach.Only("stage2"))))
                .hasMessageContaining("plan: stage stage5");
    }

    @Test
    void row_6_15_withAndWithoutHealthChecks() {
        world.good();
        world.gate = Gate.all(
                List.of(Gate.TIME, (plan, evidence, now) -> new Verdict(Verdict.Outcome.FAIL, "errors", null)));
        world.start("2.0", ALL).finish();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);

        world.reason = "the probe is broken, see ticket 7";
        world.start("2.1", ALL.checked(false)).settle();
        while (!world.states().contains("BAKING")) {
            world.pass(Duration.ofSeconds(1));
        }
        // The bake holds all the same.
        world.pass(BAKE.minusSeconds(2));
        assertThat(world.serving("southcentralus")).isEqualTo("1.0");
        world.finish();

        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.rollout.stages().getLast().verdict()).contains("health checks left out, as asked");
    }

    @Test
    void withoutHealthChecksAReasonIsNeededAndAFailingRegionStillEndsIt() {
        world.good();
        world.reason = "";
        assertThatThrownBy(() -> world.start("2.0", ALL.checked(false)))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("--reason");
        world.reason = "because";
        world.failing.add(new RegionName("westcentralus"));
        world.start("2.0", ALL.checked(false)).finish();

        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.serving("westcentralus")).isEqualTo("1.0");
    }
}
