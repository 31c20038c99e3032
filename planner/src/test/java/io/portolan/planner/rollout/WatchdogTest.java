package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WatchdogTest {
    private static final Duration LONG = Duration.ofMinutes(31);

    private final World world = new World();

    private boolean alarms(Duration stood) {
        return world.next() instanceof Step.Wait wait
                && Watchdog.alarm(world.rollout, wait, world.now.minus(stood), world.now)
                        .isPresent();
    }

    @Test
    void aRolloutThatWaitsForNodesForTooLongIsSaid() {
        world.good();
        world.notHolding.add(new RegionName("westcentralus"));
        world.start("2.0").settle();

        assertThat(alarms(Duration.ofMinutes(30))).isFalse();
        assertThat(alarms(LONG)).isTrue();
        assertThat(Watchdog.alarm(world.rollout, (Step.Wait) world.next(), world.now.minus(LONG), world.now))
                .hasValueSatisfying(text -> assertThat(text)
                        .isEqualTo("rollout ro-2 of 2.0 has stood for 31 min: stage2: waiting until every node holds"
                                + " 2.0: westcentralus: node lacks 7 bytes"));
    }

    @Test
    void whoeverPausedItOrHasToApproveItKnows() {
        world.good();
        world.start(
                        "2.0",
                        World.spec(Map.of("stage2", new PlanSpec.StageSpec(null, null, true)), null, null, null, null))
                .settle();
        assertThat(alarms(LONG)).isFalse();
        world.start("3.0").settle();
        world.take(Steering.pause(world.rollout, world.deployment, "", world.now));
        world.notHolding.add(new RegionName("westcentralus"));

        assertThat(alarms(LONG)).isFalse();
    }

    @Test
    void aBakeIsNoStanding() {
        world.good();
        world.start("2.0", Duration.ofHours(6), Duration.ZERO).settle();

        assertThat(alarms(LONG)).isFalse();
    }
}
