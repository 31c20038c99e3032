package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How many sessions speak, and how often. */
class TelemetryRateTest {
    private final io.portolan.testkit.MutableClock clock =
            new io.portolan.testkit.MutableClock(java.time.Instant.parse("2026-11-27T12:00:00Z"));

    @Test
    void eachSessionSpeaksForItselfWhileFewCome() {
        var rate = new TelemetryRate(clock, 500, 50);
        for (int i = 0; i < 2_000; i++) {
            clock.advance(Duration.ofMillis(25));

            assertThat(rate.every()).isEqualTo(1);
        }
    }

    @Test
    void row_3_10_someSpeakForAllWhenManyComeAndTheirNumberStaysRight() {
        var rate = new TelemetryRate(clock, 500, 50);
        long sessions = 0;
        long spokenFor = 0;
        long speaking = 0;
        for (int second = 0; second < 120; second++) {
            for (int i = 0; i < 1_000; i++) {
                clock.advance(Duration.ofNanos(1_000_000));
                int every = rate.every();
                sessions++;
                spokenFor += every;
                speaking += every > 0 ? 1 : 0;
            }
        }

        assertThat(spokenFor).isBetween(sessions * 97 / 100, sessions * 103 / 100);
        assertThat(speaking).isLessThan(sessions / 10);
    }

    @Test
    void whatComesAtOnceIsBoundedForAllTogether() {
        var rate = new TelemetryRate(clock, 100, 50);
        var random = new Random(1);
        int taken = 0;
        for (int i = 0; i < 5_000; i++) {
            taken += rate.admits("session" + random.nextInt(20_000)) ? 1 : 0;
        }

        assertThat(taken).isEqualTo(200);
        clock.advance(Duration.ofSeconds(1));
        assertThat(rate.admits("another")).isTrue();
    }

    @Test
    void aTokenEndsAndAnotherNodesIsNone() {
        var tokens = new TelemetryTokens(clock);
        var token = tokens.issue("Contoso_Orders", "1.0.0-rc.1", "s", 4);

        assertThat(tokens.look(token))
                .isEqualTo(new TelemetryTokens.Verdict.Good(
                        new TelemetryTokens.Granted("Contoso_Orders", "1.0.0-rc.1", "s", 4)));
        assertThat(new TelemetryTokens(clock).look(token))
                .isEqualTo(new TelemetryTokens.Verdict.Bad(TelemetryTokens.Fault.UNKNOWN_KEY));
        clock.advance(TelemetryTokens.LIFETIME.plusSeconds(1));
        assertThat(tokens.look(token)).isEqualTo(new TelemetryTokens.Verdict.Bad(TelemetryTokens.Fault.EXPIRED));
    }

    @Test
    void aWindowForgetsWhatIsOlder() {
        var window = new SourceWindow(clock);
        window.add("a", 1, 10, 0);
        window.add("b", 5, 10, 0);
        window.add("c", 1, 0, 3);
        assertThat(window.read("edge")).isEqualTo(new io.portolan.protocol.SourceCounters("edge", 20, 3, 7, 1, 15));
        clock.advance(Duration.ofSeconds(10));
        window.add("a", 1, 1, 1);
        assertThat(window.read("edge")).isEqualTo(new io.portolan.protocol.SourceCounters("edge", 21, 4, 7, 2, 15));
        clock.advance(Duration.ofSeconds(5));
        assertThat(window.read("edge")).isEqualTo(new io.portolan.protocol.SourceCounters("edge", 1, 1, 1, 1, 15));
        clock.advance(Duration.ofSeconds(60));
        assertThat(window.read("edge")).isEqualTo(new io.portolan.protocol.SourceCounters("edge", 0, 0, 0, 0, 15));
    }
}
