package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.VersionLabel;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A revoked version is nothing that anybody comes back to, over HTTP. */
class RevokingApiTest {
    private static final String NAME = "Contoso_Orders";

    @TempDir
    private Path folder;

    private static Fleet.Reply revoke(Fleet fleet, String version) throws Exception {
        return fleet.post("/v1/extensions/" + NAME + "/versions/" + version + "/revoke", Map.of());
    }

    @Test
    void aVersionThatARevertWouldGoBackToIsNotRevoked() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.deploy(NAME, "1.0");
            fleet.publish(NAME, "2.0", "two");
            // Every region has the new version, and the last ones not for long enough.
            var plan = Map.of("stages", Map.of("stage5", Map.of("bake", "1h")));
            var id = fleet.post("/v1/rollouts", Map.of("extension", NAME, "version", "2.0", "plan", plan))
                    .text("/id");
            await().untilAsserted(
                            () -> assertThat(fleet.get("/v1/rollouts/" + id).text("/stages/4/state"))
                                    .isEqualTo("BAKING"));

            var refused = revoke(fleet, "1.0");

            assertThat(refused.status()).as("%s", refused.body()).isEqualTo(409);
            assertThat(refused.text("/code")).isEqualTo("still-live");
            assertThat(refused.text("/detail"))
                    .contains("would go back to it if rollout " + id + " were reverted")
                    .contains("portolan rollout watch " + id);
            fleet.post("/v1/rollouts/" + id + "/abort", Map.of());
            fleet.awaitFinal(id);
            for (var region : Fleet.REGIONS) {
                assertThat(fleet.node(region).served(NAME)).contains(new VersionLabel("1.0"));
            }
            assertThat(fleet.get("/v1/extensions/" + NAME + "/versions/1.0").text("/state"))
                    .isEqualTo("PUBLISHED");
        }
    }

    @Test
    void slotsAndRollbacksLeaveARevokedVersionOut() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.deploy(NAME, "1.0");
            fleet.deploy(NAME, "2.0");
            fleet.deploy(NAME, "3.0");

            assertThat(revoke(fleet, "2.0").status()).isEqualTo(200);

            assertThat(fleet.get("/v1/log/replay").body().at("/differences")).isEmpty();
            var slot = Map.of("extension", NAME, "to", "previous-lkg");
            var back = fleet.post("/v1/rollbacks", slot, "Prefer", "wait=30");
            assertThat(back.text("/state")).as("%s", back.body()).isEqualTo("SUCCEEDED");
            assertThat(back.text("/version")).isEqualTo("1.0");
            for (var region : Fleet.REGIONS) {
                assertThat(fleet.node(region).served(NAME)).contains(new VersionLabel("1.0"));
            }
        }
    }

    @Test
    void aSlotWhoseVersionIsRevokedIsRefusedWhateverElseThereIs() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.deploy(NAME, "1.0");
            fleet.deploy(NAME, "2.0");
            assertThat(revoke(fleet, "1.0").status()).isEqualTo(200);

            for (var to : new String[] {"previous-lkg", "auto", "1.0"}) {
                var back = fleet.post("/v1/rollbacks", Map.of("extension", NAME, "to", to), "Prefer", "wait=30");
                assertThat(back.status()).as("%s: %s", to, back.body()).isBetween(400, 499);
            }
            assertThat(fleet.node("westus").served(NAME)).contains(new VersionLabel("2.0"));
        }
    }
}
