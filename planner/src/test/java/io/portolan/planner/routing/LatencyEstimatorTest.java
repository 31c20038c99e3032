package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LatencyEstimatorTest {
    private static final RegionName NEAR = new RegionName("near");
    private static final RegionName FAR = new RegionName("far");
    private static final GeoPoint AT_NEAR = new GeoPoint(0, 0);
    private static final GeoPoint AT_FAR = new GeoPoint(0, 10);
    private static final Map<RegionName, GeoPoint> PLACES = Map.of(NEAR, AT_NEAR, FAR, AT_FAR);
    private static final List<LatencyEstimator.Region> REGIONS =
            List.of(new LatencyEstimator.Region(NEAR, AT_NEAR), new LatencyEstimator.Region(FAR, AT_FAR));

    private static RegionLatencies table(double rttMillis) {
        return RegionLatencies.check("t", List.of(new RegionLatencies.Cell(1, NEAR, FAR, rttMillis)), PLACES)
                .table();
    }

    @Test
    void aClientAtARegionHasExactlyThatRegionsRow() {
        var figures = new LatencyEstimator(REGIONS, table(90)).prior(AT_NEAR);

        assertThat(figures.get(0).rttMillis()).isEqualTo(RegionLatencies.WITHIN_MILLIS);
        assertThat(figures.get(1).rttMillis()).isCloseTo(90, within(1e-9));
        assertThat(figures).allMatch(figure -> figure.layer() == LatencyLayer.REGION_TABLE);
    }

    @Test
    void aRowFadesWithTheDistanceFromItsRegion() {
        var estimator = new LatencyEstimator(REGIONS, table(90));
        double wrong = 90 - DistanceFit.rttMillis(AT_NEAR.distanceKm(AT_FAR));

        for (double degrees : new double[] {5, 20, 60}) {
            var client = new GeoPoint(0, -degrees);
            double fit = DistanceFit.rttMillis(client.distanceKm(AT_FAR));
            double share = Math.exp(-client.distanceKm(AT_NEAR) / LatencyEstimator.ROW_REACH_KM);

            assertThat(estimator.prior(client).get(1).rttMillis()).isCloseTo(fit + wrong * share, within(1e-9));
        }
    }

    @Test
    void theReverseDirectionServesWhereOneIsMissing() {
        assertThat(table(90).rttMillis(FAR, NEAR)).hasValue(90);
        assertThat(table(90).nearest(new GeoPoint(0, 9))).contains(NEAR);
    }

    @Test
    void moreSamplesPullHarderAndNeverBeyondWhatWasMeasured() {
        var estimator = new LatencyEstimator(REGIONS, RegionLatencies.NONE);
        double prior = estimator.prior(AT_NEAR).get(1).rttMillis();
        double before = prior;
        for (int samples : new int[] {1, 5, 25, 200, 5_000}) {
            var measured = List.of(new LatencyMeasurement(FAR, prior + 100, samples));
            double now = estimator.estimate(AT_NEAR, measured).get(1).rttMillis();

            assertThat(now).isGreaterThan(before).isLessThan(prior + 100);
            before = now;
        }
        assertThat(before).isCloseTo(prior + 100, within(0.1));
    }

    @Test
    void anAccessNetworkThatIsSlowForAllDoesNotMakeMeasuredRegionsLookBad() {
        var estimator = new LatencyEstimator(REGIONS, table(90));
        // Both are 60 ms slower than the table says, as on a mobile network; the far one was never measured.
        var measured = List.of(new LatencyMeasurement(NEAR, RegionLatencies.WITHIN_MILLIS + 60, 300));

        var figures = LatencyEstimator.ordered(estimator.estimate(AT_NEAR, measured));

        assertThat(figures.getFirst().region()).isEqualTo(NEAR);
        assertThat(figures.getLast().rttMillis()).isBetween(130.0, 150.0);
    }

    @Test
    void severalMeasurementsOfARegionCountTogether() {
        var estimator = new LatencyEstimator(REGIONS, RegionLatencies.NONE);
        var parts = List.of(new LatencyMeasurement(FAR, 100, 10), new LatencyMeasurement(FAR, 200, 30));
        var whole = List.of(new LatencyMeasurement(FAR, 175, 40));

        assertThat(estimator.estimate(AT_NEAR, parts)).isEqualTo(estimator.estimate(AT_NEAR, whole));
    }

    @Test
    void takesNothingFasterThanLightInFibreAndSaysSoRowByRow() {
        var elsewhere = new RegionName("elsewhere");
        var checked = RegionLatencies.check(
                "t",
                List.of(
                        new RegionLatencies.Cell(2, NEAR, FAR, 5), // 1,112 km need 11.1 ms
                        new RegionLatencies.Cell(3, FAR, NEAR, 11),
                        new RegionLatencies.Cell(4, FAR, NEAR, 12),
                        new RegionLatencies.Cell(5, NEAR, elsewhere, 50),
                        new RegionLatencies.Cell(6, NEAR, NEAR, 1),
                        new RegionLatencies.Cell(7, NEAR, FAR, Double.NaN),
                        new RegionLatencies.Cell(8, NEAR, FAR, 5_000),
                        new RegionLatencies.Cell(9, NEAR, FAR, -3)),
                PLACES);

        assertThat(checked.accepted()).isEqualTo(1);
        assertThat(checked.rejected())
                .extracting(rejected -> rejected.cell().line() + ": " + rejected.reason())
                .containsExactly(
                        "2: 5.0 ms is faster than light in fibre (expected: at least 11.1 ms for 1112 km)",
                        "4: stands twice",
                        "5: the place of elsewhere is not known",
                        "6: is no pair of regions",
                        "7: NaN ms is faster than light in fibre (expected: at least 11.1 ms for 1112 km)",
                        "8: 5000.0 ms (expected: at most 2000 ms)",
                        "9: -3.0 ms is faster than light in fibre (expected: at least 11.1 ms for 1112 km)");
        assertThat(checked.table().rttMillis(NEAR, FAR)).hasValue(11);
    }
}
