package io.portolan.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentifiersTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "-1", ".1", "1/0", "1 0", "@1", "..", "1\n", "é", "a\0"})
    void versionsThatCouldMeanSomethingElseAreRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> new VersionLabel(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Orders", "-orders", "orders-", "or.ders", "or_ders"})
    void routesThatAreNoHostLabelAreRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> new Route(text));
    }

    @Test
    void longestNamesAreTaken() {
        assertThat(new VersionLabel("1".repeat(64)).value()).hasSize(64);
        assertThat(new Route("r".repeat(63)).value()).hasSize(63);
        assertThatIllegalArgumentException().isThrownBy(() -> new VersionLabel("1".repeat(65)));
        assertThatIllegalArgumentException().isThrownBy(() -> new Route("r".repeat(64)));
    }

    @Test
    void aDigestIsTheOneThatEveryToolPrints() {
        assertThat(Digest.of("hello\n".getBytes(StandardCharsets.UTF_8)))
                .hasToString("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    }

    @Test
    void revisionsAreOrderedByEpochThenNumber() {
        assertThat(new RevisionId(2, 1).isAfter(new RevisionId(1, 99))).isTrue();
        assertThat(new RevisionId(1, 2).isAfter(new RevisionId(1, 2))).isFalse();
        assertThat(RevisionId.parse("3.14")).isEqualTo(new RevisionId(3, 14));
    }

    @Test
    void distancesAreGreatCircles() {
        var london = new GeoPoint(51.5142, -0.0931);
        var amsterdam = new GeoPoint(52.3667, 4.9);

        assertThat(london.distanceKm(amsterdam)).isBetween(355.0, 362.0);
        assertThat(new GeoPoint(0, 179.9).distanceKm(new GeoPoint(0, -179.9))).isLessThan(25);
    }
}
