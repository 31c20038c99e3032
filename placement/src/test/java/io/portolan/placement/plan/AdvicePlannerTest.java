package io.portolan.placement.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.placement.data.CloudRegion;
import io.portolan.placement.data.Place;
import io.portolan.placement.data.RegionCatalogue;
import io.portolan.placement.workload.Network;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdvicePlannerTest {
    private static final Place LONDON = new Place("GB", "London", new GeoPoint(51.5, -0.1), 60);
    private static final Place SINGAPORE = new Place("SG", "Singapore", new GeoPoint(1.35, 103.8), 40);

    @Test
    void namesWhomThePlacementCostsTooMuchAndTheRegionThatWouldHelp() {
        var advice = advise(List.of("westeurope", "northeurope"), new Usage(100, 2_000, 800, 40_000_000, 3));

        assertThat(advice.affected()).isCloseTo(0.4, within(1e-9));
        assertThat(advice.verdict()).contains("40 % of the users more than 50 ms");
        assertThat(advice.add().getFirst().region()).isEqualTo("southeastasia");
        assertThat(advice.add().getFirst().mean()).isLessThan(-100);
        assertThat(advice.leaveOut().getFirst().region()).isEqualTo("northeurope");
        assertThat(advice.leaveOut().getFirst().mean()).isCloseTo(0, within(2.0));
        assertThat(advice.networks().getFirst().place()).isEqualTo("London");
        assertThat(advice.explanation()).anyMatch(text -> text.contains("could do without northeurope"));
    }

    @Test
    void findsNothingToChangeWhereEveryUserHasANearRegion() {
        var advice = advise(List.of("uksouth", "southeastasia"), new Usage(100, 2_000, 800, 40_000_000, 3));

        assertThat(advice.affected()).isZero();
        assertThat(advice.verdict()).contains("costs no user more than");
        assertThat(advice.explanation()).contains("It needs each of its regions.");
    }

    @Test
    void aCdnMakesUpForRegionsWhereContentIsMostOfAViewAndNotWhereCallsAre() {
        var content = advise(List.of("uksouth", "southeastasia"), new Usage(100, 100, 6_000, 900_000_000, 0));
        var calls = advise(List.of("uksouth", "southeastasia"), new Usage(100, 20_000, 0, 1_000_000, 0));

        assertThat(content.cdn().regions()).hasSize(1);
        assertThat(content.cdn().then()).isLessThanOrEqualTo(content.cdn().today() * 1.01);
        assertThat(calls.cdn().regions()).hasSize(2);
    }

    private static Advice advise(List<String> current, Usage usage) {
        var candidates = List.of("westeurope", "northeurope", "uksouth", "southeastasia", "eastus").stream()
                .map(name ->
                        RegionCatalogue.bundled().find(new RegionName(name)).orElseThrow())
                .map(CloudRegion.class::cast)
                .toList();
        return AdvicePlanner.advise(new AdvicePlanner.Asked(
                "Contoso_Orders",
                "test",
                100,
                0,
                List.of(LONDON, SINGAPORE),
                Network.DEFAULT,
                candidates,
                current.stream().map(RegionName::new).toList(),
                usage,
                50));
    }
}
