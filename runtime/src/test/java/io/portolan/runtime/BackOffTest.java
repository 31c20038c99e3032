package io.portolan.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The pauses that stand in docs/build-extensions/controllers.md. */
class BackOffTest {
    private static final ProcessSettings STANDARD = ProcessSettings.of(Path.of("/nowhere"), "westus");
    private static final double MOST = Math.nextDown(1.0);

    @Test
    void pausesDoubleUpToAMinuteAndStayThere() {
        var backOff = new BackOff(STANDARD, () -> MOST);
        var pauses = new ArrayList<Long>();
        for (int i = 0; i < 30; i++) {
            pauses.add(Math.round(backOff.failed(Duration.ZERO).toMillis() / 100.0) * 100);
        }

        assertThat(pauses).startsWith(500L, 1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 32_000L, 60_000L);
        assertThat(pauses.subList(7, 30)).containsOnly(60_000L);
    }

    @Test
    void eachPauseIsAShareOfItThatDiffers() {
        var random = new Random(8);
        var shares = new ArrayList<Double>();
        for (int i = 0; i < 500; i++) {
            var pause = new BackOff(STANDARD, random::nextDouble).failed(Duration.ZERO);
            shares.add(pause.toNanos() / (double) STANDARD.backOff().toNanos());
        }

        assertThat(shares).allMatch(share -> share >= BackOff.LEAST && share < 1);
        assertThat(shares).anyMatch(share -> share < 0.8).anyMatch(share -> share > 0.95);
    }

    @Test
    void whatWasReadyForAMinuteBeginsAnew() {
        var backOff = new BackOff(STANDARD, () -> MOST);
        for (int i = 0; i < 5; i++) {
            backOff.failed(Duration.ofSeconds(59));
        }
        assertThat(backOff.failures()).isEqualTo(5);
        assertThat(backOff.loops()).isTrue();

        var pause = backOff.failed(Duration.ofMinutes(1));

        assertThat(pause).isBetween(Duration.ofMillis(499), Duration.ofMillis(500));
        assertThat(backOff.failures()).isEqualTo(1);
        assertThat(backOff.loops()).isFalse();
        assertThat(List.of(backOff.failed(Duration.ZERO), backOff.failed(Duration.ZERO)))
                .allMatch(next -> next.compareTo(pause) > 0);
    }
}
