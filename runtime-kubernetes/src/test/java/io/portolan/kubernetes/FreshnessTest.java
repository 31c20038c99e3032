package io.portolan.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class FreshnessTest {
    private final Freshness freshness = new Freshness();

    @Test
    void aWatchThatTellsWhatIsListedIsFresh() {
        assertThat(freshness.isStale(Map.of("a", "1"), Map.of("a", "1"))).isFalse();
        assertThat(freshness.isStale(Map.of("a", "1"), Map.of("a", "1"))).isFalse();
    }

    @Test
    void oneThatIsALittleBehindIsFresh() {
        assertThat(freshness.isStale(Map.of("a", "1"), Map.of("a", "2", "b", "3")))
                .isFalse();
        assertThat(freshness.isStale(Map.of("a", "2", "b", "3"), Map.of("a", "4", "b", "3")))
                .as("it moved, and is behind on something newer")
                .isFalse();
        assertThat(freshness.isStale(Map.of("a", "4", "b", "3"), Map.of("a", "4", "b", "3")))
                .isFalse();
    }

    @Test
    void oneThatDoesNotMoveIsStale() {
        assertThat(freshness.isStale(Map.of("a", "1"), Map.of("a", "2"))).isFalse();
        assertThat(freshness.isStale(Map.of("a", "1"), Map.of("a", "3"))).isTrue();
    }

    @Test
    void oneThatTellsNothingOfANewObjectIsStale() {
        assertThat(freshness.isStale(Map.of(), Map.of("a", "1"))).isFalse();
        assertThat(freshness.isStale(Map.of(), Map.of("a", "1"))).isTrue();
    }

    @Test
    void oneThatTellsNothingOfAnEndIsStale() {
        assertThat(freshness.isStale(Map.of("a", "1"), Map.of())).isFalse();
        assertThat(freshness.isStale(Map.of("a", "1"), Map.of())).isTrue();
    }

    @Test
    void whatCameAndWentInBetweenIsNoSign() {
        assertThat(freshness.isStale(Map.of(), Map.of("a", "1"))).isFalse();
        assertThat(freshness.isStale(Map.of(), Map.of())).isFalse();
    }

    @Test
    void beginsAnewAfterItWasStale() {
        assertThat(freshness.isStale(Map.of(), Map.of("a", "1"))).isFalse();
        assertThat(freshness.isStale(Map.of(), Map.of("a", "1"))).isTrue();
        assertThat(freshness.isStale(Map.of(), Map.of("a", "1")))
                .as("the next one has its own time")
                .isFalse();
    }
}
