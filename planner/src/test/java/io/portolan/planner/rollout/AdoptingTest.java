package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which regions an operator's override takes back. */
class AdoptingTest {
    private static final RegionName WEST = new RegionName("west");
    private static final RegionName EAST = new RegionName("east");
    private static final RegionName SOUTH = new RegionName("south");
    private static final RegionName NORTH = new RegionName("north");
    private static final List<RegionName> PLACED = List.of(WEST, EAST, SOUTH);
    private static final VersionLabel ONE = new VersionLabel("1.0");

    /** Lineage 7 took west back to 1.0; east and south have had 2.0 since lineage 5, or 3.0 since a later one. */
    private static Deployment deployment(String south, long lineage) {
        return Deployment.none(new ExtensionName("Contoso_Orders"), new EnvironmentName("prod"))
                .pointing(Map.of(EAST, "2.0"), 5)
                .pointing(Map.of(WEST, "1.0"), 7)
                .pointing(Map.of(SOUTH, south), lineage);
    }

    private static List<RegionName> late(Deployment deployment, RegionName... told) {
        return Adopting.late(PLACED, Set.of(told), deployment, ONE, lineage -> lineage >= 7);
    }

    @Test
    void thoseThatTellOfItAndThoseOfWhichNothingIsKnown() {
        assertThat(Adopting.regions(PLACED, Set.of(SOUTH, NORTH), Set.of(WEST))).containsExactly(WEST, SOUTH);
    }

    @Test
    void aRegionThatTellsOfItLateGoesBackUnlessSomethingWasDecidedForItSince() {
        assertThat(late(deployment("2.0", 5), EAST)).containsExactly(EAST);
        assertThat(late(deployment("2.0", 5), WEST)).as("taken back before").isEmpty();
        assertThat(late(deployment("3.0", 8), EAST, SOUTH))
                .as("a later rollout gave south 3.0")
                .containsExactly(EAST);
        assertThat(late(deployment("1.0", 5), SOUTH)).as("has it").isEmpty();
        assertThat(late(deployment("2.0", 5), NORTH)).as("not placed there").isEmpty();
    }
}
