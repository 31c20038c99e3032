package io.portolan.placement.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.portolan.model.RegionName;
import io.portolan.placement.data.RegionCatalogue;
import io.portolan.placement.plan.Placement.GreedyStep;
import io.portolan.placement.plan.Placement.Step;
import io.portolan.placement.workload.Attachments;
import io.portolan.placement.workload.Workload;
import io.portolan.placement.workload.WorkloadReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlacementPlannerTest {
    /** The round trip itself, by the backbone fit over distance and nothing else. */
    private static final String ROUND_TRIP = """
        interactions: [{name: round trip, serialCalls: 1, requestBytes: 0, responseBytes: 0}]
        network: {access: 0ms, regionTable: false}
        """;

    private static final String CALLS = """
        interactions:
          - {name: status polling, viewsPerSession: 20, parallelCalls: 60, serverTime: 2ms, newConnection: true}
          - {name: upload, bytesUp: 50MB, newConnection: true}
        """;

    /** One plan for the tests that only look at it: up to 12 of the 35 regions, two interactions and the session. */
    private static final Placement CALLS_PLAN = plan(CALLS);

    /**
     * The reference figures of an independent calculation over the same data: 35 recommended regions, internet users of 232
     * countries, 20 ms + 14.7 ms for 1,000 km. Tolerance: their rounding, half a millisecond.
     */
    @Test
    void reproducesTheGreedyOrderAndItsFigures() {
        var lens = plan(ROUND_TRIP + "regions: {max: 8}\n").lenses().getFirst();

        assertThat(RegionCatalogue.bundled().recommended()).hasSize(35);
        assertThat(lens.greedy())
                .extracting(GreedyStep::region)
                .containsExactly(
                        "centralindia",
                        "eastus",
                        "italynorth",
                        "eastasia",
                        "brazilsouth",
                        "israelcentral",
                        "southafricanorth",
                        "koreacentral");
        var means = List.of(104.0, 76.0, 64.5, 52.5, 49.0, 47.0, 45.0, 44.0);
        var p95s = List.of(246.0, 125.0, 116.0, 106.0, 84.0, 84.0, 76.0, 72.0);
        for (int n = 0; n < 8; n++) {
            assertThat(lens.greedy().get(n).figures().mean()).isCloseTo(means.get(n), within(0.6));
            assertThat(lens.greedy().get(n).figures().p95()).isCloseTo(p95s.get(n), within(0.6));
        }
        assertThat(lens.everywhere().mean()).isCloseTo(38, within(0.5));
        assertThat(lens.everywhere().p95()).isCloseTo(66, within(0.5));
    }

    @Test
    void moreRegionsNeverHurtAndGreedyIsNeverBetter() {
        for (var lens : CALLS_PLAN.lenses()) {
            assertThat(lens.frontier()).hasSize(12);
            var steps = lens.frontier();
            for (int n = 0; n < steps.size(); n++) {
                var step = steps.get(n);
                assertThat(step.regions()).hasSize(step.count()).doesNotHaveDuplicates();
                assertThat(step.figures().mean())
                        .isLessThanOrEqualTo(lens.greedy().get(n).figures().mean() * (1 + 1e-9));
                assertThat(step.byP95().figures().p95())
                        .isLessThanOrEqualTo(step.figures().p95() * (1 + 1e-9));
                assertThat(step.figures().mean())
                        .isGreaterThanOrEqualTo(lens.everywhere().mean() * (1 - 1e-9));
                assertThat(step.meanBand().low()).isLessThan(step.meanBand().high());
                if (n > 0) {
                    assertThat(step.figures().mean())
                            .isLessThanOrEqualTo(steps.get(n - 1).figures().mean() * (1 + 1e-9));
                    assertThat(step.byP95().figures().p95())
                            .isLessThanOrEqualTo(
                                    steps.get(n - 1).byP95().figures().p95() * (1 + 1e-9));
                }
            }
        }
    }

    @Test
    void manySmallCallsNeedMoreRegionsThanBulk() {
        assertThat(needs(CALLS_PLAN, "status polling")).isGreaterThan(needs(CALLS_PLAN, "upload"));
        assertThat(needs(CALLS_PLAN, "upload")).isBetween(1, 2);
        assertThat(CALLS_PLAN.explanation().getFirst())
                .matches("Your status polling needs \\d+ regions; your upload .*");
    }

    @Test
    void theSameWorkloadGivesTheSamePlan() {
        var text = CALLS + "regions: {from: [Europe, US], max: 4}\n";

        assertThat(plan(text)).isEqualTo(plan(text));
    }

    @Test
    void fencesBudgetsRequiredAndExcludedRegionsAreKeptInEveryPlan() {
        var placement = plan(CALLS + """
            regions: {required: [westus2], excluded: [eastasia], cost: 10, costs: {brazilsouth: 25}, budget: 62, max: 7}
            fences:
              - {name: EU, countries: [EU], regions: [Germany, France, Sweden]}
              - {name: India, countries: [IN], regions: [India]}
            """);

        var fence = Set.of("germanywestcentral", "francecentral", "swedencentral");
        assertThat(placement.lenses()).allSatisfy(lens -> {
            assertThat(lens.frontier()).isNotEmpty();
            assertThat(lens.frontier()).allSatisfy(step -> {
                for (var regions : List.of(step.regions(), step.byP95().regions())) {
                    assertThat(regions)
                            .contains("westus2")
                            .doesNotContain("eastasia")
                            .containsAnyOf("centralindia", "southindia");
                    assertThat(regions).anyMatch(fence::contains);
                    assertThat(regions.stream()
                                    .mapToInt(region -> region.equals("brazilsouth") ? 25 : 10)
                                    .sum())
                            .isLessThanOrEqualTo(62);
                }
            });
        });
        var eu = Set.of("DE", "FR", "PL", "ES");
        assertThat(placement.places())
                .filteredOn(place -> eu.contains(place.code()))
                .hasSize(4)
                .allMatch(place -> fence.contains(place.region()))
                .allMatch(place -> place.backup().isEmpty() || fence.contains(place.backup()));
        assertThat(placement.lenses().getFirst().frontier().getFirst().count())
                .as("a region for the EU, one for India and the required one")
                .isEqualTo(3);
    }

    @Test
    void aPlanThatSurvivesServesEverybodyWithAnyOneRegionGone() {
        var placement = plan("""
            interactions: [{name: call, serialCalls: 1, targets: {p95: 220ms}}]
            regions:
              from: [Germany, France, Sweden, Italy, India, eastus, westus2, brazilsouth, eastasia, southafricanorth]
              surviveAnyOneRegion: true
              max: 5
            fences: [{countries: [EU], regions: [Europe]}]
            """);

        var recommended = placement.recommended();
        assertThat(recommended.meetsTargets()).isTrue();
        assertThat(placement.losses()).hasSameSizeAs(recommended.regions()).allSatisfy(loss -> {
            assertThat(loss.figures().mean()).isPositive();
            assertThat(loss.figures().p95()).isLessThanOrEqualTo(220);
        });
        assertThat(placement.lenses().getFirst().frontier())
                .allSatisfy(step -> assertThat(step.regions().stream().filter(PlacementPlannerTest::isEuropean))
                        .hasSizeGreaterThanOrEqualTo(2));
    }

    private static boolean isEuropean(String region) {
        return RegionCatalogue.bundled()
                .find(new RegionName(region))
                .orElseThrow()
                .continent()
                .equals("Europe");
    }

    @Test
    void saysWhichOneNextAndWhichCanGo() {
        var placement = plan(ROUND_TRIP + "regions: {current: [westeurope, northeurope, eastus], max: 3}\n");

        assertThat(placement.base()).containsExactlyInAnyOrder("westeurope", "northeurope", "eastus");
        assertThat(placement.next()).isNotEmpty().isSortedAccordingTo((a, b) -> Double.compare(a.mean(), b.mean()));
        assertThat(placement.next().getFirst().mean()).isLessThan(-20);
        assertThat(placement.drop().getFirst().region()).isIn("westeurope", "northeurope");
        assertThat(placement.drop().getFirst().mean()).isBetween(0.0, 3.0);
    }

    @Test
    void twoHalvesOfAMirroredWorldGetTheSame() {
        var mirrored = plan("""
            demand: {weights: {PT: 10, UA: 10}}
            interactions: [{name: call, serialCalls: 1}]
            regions: {from: [spaincentral, polandcentral], max: 2}
            network: {regionTable: false}
            """);
        var turned = plan("""
            demand: {weights: {UA: 10, PT: 10}}
            interactions: [{name: call, serialCalls: 1}]
            regions: {from: [polandcentral, spaincentral], max: 2}
            network: {regionTable: false}
            """);

        assertThat(turned.lenses().getFirst().frontier())
                .extracting(step -> step.figures().mean(), Step::regions)
                .isEqualTo(mirrored.lenses().getFirst().frontier().stream()
                        .map(step -> org.assertj.core.groups.Tuple.tuple(
                                step.figures().mean(), step.regions()))
                        .toList());
    }

    @Test
    void sixtyRegionsAndTwoHundredCountriesAreProvedForTheMean() {
        var lens = plan(ROUND_TRIP + "regions: {from: all, max: 12}\n").lenses().getFirst();

        assertThat(lens.frontier()).hasSize(12).allSatisfy(step -> {
            assertThat(step.meanGap()).isLessThan(0.01);
            assertThat(step.byP95().gap()).isLessThan(0.15);
        });
    }

    private static int needs(Placement placement, String lens) {
        return placement.lenses().stream()
                .filter(one -> one.name().equals(lens))
                .findFirst()
                .orElseThrow()
                .needs();
    }

    private static Placement plan(String yaml) {
        return PlacementPlanner.plan(workload(yaml));
    }

    private static Workload workload(String yaml) {
        return WorkloadReader.read(yaml.getBytes(StandardCharsets.UTF_8), "test", Attachments.NONE);
    }
}
