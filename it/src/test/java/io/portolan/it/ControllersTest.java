package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.protocol.Json;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The example whose page calls three controllers: deployed with its page, run by a region's node, each reachable there. */
class ControllersTest {
    private static final Path EXAMPLE =
            Path.of(System.getProperty("portolan.root")).resolve("examples/market");

    @RegisterExtension
    static final SharedDev WORLD = SharedDev.oneProcess();

    @Test
    void row_8_1_aPackagesControllersRunWhereItsPageIsServed() throws Exception {
        var dev = WORLD.dev();
        dev.must("ext", "register", "Portolan_Market", "--route", "market", "--placement", "prod=westus");

        dev.must(
                "deploy",
                EXAMPLE.toString(),
                "--extension",
                "Portolan_Market",
                "--version",
                "1.0",
                "--bake",
                "0s",
                "--wait");

        var ready = new TreeMap<String, String>();
        await().atMost(Duration.ofMinutes(3)).untilAsserted(() -> {
            ready.clear();
            ready.putAll(addresses(dev));
            assertThat(ready).containsOnlyKeys("catalogue", "chat", "quotes");
        });
        assertThat(text(ready, "catalogue", "/")).contains("portolan chart");
        var price = Json.mapper().readTree(text(ready, "quotes", "/price/astrolabe"));
        assertThat(price.path("currency").asString()).isEqualTo("EUR");
        assertThat(price.path("version").asString()).isEqualTo("1.0");
        assertThat(price.path("region").asString()).isEqualTo("westus");
        assertThat(text(ready, "chat", "/healthz")).isEqualTo("ok");
        assertThat(Pages.get(dev.node("westus").resolve("/market/Content/1.0/controllers/chat/chat.mjs"))
                        .statusCode())
                .as("is the region's alone")
                .isEqualTo(404);
        assertThat(addresses(dev, "westeurope")).isEmpty();
    }

    @Test
    void namesEveryFaultOfItsControllersWhenItIsPublished() throws Exception {
        var dev = WORLD.dev();
        dev.must("ext", "register", "Contoso_Faulty", "--route", "faulty");
        var folder = Sources.page(dev.scratch("faulty"), "faulty");
        Files.writeString(folder.resolve("portolan.json"), """
                {"portals":["*"],"controllers":[
                  {"name":"a","kind":"process","runtime":"node","archive":"server/","command":["a.mjs"]},
                  {"name":"b","mount":"diagnostics","kind":"container","image":"b:latest"}]}""");

        var refused = dev.cli("publish", folder.toString(), "--extension", "Contoso_Faulty", "--version", "1.0");

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("none of Portolan's own", "image: b:latest", "controller-invalid");
    }

    private static Map<String, String> addresses(DevProcess dev) throws Exception {
        return addresses(dev, "westus");
    }

    /** Address of the first ready replica of each controller at a node. */
    private static Map<String, String> addresses(DevProcess dev, String region) throws Exception {
        var shown = Json.mapper()
                .readTree(Pages.get(dev.node(region).resolve("/market/api/diagnostics"))
                        .body());
        var ready = new TreeMap<String, String>();
        for (JsonNode controller : shown.at("/extensions/Portolan_Market/controllers")) {
            if (controller.path("state").asString().equals("READY")) {
                ready.put(
                        controller.path("name").asString(),
                        controller.at("/replicas/0/address").asString());
            }
        }
        return ready;
    }

    private static String text(Map<String, String> addresses, String controller, String path) throws Exception {
        var answer = Pages.get(URI.create("http://" + addresses.get(controller) + path));
        assertThat(answer.statusCode()).isEqualTo(200);
        return new String(answer.body(), StandardCharsets.UTF_8);
    }
}
