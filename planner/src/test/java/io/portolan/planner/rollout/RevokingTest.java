package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.RegionName;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What stands against revoking a version, and what leads to it afterwards: nothing. */
class RevokingTest {
    private static final VersionLabel ONE = new VersionLabel("1.0");
    private static final RegionName WESTUS = new RegionName("westus");

    private final World world = new World();

    @Test
    void aSlotIsNoWayToARevokedVersion() {
        world.good();
        world.start("2.0").finish();
        world.revoked.add(ONE);

        assertThatThrownBy(() -> world.rollBack(Slot.PREVIOUS_LKG.label()))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("slot previous-lkg is 1.0, which is revoked")
                .hasMessageContaining("--to VERSION");
    }

    @Test
    void whatAStageHadIsNeededUntilTheRolloutHasEnded() {
        world.good();
        world.start("2.0").settle();
        assertThat(Revoking.needed(world.deployment, List.of(world.rollout), ONE))
                .hasValueSatisfying(why -> assertThat(why).contains("would go back to it if rollout ro-2"));

        world.finish();

        assertThat(Revoking.needed(world.deployment, List.of(), ONE)).isEmpty();
    }

    @Test
    void theOtherShareOfAHaltedRampIsNeeded() {
        world.good();
        var ramping = world.deployment.pointing(Map.of(WESTUS, "2.0"), 2, 25);

        assertThat(Revoking.needed(ramping, List.of(), ONE))
                .hasValueSatisfying(why -> assertThat(why).startsWith("75 % of the sessions of westus have it"));
        assertThat(Revoking.needed(ramping.pointing(Map.of(WESTUS, "2.0"), 2), List.of(), ONE))
                .isEmpty();
    }

    @Test
    void whatAStageHadBeforeARolloutThatWasHaltedInsideItIsNeeded() {
        world.good();
        world.start("2.0").settle();
        var halted = Steering.halt(world.rollout, world.deployment, "", world.now);

        assertThat(halted.cause()).isEqualTo("halted; regions that come to stage2 get 1.0");
        assertThat(halted.rollout().reason()).isEqualTo(halted.cause());
        assertThat(halted.deployment().ofStages()).contains(ONE, new VersionLabel("2.0"));
        assertThat(Revoking.needed(halted.deployment(), List.of(), ONE))
                .hasValueSatisfying(why -> assertThat(why).startsWith("regions that come to stage2 get it"));
    }

    @Test
    void nothingLeadsThereAfterwards() {
        world.good();
        world.start("2.0").finish();
        world.start("3.0").finish();
        var two = new VersionLabel("2.0");

        var without = world.deployment.without(two);

        assertThat(without.slots())
                .containsOnly(Map.entry(Slot.LKG, new VersionLabel("3.0")), Map.entry(Slot.PREVIOUS_LKG, ONE));
        assertThat(without.choosable()).doesNotContain(two);
        assertThat(without.sealedBefore(WESTUS, new VersionLabel("3.0"))).contains(ONE);
        assertThat(without.without(two)).as("told twice").isEqualTo(without);
        // A region that joins takes what its stage has, but for this.
        var named = world.deployment.staging(Map.of("stage5", "2.0")).without(two);
        assertThat(Joining.wanted(named, List.of(), new RegionName("japaneast"), "stage5"))
                .contains(new VersionLabel("3.0"));
        assertThat(world.deployment.without(new VersionLabel("9.9"))).isSameAs(world.deployment);
    }
}
