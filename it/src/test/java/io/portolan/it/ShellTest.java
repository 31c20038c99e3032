package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** How a portal opens extensions by the shell module: from another region where one is dead, by names and flights, and what it is told. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ShellTest {
    @RegisterExtension
    private static final SharedCdn CDN = new SharedCdn();

    private static final Duration LIMIT = Duration.ofSeconds(90);

    @TempDir
    private static Path folder;

    private FramingPortal portal;

    @BeforeAll
    void start() throws Exception {
        portal = FramingPortal.start();
    }

    @AfterAll
    void stop() {
        portal.close();
    }

    @Test
    void aShellOpensAnExtensionFromAnotherRegionWhereItsOwnIsDead() throws Exception {
        CDN.regions().stopNode(SharedCdn.OWN);
        try (var visit = CDN.chromium().visit(portal.origin())) {
            visit.open("/");
            var opened = visit.settled(opening("", "[]", SharedCdn.OWN, "westus"));

            assertThat(opened.at("/base").asString())
                    .isEqualTo(CDN.regions().nodeUri("westus").toString());
            assertThat(opened.at("/version").asString()).isEqualTo("1.0");
            assertThat(opened.at("/tries/0/base").asString())
                    .isEqualTo(CDN.regions().nodeUri(SharedCdn.OWN).toString());
            assertThat(opened.at("/tries/0/error").asString()).isEqualTo("FirstResponseNotReceived");
            FramedPages.awaitTrue(visit, ProbeExtension.STARTED);
            assertThat(FramedPages.settled(visit, "lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertThat(visit.page().locator("iframe").count()).isEqualTo(1);
        } finally {
            CDN.regions().startStopped();
            CDN.regions().awaitConverged(ProbeExtension.NAME);
        }
    }

    @Test
    void row114AShellTellsForThePageHowItLoadedAndWhichRegionFailed() throws Exception {
        var other = CDN.regions().nodeUri("westus");
        var labels = "extension=\"" + ProbeExtension.NAME + "\"";
        long completed = loads(other, labels, "action=\"complete\"");
        long errored = loads(other, labels, "outcome=\"FirstResponseNotReceived\"");
        CDN.regions().stopNode(SharedCdn.OWN);
        try (var visit = CDN.chromium().visit(portal.origin())) {
            visit.open("/");
            var opened = visit.settled(opening("", "[]", SharedCdn.OWN, "westus"));
            assertThat(opened.at("/address").asString()).contains("&shell=1");
            FramedPages.awaitTrue(visit, ProbeExtension.STARTED);

            await().atMost(LIMIT).untilAsserted(() -> assertThat(loads(other, labels, "action=\"complete\""))
                    .isEqualTo(completed + 1));
            assertThat(loads(other, labels, "outcome=\"FirstResponseNotReceived\""))
                    .isEqualTo(errored + 1);
            // The page tells of its files by itself, and not of the load once more.
            await().atMost(LIMIT)
                    .until(() -> Metrics.sum(other, "portolan_asset_fetches_total", labels, "source=\"westus\"") > 0);
            assertThat(loads(other, labels, "action=\"complete\"")).isEqualTo(completed + 1);
        } finally {
            CDN.regions().startStopped();
            CDN.regions().awaitConverged(ProbeExtension.NAME);
        }
    }

    private static long loads(URI node, String... labels) throws IOException, InterruptedException {
        var all = new java.util.ArrayList<>(List.of(labels));
        all.add("event=\"ExtensionLoad\"");
        return Metrics.sum(node, "portolan_telemetry_events_total", all.toArray(String[]::new));
    }

    @Test
    void rowX1AShellOpensNamedVersionsUnderItsFlagAndSaysWhichNameIsUnknown() {
        try (var visit = CDN.chromium().visit(portal.origin())) {
            visit.open("/");
            var flag = "feature.canmodifystamps=true&";
            var name = ProbeExtension.NAME + "=";

            assertThat(visit.settled(opening(flag + name + "1.0", "[]", SharedCdn.OWN))
                            .at("/address")
                            .asString())
                    .contains("/probe/1.0?");
            assertThat(visit.settled(opening(name + "1.0", "[]", SharedCdn.OWN))
                            .at("/address")
                            .asString())
                    .contains("/probe?");
            var unknown = visit.settled(opening(flag + name + "nosuch", "[]", SharedCdn.OWN));
            assertThat(unknown.at("/state").asString()).isEqualTo("InvalidExtensionName");
            assertThat(unknown.at("/message").asString()).contains("no version, stage or friendly name nosuch");
            visit.assertNothingSeen();
        }
    }

    @Test
    void rowX2AShellAsksBeforeItSideloads() {
        try (var visit = CDN.chromium().visit(portal.origin())) {
            visit.open("/");
            var refused = visit.settled(opening(
                    "feature.canmodifyextensions=true#?testExtensions="
                            + "{\"Contoso_Probe\":\"https://localhost:4/probe\"}",
                    "[]",
                    SharedCdn.OWN));

            assertThat(refused.at("/state").asString()).as(refused.toString()).isEqualTo("SideloadRefused");
            assertThat(visit.value("asked")).hasToString("[\"https://localhost:4/probe\"]");
            assertThat(visit.settled(opening("", "[]", SharedCdn.OWN))
                            .at("/address")
                            .asString())
                    .as("a session without the flag")
                    .startsWith(world(SharedCdn.OWN));
            assertThat(visit.value("asked")).hasSize(1);
        }
    }

    @Test
    void rowX3AFlightIsOpenedWithItsMarkAndIsOffWhereItsNameIsGone() {
        try (var visit = CDN.chromium().visit(portal.origin())) {
            visit.open("/");

            assertThat(visit.settled(opening("", "[{alias: '1.0', percent: 100}]", SharedCdn.OWN))
                            .at("/address")
                            .asString())
                    .contains("/probe/1.0?", "&flight=1");
            var off = visit.settled(opening("", "[{alias: 'nosuch', percent: 100}]", SharedCdn.OWN));
            assertThat(off.at("/address").asString()).contains("/probe?").doesNotContain("flight");
        }
    }

    /** So many newer versions are published that the first is not even retained, while a page of it is open. */
    @Test
    void aCallThatFindsItsVersionGoneIsToldToPageAndShellAndThePageIsLoadedAgain() throws Exception {
        var name = "Contoso_Gone";
        var regions = CDN.regions();
        regions.rest().register(name, "gone");
        publish(name, "0.9");
        regions.deploy(name, "1.0", Sources.page(folder.resolve("gone-1.0"), "1.0"));
        var node = regions.nodeUri(SharedCdn.OWN);
        try (var visit = CDN.chromium().visit(portal.origin())) {
            visit.open(FramingPortal.path(node.resolve("/gone?pin=0.9"), ""));
            FramedPages.awaitTrue(
                    visit, "globalThis.portolan?.version === '0.9' && document.readyState === 'complete'");
            FramedPages.framed(visit).evaluate("""
                    () => addEventListener('portolan:revoked', (event) => {
                      window.heard = event.detail.next;
                      event.detail.waitUntil(new Promise((resolve) => window.saved = resolve));
                    })""");
            for (int i = 0; i < 20; i++) {
                publish(name, "0.9." + i);
            }
            var call = node.resolve("/gone/@0.9/api/items/7");
            await().atMost(LIMIT).until(() -> Pages.get(call).statusCode() == 410);

            assertThat(FramedPages.settled(visit, "fetch(portolan.api + '/items/7').then((answer) => answer.status)")
                            .asInt())
                    .isEqualTo(410);

            FramedPages.awaitTrue(visit, "window.heard === '1.0'");
            visit.await("told.some((each) => each.portolan === 'revoked' && each.route === 'gone'"
                    + " && each.version === '0.9' && each.next === '1.0')");
            assertThat(FramedPages.settled(visit, "portolan.version").asString())
                    .as("waited for")
                    .isEqualTo("0.9");
            FramedPages.framed(visit).evaluate("() => saved()");
            FramedPages.awaitTrue(visit, "globalThis.portolan?.version === '1.0'");
        }
    }

    /** No region has these files: that is how the page was written, and it does without them. */
    @Test
    void aPageThatNamesFilesWhichItsVersionLacksHasStartedAllTheSame() throws Exception {
        var name = "Contoso_Untidy";
        var page = Sources.page(folder.resolve("untidy"), "1.0");
        var index = page.resolve("index.html");
        var dead = "<link rel=\"stylesheet\" href=\"nosuch.css\"><link rel=\"prefetch\" href=\"nosuch.js\"></head>";
        Files.writeString(index, Files.readString(index).replace("</head>", dead));
        assertThat(index).content().contains(dead);
        CDN.regions().rest().register(name, "untidy");
        CDN.regions().deploy(name, "1.0", page);
        var node = CDN.regions().nodeUri(SharedCdn.OWN);
        try (var visit = CDN.chromium().visit(portal.origin())) {
            for (var when : List.of("first visit", "under the worker")) {
                visit.open(FramingPortal.path(node.resolve("/untidy"), ""));
                visit.await("told.some((each) => each.portolan === 'started' && each.route === 'untidy')");

                assertThat(visit.value("told.map((each) => each.portolan)"))
                        .as(when)
                        .hasToString("[\"boot\",\"started\"]");
            }
        }
    }

    private void publish(String name, String version) throws Exception {
        var published = CDN.regions()
                .publish(name, version, Sources.page(folder.resolve(name + "-" + version), version), folder);
        assertThat(published.status()).as(published.body().toString()).isEqualTo(201);
    }

    /** What a shell makes of the probe at regions, the flags as they stand after {@code ?} of its address. */
    private String opening(String flags, String flights, String... regions) {
        return """
                (async () => {
                  const shell = await import('/shell.js');
                  const { loadsOf } = await import('/telemetry.js');
                  window.asked = window.asked ?? [];
                  document.querySelectorAll('iframe').forEach((each) => each.remove());
                  try {
                    const opened = await shell.open(
                      document.body,
                      { extension: '%1$s', route: '%2$s', bases: %3$s, flights: %4$s },
                      {
                        session: { trustedAuthority: '%5$s', language: 'en' },
                        flags: shell.flagsOf('https://portal.test/?' + %6$s),
                        loads: loadsOf(),
                        consent: async (extension, url) => !asked.push(url),
                        // On a starved machine a region that is well takes its time.
                        firstSignMillis: 5000,
                      });
                    return { base: opened.base, version: opened.version, tries: opened.tries, address: opened.frame.src };
                  } catch (error) {
                    return { state: error.state, message: error.message };
                  }
                })()""".formatted(
                ProbeExtension.NAME,
                ProbeExtension.ROUTE,
                Json.text(java.util.Arrays.stream(regions).map(this::world).toList()),
                flights,
                WorldSettings.PORTAL,
                Json.text(flags));
    }

    private String world(String region) {
        try {
            return CDN.regions().nodeUri(region).toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
