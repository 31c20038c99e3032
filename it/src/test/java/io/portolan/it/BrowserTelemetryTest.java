package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Route;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What pages in a real browser tell their node, until it stands in the node's counters. A browser that is driven is test traffic. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrowserTelemetryTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String NAME = "Contoso_Marks";
    private static final String ROUTE = "/marks";
    private static final String OWN = "westus";
    private static final String EVENTS = "portolan_telemetry_events_total";

    @RegisterExtension
    private static final SharedRegions SHARED = new SharedRegions();

    @TempDir
    private static Path folder;

    private URI node;

    @BeforeAll
    void start() throws Exception {
        var world = SHARED.regions();
        world.rest().register(NAME, "marks");
        world.deploy(NAME, "1.0", write(folder.resolve("marks")));
        node = world.nodeUri(OWN);
    }

    /** A page under a strict policy of its own whose blades and parts come up, fail, and never come up. */
    private static Path write(Path source) throws IOException {
        Files.createDirectories(source);
        Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        Files.writeString(source.resolve("index.html"), """
                <!doctype html>
                <html lang="en">
                <head>
                  <meta charset="utf-8">
                  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:">
                  <title>Marks</title>
                  <link rel="icon" href="data:,">
                </head>
                <body>
                  <p id="state">starting</p>
                  <script src="marks.js"></script>
                </body>
                </html>
                """);
        Files.writeString(source.resolve("marks.js"), """
                const orders = portolan.blade('Orders');
                orders.loaded();
                orders.ready();
                portolan.blade('Details').failed('ErrorLoadingDefinition', 'no definition of details');
                portolan.part('List').ready();
                portolan.part('Map').failed('ErrorLoadingControl');
                portolan.part('Chart').cancel();
                window.unfinished = portolan.blade('Unfinished');
                document.getElementById('state').textContent = 'started';
                """);
        return source;
    }

    private void awaitCount(long count, String... labels) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(Metrics.sum(node, EVENTS, labels))
                .as(String.join(" ", labels))
                .isEqualTo(count));
    }

    private long counted(String... labels) throws IOException, InterruptedException {
        return Metrics.sum(node, EVENTS, labels);
    }

    @Test
    void row114WhatComesUpFailsAndIsLeftIsCountedAtTheNode() throws Exception {
        var version = "extension=\"" + NAME + "\",version=\"1.0\"";
        try (var visit = SHARED.chromium().visit(node)) {
            visit.open(ROUTE);
            visit.await("document.getElementById('state').textContent === 'started'");

            awaitCount(1, version, "event=\"ExtensionLoad\",action=\"start\"", "traffic=\"test\"");
            awaitCount(1, version, "event=\"ExtensionLoad\",action=\"complete\"");
            awaitCount(3, version, "event=\"BladeLoaded\",action=\"start\"");
            awaitCount(1, version, "event=\"BladeFullReady\",action=\"complete\"");
            awaitCount(1, version, "event=\"BladeLoaded\",action=\"errored\",outcome=\"ErrorLoadingDefinition\"");
            awaitCount(1, version, "event=\"PartLoaded\",action=\"errored\",outcome=\"ErrorLoadingControl\"");
            awaitCount(1, version, "event=\"PartLoaded\",action=\"cancel\"");
            assertThat(counted("extension=\"" + NAME + "\"", "traffic=\"user\""))
                    .isZero();
            assertThat(counted(version, "event=\"BladeLoaded\",action=\"cancel\""))
                    .isZero();
            var failures = Json.mapper()
                    .readTree(Pages.get(node.resolve("/api/diagnostics")).body())
                    .at("/telemetry/" + NAME + "/versions/1.0/failures");
            assertThat(failures).anySatisfy(failure -> {
                assertThat(failure.at("/state").asString()).isEqualTo("ErrorLoadingDefinition");
                assertThat(failure.at("/message").asString()).isEqualTo("no definition of details");
                assertThat(failure.at("/session").asString()).isNotEmpty();
            });
            await().atMost(LIMIT)
                    .until(() -> Metrics.sum(
                                    node,
                                    "portolan_asset_fetches_total",
                                    "extension=\"" + NAME + "\"",
                                    "source=\"" + OWN)
                            > 0);

            // The page goes, and with it a blade that never came up.
            visit.page().navigate("about:blank");
            awaitCount(1, version, "event=\"BladeLoaded\",action=\"cancel\"");
            awaitCount(1, version, "event=\"BladeFullReady\",action=\"cancel\"");
            visit.assertNothingSeen();
        }
        assertThat(Metrics.sum(node, "portolan_telemetry_refused_total", "reason=\"form\""))
                .isZero();
    }

    /** Where no worker runs the page tells by itself, of the files that it got from its region too. */
    @Test
    void withoutAWorkerThePageTellsOfItselfAndOfItsFiles() throws Exception {
        var other = SHARED.regions().nodeUri("brazilsouth");
        var ours = "extension=\"" + NAME + "\"";
        try (var visit = SHARED.chromium().visit(other)) {
            visit.page()
                    .addInitScript("navigator.serviceWorker.register ="
                            + " () => Promise.reject(new DOMException('denied', 'SecurityError'))");
            visit.open(ROUTE);
            visit.await("document.getElementById('state').textContent === 'started'");

            await().atMost(LIMIT)
                    .until(() -> Metrics.sum(other, EVENTS, ours, "event=\"ExtensionLoad\"", "action=\"complete\"") == 1
                            && Metrics.sum(other, EVENTS, ours, "event=\"PartLoaded\"", "action=\"complete\"") == 1
                            && Metrics.sum(other, "portolan_asset_fetches_total", ours, "source=\"brazilsouth\"") > 0);
            visit.assertNothingSeen();
        }
    }

    /** In a sandbox there is no origin that a node could know: nothing is sent, and nothing in the page notices. */
    @Test
    void inASandboxNothingIsToldAndNothingNotices() throws Exception {
        var other = SHARED.regions().nodeUri("southeastasia");
        try (var portal = FramingPortal.start();
                var visit = SHARED.chromium().visit(portal.origin())) {
            visit.open(FramingPortal.path(other.resolve(ROUTE), "allow-scripts"));
            visit.await("told.some((each) => each.portolan === 'started')");
            var frame = visit.page().frames().getLast();
            frame.evaluate("() => portolan.blade('Later').ready()");

            assertThat(frame.evaluate("() => performance.getEntriesByType('resource').map((each) => each.name).join()")
                            .toString())
                    .contains("marks.js")
                    .doesNotContain("/telemetry", "page.js");
            assertThat(Metrics.sum(other, EVENTS, "extension=\"" + NAME + "\"")).isZero();
            visit.assertNothingSeen();
        }
    }

    @Test
    void aRevisionSwitchesItOff() throws Exception {
        var other = SHARED.regions().nodeUri("southcentralus");
        deliver("OFF");
        try (var visit = SHARED.chromium().visit(other)) {
            visit.open(ROUTE);
            visit.await("document.getElementById('state').textContent === 'started'");
            // The module is there for other things.
            visit.await("performance.getEntriesByType('resource').some((each) => each.name.endsWith('/-/page.js'))");
            visit.page().evaluate("() => portolan.blade('Later').ready()");
            visit.page().navigate("about:blank");

            assertThat(visit.requests()).noneMatch(url -> url.contains("/telemetry"));
            assertThat(Metrics.sum(other, EVENTS, "extension=\"" + NAME + "\"")).isZero();
            visit.assertNothingSeen();
        } finally {
            deliver("ON");
        }
    }

    private static void deliver(String telemetry) throws Exception {
        var world = SHARED.regions();
        var set = world.rest().put("/v1/environments/prod/delivery", Map.of("telemetry", telemetry));
        assertThat(set.status()).as(set.body().toString()).isEqualTo(200);
        await().atMost(LIMIT).until(() -> new String(
                        Pages.get(world.nodeUri("southcentralus").resolve(ROUTE))
                                .body(),
                        StandardCharsets.UTF_8)
                .contains("data-telemetry=\"" + telemetry.toLowerCase(Locale.ROOT) + "\""));
    }

    @Test
    void aPageMindsNoBlocker() throws Exception {
        // At another node, whose counts nobody compares; and without a worker, which would fetch it unseen.
        try (var visit = SHARED.chromium().visitWithoutWorker(SHARED.regions().nodeUri("westcentralus"))) {
            visit.page().route("**/-/page.js", Route::abort);
            visit.page().addInitScript("addEventListener('unhandledrejection', () => window.rejected = true)");
            visit.open(ROUTE);
            visit.await("document.getElementById('state').textContent === 'started'");

            visit.await("performance.getEntriesByType('navigation')[0].loadEventEnd > 0");
            visit.page().evaluate("() => portolan.blade('Later').ready()");
            assertThat(visit.settled("new Promise((done) => setTimeout(() => done(window.rejected ?? false)))")
                            .asBoolean())
                    .isFalse();
        }
    }
}
