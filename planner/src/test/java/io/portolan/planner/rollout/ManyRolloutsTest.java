package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several rollouts of one extension at once in random worlds; {@code -Dportolan.storms=N} plays more of them. */
class ManyRolloutsTest {
    private static final int STORMS = Integer.getInteger("portolan.storms", 40);

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void everyStepKeepsTheInvariantsAndEverythingEnds(long seed) {
        int started = 0;
        int steps = 0;
        for (int i = 0; i < STORMS; i++) {
            long own = seed * 1_000_000 + i;
            try {
                var storm = new Storm(new Random(own), Storm.TRUE).play();
                started += storm.started();
                steps += storm.steps();
            } catch (RuntimeException e) {
                fail("seed " + own, e);
            }
        }
        System.out.printf("storms: seed %d, %d storms, %d commands to start, %d steps%n", seed, STORMS, started, steps);
        assertThat(started).isGreaterThan(STORMS);
    }

    /** Storms in which the only region of a stage was taken back to last known good after a rollout of that stage alone. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1_000_384, 2_000_143})
    void theOnlyRegionOfAStageKeepsWhatARolloutOfThatStageAloneGaveIt(long seed) {
        assertThat(new Storm(new Random(seed), Storm.TRUE).play().started()).isPositive();
    }
}
