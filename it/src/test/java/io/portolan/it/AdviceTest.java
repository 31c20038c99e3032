package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Advice from real requests in a running {@code dev} world: clients of two loopback networks, which the world's own table of locations
 * puts in Amsterdam and São Paulo, ask for an extension that is placed in westeurope only.
 */
class AdviceTest {
    private static final String TABLE = """
        prefix,latitude,longitude,label
        127.0.50.0/24,52.37,4.9,Amsterdam
        127.0.51.0/24,-23.55,-46.63,São Paulo
        """;

    @TempDir
    private static Path folder;

    @Test
    void aRunningExtensionIsToldWhichRegionWouldHelp() throws Exception {
        Files.createDirectories(folder.resolve("home"));
        try (var dev = started()) {
            var page = Files.createDirectories(dev.scratch("orders"));
            Files.writeString(page.resolve("index.html"), "<!doctype html><title>Orders</title>");
            Files.writeString(page.resolve("a.js"), "export const a = 1;\n");
            Files.writeString(page.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
            dev.must("ext", "register", "Contoso_Orders", "--route", "orders", "--placement", "prod=westeurope");
            dev.must(
                    "deploy",
                    page.toString(),
                    "--extension",
                    "Contoso_Orders",
                    "--version",
                    "1.0.0",
                    "--bake",
                    "1s",
                    "--wait");

            assertThat(dev.rest().get("/v1/extensions/Contoso_Orders/advice").status())
                    .as("no records, no advice")
                    .isEqualTo(404);
            for (int i = 0; i < 6; i++) {
                ask(dev, "127.0.50.1", "/orders");
            }
            for (int i = 0; i < 4; i++) {
                ask(dev, "127.0.51.9", "/orders");
                ask(dev, "127.0.51.9", "/orders/Content/1.0.0/a.js");
            }

            // A director may have been silent for a while on a busy machine; what it says is judged once it says
            // something.
            await().atMost(Duration.ofSeconds(120)).untilAsserted(() -> {
                var advice = dev.rest().get("/v1/extensions/Contoso_Orders/advice?thresholdMillis=40");
                assertThat(advice.status()).as(advice.body().toString()).isEqualTo(200);
                assertThat(advice.body().path("requests").asInt()).isEqualTo(14);
                assertThat(advice.body().at("/regions/0").asString()).isEqualTo("westeurope");
                assertThat(advice.body().path("affected").asDouble()).isBetween(0.56, 0.58);
                assertThat(advice.body().at("/add/0/region").asString()).isEqualTo("brazilsouth");
                assertThat(advice.body().at("/networks/0/extra").asDouble()).isGreaterThan(100);
            });
            await().atMost(Duration.ofSeconds(120))
                    .untilAsserted(() -> assertThat(dev.must("ext", "advise", "Contoso_Orders", "--threshold", "40")
                                    .out())
                            .contains("costs 57 % of the users more than 40 ms")
                            .contains("The region that would help most is brazilsouth"));

            var log = dev.data()
                    .resolve("regions")
                    .resolve("westeurope")
                    .resolve("logs")
                    .resolve("access.log");
            var table = Files.writeString(folder.resolve("places.csv"), TABLE);
            var alone = dev.must(
                    "ext",
                    "advise",
                    "Contoso_Orders",
                    "--threshold",
                    "40",
                    "--route",
                    "orders",
                    "--locations",
                    table.toString(),
                    "--access-log",
                    "westeurope=" + log);
            assertThat(alone.out())
                    .contains("costs 57 % of the users more than 40 ms")
                    .contains("São Paulo");

            var forbidden = dev.rest().get("/v1/extensions/Contoso_Maps/advice");
            assertThat(forbidden.status())
                    .as("an extension that is not registered")
                    .isEqualTo(404);
        }
    }

    private static DevProcess started() throws IOException {
        var data = Files.createDirectories(DevProcess.data(folder));
        Files.writeString(data.resolve("locations.csv"), TABLE);
        return DevProcess.start(folder);
    }

    /** One request from an address of the loopback network, as a client elsewhere would send it. */
    private static void ask(DevProcess dev, String from, String path) throws IOException {
        var node = dev.node("westeurope");
        try (var socket = new Socket()) {
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
            socket.connect(new InetSocketAddress(node.getHost(), node.getPort()));
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: " + node.getAuthority()
                                    + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 200");
        }
    }
}
