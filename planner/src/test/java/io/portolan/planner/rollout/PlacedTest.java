package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which regions a placement takes in. */
class PlacedTest {
    private static boolean takesIn(List<String> placement, String region, String residency) {
        return Placed.takesIn(Map.of("prod", placement), "prod", new RegionName(region), residency);
    }

    @Test
    void namesAndStarAreWhatTheySay() {
        assertThat(takesIn(List.of("*"), "westus", "")).isTrue();
        assertThat(takesIn(List.of("westus"), "westus", "")).isTrue();
        assertThat(takesIn(List.of("westus"), "westeurope", "eu")).isFalse();
        assertThat(takesIn(List.of(), "westus", "")).isFalse();
        assertThat(Placed.takesIn(Map.of("rc", List.of("westus")), "prod", new RegionName("westeurope"), ""))
                .as("an environment that it does not name")
                .isTrue();
    }

    @Test
    void aClassAloneTakesInEveryRegionOfIt() {
        assertThat(takesIn(List.of("residency:eu"), "westeurope", "eu")).isTrue();
        assertThat(takesIn(List.of("residency:eu"), "westus", "")).isFalse();
        assertThat(takesIn(List.of("residency:eu", "residency:ch"), "switzerlandnorth", "ch"))
                .isTrue();
    }

    @Test
    void aClassIsAFenceThatNoNameLeadsOutOf() {
        assertThat(takesIn(List.of("residency:eu", "*"), "westus", "us")).isFalse();
        assertThat(takesIn(List.of("residency:eu", "westus"), "westus", "us")).isFalse();
        assertThat(takesIn(List.of("residency:eu", "westeurope"), "westeurope", "eu"))
                .isTrue();
        assertThat(takesIn(List.of("residency:eu", "westeurope"), "northeurope", "eu"))
                .as("names narrow it")
                .isFalse();
        assertThat(Placed.fence(Map.of("prod", List.of("*", "residency:eu")), "prod"))
                .containsExactly("eu");
    }
}
