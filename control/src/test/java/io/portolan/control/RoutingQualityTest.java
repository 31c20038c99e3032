package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Regret on the real matrix; what bench/routing.sh prints, with fewer subsets. Everything is seeded. */
class RoutingQualityTest {
    private static final int SUBSETS = 60;

    @Test
    void eachLayerMakesTheOrderBetter() {
        for (long seed : new long[] {1, 2, 3}) {
            var quality = new RoutingQuality(seed, SUBSETS);
            double distance = quality.distanceOnly().meanMillis();
            double table = quality.table().meanMillis();
            double measured =
                    quality.measured(200, RoutingQuality.Sampling.MOSTLY_BEST).meanMillis();

            assertThat(distance).as("seed %d", seed).isBetween(3.5, 6.5);
            assertThat(table).as("seed %d", seed).isLessThan(distance / 2).isLessThan(2);
            assertThat(measured).as("seed %d", seed).isLessThan(table).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void enoughMeasurementsFindTheTruthWhateverWasKnown() {
        var quality = new RoutingQuality(1, SUBSETS);

        assertThat(quality.measured(50_000, RoutingQuality.Sampling.EVEN).meanMillis())
                .isLessThan(0.3);
        assertThat(quality.measuredWithoutTable(50_000, RoutingQuality.Sampling.EVEN)
                        .meanMillis())
                .isLessThan(0.3);
    }

    /** Indonesia Central to South Central US, South India and Switzerland West. */
    @Test
    void lastYearsTableHasThreeCellsThatCannotBeTrue() {
        var rejected = new RoutingQuality(1, 1).prior().rejected();

        assertThat(rejected)
                .extracting(cell -> cell.cell().source() + " " + cell.cell().destination())
                .containsExactlyInAnyOrder(
                        "indonesiacentral southcentralus",
                        "indonesiacentral southindia",
                        "indonesiacentral switzerlandwest");
        assertThat(rejected).allMatch(cell -> cell.reason().contains("faster than light in fibre"));
    }
}
