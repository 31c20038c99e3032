package io.portolan.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class MutableClockTest {
    @Test
    void movesOnlyWhenTold() {
        var start = Instant.parse("2026-11-23T10:00:00Z");
        var clock = new MutableClock(start);

        assertThat(clock.instant()).isEqualTo(start);
        assertThat(clock.advance(Duration.ofMinutes(30))).isEqualTo(start.plusSeconds(1800));
        assertThat(clock.advance(Duration.ofMinutes(-40))).isEqualTo(start.minusSeconds(600));
        clock.set(Instant.EPOCH);
        assertThat(clock.instant()).isEqualTo(Instant.EPOCH);
    }
}
