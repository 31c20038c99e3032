package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.testkit.MutableClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What is counted of sessions that ask no CDN, and for how long. */
class DarkSessionsTest {
    private static final Instant START = Instant.parse("2026-11-27T10:30:00Z");

    private final MutableClock clock = new MutableClock(START);
    private final DarkSessions dark = new DarkSessions(clock);

    @Test
    void aSessionCountsOnceHoweverOftenItTells() {
        dark.add("a", 1, 3, 30, false);
        dark.add("a", 1, 2, 20, true);
        dark.add("a", 1, 0, 0, true);
        dark.add("b", 10, 40, 400, false);

        var seen = dark.read();
        assertThat(seen.sessions()).isEqualTo(11);
        assertThat(seen.failing()).isEqualTo(1);
        assertThat(seen.files()).isEqualTo(45);
        assertThat(seen.bytes()).isEqualTo(450);
        assertThat(seen.lastAt()).isEqualTo(START);
    }

    @Test
    void oneThatSpeaksForNobodyCountsOnlyWhenItLackedAFile() {
        dark.add("a", 0, 0, 0, false);
        assertThat(dark.read().sessions()).isZero();
        assertThat(dark.read().lastAt()).isNull();

        dark.add("a", 0, 0, 0, true);
        assertThat(dark.read().sessions()).isEqualTo(1);
        assertThat(dark.read().failing()).isEqualTo(1);
    }

    @Test
    void whatIsOlderThanADayIsForgottenByTheHour() {
        dark.add("a", 1, 1, 10, false);
        clock.advance(Duration.ofHours(23));
        dark.add("b", 1, 2, 20, false);
        assertThat(dark.read().sessions()).isEqualTo(2);

        clock.advance(Duration.ofHours(1));

        assertThat(dark.read().sessions()).isEqualTo(1);
        assertThat(dark.read().files()).isEqualTo(2);
    }

    @Test
    void keepsNoMoreSessionsThanItsLimit() {
        for (int i = 0; i <= DarkSessions.MOST_SESSIONS; i++) {
            dark.add("s" + i, 1, 1, 1, false);
        }
        dark.add("s0", 1, 1, 1, false);

        assertThat(dark.read().sessions()).as("the first was forgotten").isEqualTo(DarkSessions.MOST_SESSIONS + 2);
    }
}
