package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The executor and the embedded store under crashes, in virtual time; {@code bench/simulate.sh} plays many more rollouts
 * ({@code portolan.rollouts}, {@code portolan.seed}).
 */
class ControlSimulationTest {
    private static final int ROLLOUTS = Integer.getInteger("portolan.rollouts", 100);
    private static final long SEED = Long.getLong("portolan.seed", 1);

    @TempDir
    private Path folder;

    @Test
    void rolloutsKeepTheInvariantsThroughCrashes() {
        int rollouts = 0;
        int crashes = 0;
        int turns = 0;
        int adopted = 0;
        int extended = 0;
        int given = 0;
        int lives = 0;
        long seed = SEED;
        for (; rollouts < ROLLOUTS; seed++) {
            try (var disk = new StormDisk(folder.resolve("state-" + seed + ".db"), true)) {
                var storm = new ControlStorm(disk, new Random(seed), Parts.TRUE).play();
                rollouts += storm.rollouts();
                crashes += storm.crashes();
                turns += storm.turns();
                adopted += storm.adopted();
                extended += storm.extended();
                given += storm.given();
                lives += storm.lives();
            } catch (RuntimeException | Broken e) {
                fail("seed " + seed, e);
            }
        }
        System.out.printf(
                "simulation: seeds %d to %d, %d rollouts, %d overrides taken over, %d of them for regions that told of them late, %d versions given to joining regions, %d of these came to all of their users, %d crashes, %d turns, %d s of CPU%n",
                SEED,
                seed - 1,
                rollouts,
                adopted,
                extended,
                given,
                lives,
                crashes,
                turns,
                ProcessHandle.current()
                        .info()
                        .totalCpuDuration()
                        .orElse(Duration.ZERO)
                        .toSeconds());
        assertThat(crashes).isPositive();
        assertThat(adopted).isPositive();
        assertThat(given).isPositive();
        assertThat(lives).isPositive();
    }
}
