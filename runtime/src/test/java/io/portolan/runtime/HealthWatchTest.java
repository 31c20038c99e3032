package io.portolan.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.controller.HealthCheck;
import io.portolan.runtime.HealthWatch.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With the standard check: every 2 s, 2 s each, three in a row. */
class HealthWatchTest {
    private static final HealthProbe.Answer GOOD = new HealthProbe.Answer("", "ok", false);
    private static final HealthProbe.Answer WRONG = new HealthProbe.Answer("answers 500", "", false);
    private static final HealthProbe.Answer SILENT = new HealthProbe.Answer("request timed out", "", true);

    private Instant now = Instant.parse("2026-11-27T12:00:00Z");
    private final Instant begun = now;
    private @Nullable Duration cpu = Duration.ofSeconds(3);
    private Duration late = Duration.ofMillis(5);
    private HealthWatch watch = new HealthWatch(HealthCheck.STANDARD, () -> Optional.ofNullable(cpu));

    @BeforeEach
    void isGoodAtFirst() {
        assertThat(look(GOOD, false)).isEqualTo(Verdict.STAYS);
    }

    /** Takes a look as the caller of a watch does, a silent one to its end, and then the pause. */
    private Verdict look(HealthProbe.Answer answer, boolean callsWait) {
        var start = now;
        var limit = watch.timeout(callsWait);
        now = now.plus(answer.isSilent() ? limit.plus(late) : Duration.ofMillis(5));
        return watch.looked(answer, limit, start, now);
    }

    private Verdict until(Verdict expected, HealthProbe.Answer answer, boolean callsWait, double cores) {
        var verdict = Verdict.STAYS;
        for (int i = 0; i < 100 && verdict != expected; i++) {
            var pause = watch.pause(callsWait);
            now = now.plus(pause);
            if (cpu != null) {
                cpu = cpu.plus(times(pause.plus(answer.isSilent() ? watch.timeout(callsWait) : Duration.ZERO), cores));
            }
            verdict = look(answer, callsWait);
            if (verdict != expected) {
                assertThat(verdict).isEqualTo(Verdict.STAYS);
            }
        }
        return verdict;
    }

    private static Duration times(Duration duration, double factor) {
        return Duration.ofNanos((long) (duration.toNanos() * factor));
    }

    private Duration taken() {
        return Duration.between(begun, now);
    }

    @Test
    void aFrozenOneIsGivenUpWithinFourSecondsWhileCallsWait() {
        assertThat(until(Verdict.FROZEN, SILENT, true, 0)).isEqualTo(Verdict.FROZEN);

        assertThat(taken()).isBetween(Duration.ofSeconds(4), Duration.ofMillis(4_100));
        assertThat(watch.bad()).isEqualTo(3);
    }

    @Test
    void anIdleJvmsOwnThreadsAreNoSignOfLife() {
        assertThat(until(Verdict.FROZEN, SILENT, true, 0.005)).isEqualTo(Verdict.FROZEN);
    }

    @Test
    void oneThatIsBusyIsJudgedAsIfNobodyHadLookedSoOften() {
        assertThat(until(Verdict.FAILED, SILENT, true, 0.05)).isEqualTo(Verdict.FAILED);

        assertThat(taken()).isGreaterThan(Duration.ofSeconds(8));
    }

    @Test
    void aNodeThatIsLateItselfCallsNothingFrozen() {
        late = Duration.ofMillis(300);

        assertThat(until(Verdict.FAILED, SILENT, true, 0)).isEqualTo(Verdict.FAILED);
    }

    @Test
    void whereNobodyTellsWhatItUsesNothingIsFrozen() {
        cpu = null;

        assertThat(until(Verdict.FAILED, SILENT, true, 0)).isEqualTo(Verdict.FAILED);
    }

    @Test
    void withoutCallsItIsLookedAtAsItsCheckSays() {
        assertThat(watch.timeout(false)).isEqualTo(Duration.ofSeconds(2));
        assertThat(watch.pause(false)).isEqualTo(Duration.ofSeconds(2));

        assertThat(until(Verdict.FAILED, SILENT, false, 1)).isEqualTo(Verdict.FAILED);

        assertThat(taken()).isGreaterThanOrEqualTo(Duration.ofSeconds(12));
    }

    @Test
    void wrongAnswersAreNoSilence() {
        assertThat(until(Verdict.FAILED, WRONG, true, 0)).isEqualTo(Verdict.FAILED);

        assertThat(watch.bad()).isEqualTo(3);
    }

    @Test
    void aGoodAnswerBetweenBeginsAnew() {
        now = now.plusSeconds(1);
        assertThat(look(SILENT, true)).isEqualTo(Verdict.STAYS);
        assertThat(look(SILENT, true)).isEqualTo(Verdict.STAYS);
        assertThat(look(GOOD, true)).isEqualTo(Verdict.STAYS);

        assertThat(look(SILENT, true)).isEqualTo(Verdict.STAYS);
        assertThat(look(SILENT, true)).isEqualTo(Verdict.STAYS);
        assertThat(look(SILENT, true)).isEqualTo(Verdict.FROZEN);
    }
}
