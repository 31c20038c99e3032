package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CDNs taken away and given back through the API, down to the documents that nodes get. */
final class CdnBreakersApiTest {
    private static final String DELIVERY = "/v1/environments/prod/delivery";
    private static final String EDGE = "/v1/environments/prod/cdns/edge/";

    @TempDir
    private Path folder;

    private static Fleet.Reply set(Fleet fleet, String body) throws Exception {
        var reply = fleet.send("PUT", DELIVERY, body.getBytes(StandardCharsets.UTF_8));
        assertThat(reply.status()).as("%s", reply.body()).isEqualTo(200);
        return reply;
    }

    private static void awaitShares(Fleet fleet, Map<String, Integer> shares) {
        await().untilAsserted(
                        () -> assertThat(fleet.node("westus").environment().map(document -> document.delivery()
                                        .shares()))
                                .contains(shares));
    }

    /** Row 4.11 of the contract. */
    @Test
    void aTripStaysUntilItsOwnerEndsItWhateverElseRewritesTheDelivery() throws Exception {
        try (var fleet = new Fleet(folder)) {
            var cdns = "{\"cdns\":[{\"name\":\"edge\",\"url\":\"https://cdn.example.net/CDN\"}]}";
            set(fleet, cdns);
            // One of a hundred browsers is always without any CDN.
            awaitShares(fleet, Map.of("edge", 99));

            var tripped = fleet.post(EDGE + "trip", Map.of("reason", "wrong bytes"));

            assertThat(tripped.status()).isEqualTo(200);
            assertThat(tripped.body().at("/share").intValue()).isZero();
            awaitShares(fleet, Map.of("edge", 0));

            // A pipeline that knows nothing of it sets everything anew, also by way of no CDN at all.
            set(fleet, "{}");
            awaitShares(fleet, Map.of());
            var again = set(fleet, cdns);
            assertThat(again.body().at("/breakers/0/reason").asString()).isEqualTo("wrong bytes");
            awaitShares(fleet, Map.of("edge", 0));

            fleet.post(EDGE + "reset", Map.of("share", 10, "reason", "mended"));
            awaitShares(fleet, Map.of("edge", 10));
            fleet.post(EDGE + "reset", Map.of());
            awaitShares(fleet, Map.of("edge", 99));
            assertThat(fleet.get(DELIVERY).body().at("/breakers/0/share").intValue())
                    .isEqualTo(100);
            assertThat(fleet.get("/v1/log").body().toString()).contains("portolan.cdn.tripped", "portolan.cdn.reset");
        }
    }

    @Test
    void refusesWhatChangesNothingOrCannotBe() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of())) {
            set(fleet, "{\"cdns\":[{\"name\":\"edge\",\"url\":\"https://cdn.example.net/CDN\"}]}");

            assertThat(fleet.post(EDGE + "reset", Map.of()).status()).isEqualTo(409);
            assertThat(fleet.post(EDGE + "reset", Map.of("share", 0)).status()).isEqualTo(422);
            assertThat(fleet.post(EDGE + "trip", Map.of("share", 50)).status()).isEqualTo(422);
            assertThat(fleet.post("/v1/environments/prod/cdns/other/trip", Map.of())
                            .status())
                    .isEqualTo(404);
        }
    }
}
