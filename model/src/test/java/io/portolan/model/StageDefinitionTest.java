package io.portolan.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class StageDefinitionTest {
    private final StageDefinition standard = StageDefinition.standard();

    @Test
    void aRegionBelongsToTheStageThatNamesItElseToTheLast() {
        assertThat(standard.stageOf(new RegionName("westus")).name()).isEqualTo("stage4");
        assertThat(standard.stageOf(new RegionName("nowhere")).name()).isEqualTo("stage5");
    }

    @Test
    void takesARegionIntoAStageThatDoesNotNameItElsewhere() {
        var added = new RegionName("polandcentral");

        assertThat(standard.taking(added, "stage2").stageOf(added).name()).isEqualTo("stage2");
        assertThat(standard.taking(added, "stage2")
                        .stage("stage2")
                        .orElseThrow()
                        .regions())
                .containsExactly("westcentralus", "polandcentral");
        assertThat(standard.taking(added, "stage5").stageOf(added).name()).isEqualTo("stage5");
        assertThat(standard.taking(added, "nowhere")).isEqualTo(standard);
        assertThat(standard.taking(new RegionName("westus"), "stage2"))
                .as("the definition names it")
                .isEqualTo(standard);
    }

    @Test
    void aStageMayHaveNoRegionOfTheEnvironment() {
        var regions = List.of(new RegionName("westus"), new RegionName("westeurope"));

        assertThat(standard.regionsOf(standard.stages().getFirst(), regions)).isEmpty();
        assertThat(standard.regionsOf(standard.stages().getLast(), regions))
                .containsExactly(new RegionName("westeurope"));
    }

    @Test
    void refusesWhatTheContractRefuses() {
        refused("no stages");
        refused("does not end", stage("a", "westus"));
        refused("last stage only", stage("a", "*"), stage("b", "*"));
        refused("stands twice", stage("a", "westus"), stage("a", "*"));
        refused("two stages", stage("a", "westus"), stage("b", "westus"), stage("c", "*"));
        assertThatThrownBy(() -> new Stage("a", List.of())).hasMessageContaining("no regions");
        assertThatThrownBy(() -> new Stage("a", List.of("*", "westus"))).hasMessageContaining("alone");
    }

    private static Stage stage(String name, String region) {
        return new Stage(name, List.of(region));
    }

    private static void refused(String reason, Stage... stages) {
        assertThatThrownBy(() -> new StageDefinition(List.of(stages)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }
}
