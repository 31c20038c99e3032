package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.document.RegionDocument;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Regions with and without a resource API: what nodes are told, and the lists that go with it. */
class ResourceApiApiTest {
    private static final String PATH = "/v1/extensions/Contoso_Orders/environments/prod/resource-api";

    @TempDir
    private Path folder;

    @Test
    void everyRegionGetsItsOwnOrTheNearestAndTheListsNameAll() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of("brazilsouth"))) {
            fleet.register("Contoso_Orders", "orders");
            var node = fleet.node("brazilsouth");
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> node.region("brazilsouth").isPresent());

            assertThat(node.region("westus").orElseThrow())
                    .satisfies(
                            region -> assertThat(region.resourceApiEndpoint()).isEqualTo("https://westus.api.test"))
                    .satisfies(region -> assertThat(region.resourceApiRegion()).isEqualTo("westus"))
                    .matches(region -> !region.callsLeave());
            assertThat(node.region("brazilsouth").orElseThrow())
                    .satisfies(
                            region -> assertThat(region.resourceApiEndpoint()).isEqualTo("https://westeurope.api.test"))
                    .satisfies(region -> assertThat(region.resourceApiRegion()).isEqualTo("westeurope"))
                    .matches(RegionDocument::callsLeave);

            var lists = fleet.get(PATH).body();
            assertThat(lists.at("/policy").asString())
                    .isEqualTo("connect-src 'self' https://westeurope.api.test https://westus.api.test");
            assertThat(lists.at("/regions/5/leavesRegion").asBoolean()).isTrue();
            assertThat(lists.at("/regions/5/from").asString()).isEqualTo("westeurope");
            assertThat(lists.at("/regions/2/leavesRegion").asBoolean()).isFalse();
            assertThat(lists.at("/allowedOrigins").toString())
                    .isEqualTo("[\"http://127.0.1.1:1\",\"http://orders.ext.portolan.test:1\","
                            + "\"https://orders.ext.portolan.test\"]");
            assertThat(lists.at("/maxAgeSeconds").asInt()).isEqualTo(7200);
            assertThat(fleet.get(PATH.replace("prod", "none")).status()).isEqualTo(404);
        }
    }

    @Test
    void anAddedRegionMayBringOneThatABrowserCanCall() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of())) {
            var broken = fleet.post(
                    "/v1/regions", Map.of("name", "northeurope", "resourceApiEndpoint", "ftp://north.api.test"));
            assertThat(broken.status()).isEqualTo(422);
            assertThat(broken.text("/detail")).contains("expected: https://host");

            assertThat(fleet.post(
                                    "/v1/regions",
                                    Map.of("name", "northeurope", "resourceApiEndpoint", "https://north.api.test"))
                            .status())
                    .isEqualTo(201);
        }
    }
}
