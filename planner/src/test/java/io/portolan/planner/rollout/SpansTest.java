package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SpansTest {
    @Test
    void tellsLengthsAsPeopleDo() {
        assertThat(Spans.text(Duration.ofNanos(2_094_235_915L))).isEqualTo("2.0 s");
        assertThat(Spans.text(Duration.ofMillis(340))).isEqualTo("0.3 s");
        assertThat(Spans.text(Duration.ofMillis(45_900))).isEqualTo("45 s");
        assertThat(Spans.text(Duration.ofMinutes(30))).isEqualTo("30 min");
        assertThat(Spans.text(Duration.ZERO)).isEqualTo("0.0 s");
    }
}
