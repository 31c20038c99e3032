package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlacementsApiTest {
    @TempDir
    private Path folder;

    @Test
    void plansAWorkloadAndKeepsNothing() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of())) {
            var planned = fleet.post(
                    "/v1/placements",
                    Map.of(
                            "name", "orders",
                            "demand", Map.of("weights", Map.of("DE", 5, "BR", 3)),
                            "interactions", List.of(Map.of("name", "call", "serialCalls", 1)),
                            "regions", Map.of("from", List.of("westeurope", "brazilsouth", "eastus"), "max", 2)));

            assertThat(planned.status()).as(planned.body().toString()).isEqualTo(200);
            assertThat(planned.text("/recommended/regions/0")).isEqualTo("brazilsouth");
            assertThat(planned.text("/recommended/regions/1")).isEqualTo("westeurope");
            assertThat(planned.body().at("/lenses/0/frontier").size()).isEqualTo(2);
        }
    }

    @Test
    void namesEveryFaultOfAWorkloadAndReadsNoFiles() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of())) {
            var refused = fleet.post(
                    "/v1/placements",
                    Map.of(
                            "demand", Map.of("from", "/etc/passwd"),
                            "interactions", List.of(Map.of("name", "call", "serverTime", "soon"))));

            assertThat(refused.status()).isEqualTo(422);
            var pointers = refused.body().path("violations").findValuesAsString("pointer");
            assertThat(pointers).contains("demand.from", "interactions[0].serverTime", "interactions[0]");
            assertThat(refused.body().toString()).contains("files cannot be named here");
        }
    }

    @Test
    void givesNoAdviceWithoutRecords() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of("westus"))) {
            fleet.register("Contoso_Orders", "orders");

            assertThat(fleet.get("/v1/extensions/Contoso_Maps/advice").status()).isEqualTo(404);
            assertThat(fleet.get("/v1/extensions/Contoso_Orders/advice?thresholdMillis=far")
                            .status())
                    .isEqualTo(400);
            var unreachable = fleet.get("/v1/extensions/Contoso_Orders/advice");
            assertThat(unreachable.status()).isEqualTo(502);
            assertThat(unreachable.text("/code")).isEqualTo("nodes-unreachable");
        }
    }
}
