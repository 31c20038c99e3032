package io.portolan.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Skew protection: how long the controllers of a replaced version stay (row 5.10). */
class VersionRetentionTest {
    private static final VersionLabel V1 = new VersionLabel("1.0");
    private static final VersionLabel V2 = new VersionLabel("2.0");
    private static final Duration DRAIN = Duration.ofMinutes(5);
    private static final Instant START = Instant.parse("2026-11-27T12:00:00Z");

    private VersionRetention state = VersionRetention.NONE;

    private Set<VersionLabel> at(Duration time, List<VersionLabel> named, Map<VersionLabel, Instant> uses) {
        return at(time, named, Set.of(V1, V2), uses, Set.of());
    }

    private Set<VersionLabel> at(
            Duration time,
            List<VersionLabel> named,
            Set<VersionLabel> held,
            Map<VersionLabel, Instant> uses,
            Set<VersionLabel> found) {
        state = state.next(named, held, uses, found, version -> DRAIN, START.plus(time));
        return state.running().keySet();
    }

    @Test
    void row_5_10_controllersOfAReplacedVersionStayUntilNoPageOfItIsSeenForTheDrainWindow() {
        assertThat(at(Duration.ZERO, List.of(V1), Map.of())).containsExactly(V1);
        assertThat(at(Duration.ofSeconds(1), List.of(V1, V2), Map.of())).containsExactly(V1, V2);

        // Replaced, with a page open that calls now and then.
        var used = START.plus(Duration.ofMinutes(4));
        assertThat(at(Duration.ofMinutes(5), List.of(V2), Map.of(V1, used))).containsExactly(V1, V2);
        assertThat(state.running().get(V1).reason()).isEqualTo(VersionRetention.Reason.IN_USE);
        assertThat(state.nextEnd()).isEqualTo(used.plus(DRAIN));
        assertThat(at(Duration.ofMinutes(9).minusSeconds(1), List.of(V2), Map.of(V1, used)))
                .contains(V1);

        assertThat(at(Duration.ofMinutes(9), List.of(V2), Map.of(V1, used))).containsExactly(V2);
        assertThat(state.nextEnd()).isEqualTo(Instant.MAX);
    }

    @Test
    void withoutAnyUseItStaysForTheDrainWindowAfterItWasReplaced() {
        at(Duration.ZERO, List.of(V1), Map.of());
        at(Duration.ofHours(1), List.of(V1), Map.of());

        assertThat(at(Duration.ofHours(1).plusSeconds(299), List.of(V2), Map.of()))
                .containsExactly(V1, V2);
        assertThat(at(Duration.ofHours(1).plusSeconds(300), List.of(V2), Map.of()))
                .containsExactly(V2);
    }

    @Test
    void aUseStartsWhatIsHeldAndNothingElse() {
        at(Duration.ZERO, List.of(V2), Map.of());
        var used = Map.of(V1, START.plusSeconds(60));

        assertThat(at(Duration.ofSeconds(60), List.of(V2), used)).containsExactly(V1, V2);
        assertThat(at(Duration.ofSeconds(61), List.of(V2), Set.of(V2), used, Set.of()))
                .as("its content may go")
                .containsExactly(V2);
    }

    @Test
    void aRollbackTakesUpWhatStillRuns() {
        at(Duration.ZERO, List.of(V1), Map.of());
        at(Duration.ofSeconds(10), List.of(V2), Map.of());

        assertThat(at(Duration.ofSeconds(20), List.of(V1), Map.of())).containsExactly(V1, V2);
        assertThat(state.running().get(V1).reason()).isEqualTo(VersionRetention.Reason.NAMED);
        assertThat(state.running().get(V2).text()).contains("pages in use; ends at");
    }

    @Test
    void aNodeThatStartsKeepsWhatItFindsRunning() {
        assertThat(at(Duration.ZERO, List.of(V2), Set.of(V1, V2), Map.of(), Set.of(V1)))
                .containsExactly(V1, V2);
        assertThat(at(DRAIN, List.of(V2), Map.of()))
                .as("found once, not for ever")
                .containsExactly(V2);
    }

    @Test
    void aClockThatWasSetBackKeepsNothingForEver() {
        at(Duration.ofHours(5), List.of(V1), Map.of());

        assertThat(at(Duration.ZERO, List.of(V2), Map.of())).containsExactly(V1, V2);
        assertThat(state.nextEnd()).isEqualTo(START.plus(DRAIN));
        assertThat(at(DRAIN, List.of(V2), Map.of())).containsExactly(V2);
    }
}
