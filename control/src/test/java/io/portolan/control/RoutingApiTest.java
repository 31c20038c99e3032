package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.RegionState;
import io.portolan.model.document.Profile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routing methods and drains through the API, down to the documents that nodes get. */
final class RoutingApiTest {
    private static final String PROFILE = "/v1/extensions/Contoso_Orders/environments/prod/profile";

    @TempDir
    private Path folder;

    private static Fleet.Reply send(Fleet fleet, String method, String path, String body) throws Exception {
        return fleet.send(method, path, body.getBytes(StandardCharsets.UTF_8));
    }

    private static void register(Fleet fleet) throws Exception {
        fleet.register("Contoso_Orders", "orders");
    }

    @Test
    void aProfileReachesTheExtensionsDocumentAndStandsInTheLog() throws Exception {
        try (var fleet = new Fleet(folder)) {
            register(fleet);
            assertThat(fleet.get(PROFILE).body().at("/profile").asString()).isEqualTo("performance");

            var answer = send(fleet, "PUT", PROFILE, """
                    {"method":"weighted","ttlSeconds":20,"endpoints":[{"region":"westus","weight":9},
                    {"region":"westeurope"},{"name":"cdn","host":"cdn.example.net","mode":"always-serve"}]}""");

            assertThat(answer.status()).isEqualTo(200);
            assertThat(fleet.get(PROFILE)
                            .body()
                            .at("/profile/endpoints/0/weight")
                            .intValue())
                    .isEqualTo(9);
            await().until(() -> fleet.node("westus")
                    .extension("Contoso_Orders")
                    .filter(document -> document.profile().settings().ttlSeconds() == 20
                            && document.profile().endpoints().size() == 3)
                    .isPresent());
            assertThat(fleet.get("/v1/log").body().toString()).contains("portolan.profile.set");

            assertThat(send(fleet, "DELETE", PROFILE, "").status()).isEqualTo(200);
            await().until(() -> fleet.node("westus")
                    .extension("Contoso_Orders")
                    .filter(document -> document.profile().endpoints().isEmpty())
                    .isPresent());
        }
    }

    @Test
    void aProfileComesByARampAndTheOneBeforeComesBackAtOnce() throws Exception {
        try (var fleet = new Fleet(folder)) {
            register(fleet);

            var answer = send(fleet, "PUT", PROFILE + "?ramp=PT1H", "\"priority\"");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body().at("/replaced/profile").asString()).isEqualTo("performance");
            assertThat(answer.body().at("/replaced/clients").intValue()).isEqualTo(100);
            await().until(() -> fleet.node("westus")
                    .extension("Contoso_Orders")
                    .filter(document -> document.profile() instanceof Profile.Priority
                            && document.replaced().size() == 1
                            && document.replaced().getFirst().profile() instanceof Profile.Performance
                            && document.replaced().getFirst().ramp().over().equals(Duration.ofHours(1)))
                    .isPresent());

            // A third one replaces what most clients still have, not what hardly anybody got.
            var third = send(fleet, "PUT", PROFILE + "?ramp=PT1H", "\"multivalue\"");
            assertThat(third.body().at("/replaced/profile").asString()).isEqualTo("performance");

            // Once more the same leaves the change to its pace; without a ramp it is through.
            assertThat(send(fleet, "PUT", PROFILE + "?ramp=PT1H", "\"multivalue\"")
                            .body()
                            .at("/replaced/clients")
                            .intValue())
                    .isEqualTo(100);
            assertThat(send(fleet, "PUT", PROFILE + "?ramp=PT0S", "\"multivalue\"")
                            .body()
                            .at("/replaced")
                            .isNull())
                    .isTrue();
            send(fleet, "PUT", PROFILE + "?ramp=PT0S", "\"performance\"");
            send(fleet, "PUT", PROFILE + "?ramp=PT1H", "\"priority\"");

            var back = send(fleet, "PUT", PROFILE + "?ramp=PT1H", "\"performance\"");
            assertThat(back.body().at("/replaced").isNull()).isTrue();
            await().until(() -> fleet.node("westus")
                    .extension("Contoso_Orders")
                    .filter(document -> document.profile() instanceof Profile.Performance
                            && document.replaced().isEmpty())
                    .isPresent());

            assertThat(send(fleet, "PUT", PROFILE + "?ramp=PT0S", "\"weighted\"")
                            .body()
                            .at("/replaced")
                            .isNull())
                    .isTrue();
            assertThat(send(fleet, "PUT", PROFILE + "?ramp=P8D", "\"priority\"")
                            .body()
                            .at("/detail")
                            .asString())
                    .contains("ramp: PT192H (expected: PT0S to PT168H)");
        }
    }

    @Test
    void everyBrokenRuleIsAnsweredAtOnceWithItsPlace() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of())) {
            register(fleet);

            var answer = send(fleet, "PUT", PROFILE, """
                    {"method":"priority","colour":"red","endpoints":[{"region":"atlantis"},
                    {"region":"westus","priority":1},{"host":"nope"},{"region":"westeurope","weight":0}]}""");

            assertThat(answer.status()).isEqualTo(422);
            var pointers = new ArrayList<String>();
            answer.body()
                    .at("/violations")
                    .forEach(broken -> pointers.add(broken.at("/pointer").asString()));
            assertThat(pointers)
                    .contains(
                            "/colour",
                            "/endpoints/0/region",
                            "/endpoints/1/priority",
                            "/endpoints/2/host",
                            "/endpoints/3/weight");
            assertThat(fleet.get(PROFILE).body().at("/profile").asString()).isEqualTo("performance");
        }
    }

    @Test
    void drainsWhatTheRestCanCarryAndComesBackByARamp() throws Exception {
        try (var fleet = new Fleet(folder)) {
            await().until(() -> send(fleet, "POST", "/v1/regions/westus/drain?dryRun=true", "{}")
                            .status()
                    == 200);

            var drained = send(fleet, "POST", "/v1/regions/westus/drain", "{\"reason\":\"power works\"}");
            assertThat(drained.status()).isEqualTo(200);
            assertThat(drained.body().at("/verdict").asString()).contains("taking out westus is allowed");
            await().until(() -> fleet.node("westeurope")
                    .region("westus")
                    .filter(seen -> seen.state() == RegionState.DRAINING)
                    .isPresent());
            assertThat(fleet.get("/v1/regions").body().toString()).contains("DRAINING");

            var back = send(fleet, "POST", "/v1/regions/westus/undrain", "{\"ramp\":\"1h\"}");
            assertThat(back.status()).isEqualTo(200);
            await().until(() -> fleet.node("westeurope")
                    .region("westus")
                    .filter(seen -> seen.state() == RegionState.RAMPING)
                    .isPresent());
            var ramp = fleet.node("westeurope").region("westus").orElseThrow().ramp();
            assertThat(ramp.over()).hasHours(1);
            assertThat(ramp.share(ramp.since())).isEqualTo(100);
            assertThat(ramp.share(ramp.since().plus(ramp.over().dividedBy(2)))).isEqualTo(600);
            assertThat(ramp.share(ramp.since().plus(ramp.over()))).isEqualTo(1000);
            assertThat(send(fleet, "POST", "/v1/regions/westus/undrain", "{}").status())
                    .isEqualTo(409);
        }
    }

    @Test
    void refusesADrainThatTheRestCannotCarryWithTheNumbers() throws Exception {
        try (var fleet = new Fleet(folder)) {
            await().until(() -> send(fleet, "POST", "/v1/regions/westus/drain?dryRun=true", "{}")
                            .status()
                    == 200);
            int allowed = 0;
            var refused = "";
            for (var region : Fleet.REGIONS) {
                var answer = send(fleet, "POST", "/v1/regions/" + region + "/drain", "{}");
                if (answer.status() == 200) {
                    allowed++;
                } else {
                    refused = answer.body().at("/detail").asString();
                    assertThat(answer.body().at("/code").asString()).isEqualTo("policy");
                    break;
                }
            }

            assertThat(allowed).isBetween(2, 5);
            assertThat(refused).contains("is refused").containsPattern("[0-9]");
            assertThat(send(fleet, "POST", "/v1/regions/atlantis/drain", "{}").status())
                    .isEqualTo(404);
        }
    }
}
