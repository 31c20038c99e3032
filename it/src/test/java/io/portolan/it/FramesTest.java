package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Frame;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * An extension in a frame of a portal of another site, as portals open them, and in a sandbox, where there is no worker: there every
 * byte is the own region's, the CDN is not asked, and the portal is told when the page cannot start.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FramesTest {
    private static final String OWN = "westeurope";
    private static final String PROBE = "/" + ProbeExtension.ROUTE;
    private static final String CONTROLLED = "navigator.serviceWorker.controller !== null";
    private static final String SANDBOX = "allow-scripts";
    private static final Duration LIMIT = Duration.ofSeconds(90);

    @RegisterExtension
    private static final SharedRegions SHARED = new SharedRegions();

    @TempDir
    private static Path folder;

    private CdnWorld world;
    private FramingPortal portal;
    private final InstantSource clock = InstantSource.system();
    private final List<String> times = new ArrayList<>();

    @BeforeAll
    void start() throws Exception {
        world = new CdnWorld(SHARED.regions(), folder, OWN);
        portal = FramingPortal.start();
        world.deployProbe(folder.resolve("probe1"));
        world.deliver(List.of(world.cdnUrl()), "ON", "GO");
    }

    @AfterEach
    void heal() throws IOException {
        world.breakCdn(CdnFault.NONE);
        world.regions().startStopped();
    }

    @AfterAll
    void stop() throws Exception {
        System.out.println(
                "milliseconds until a page in a frame works: fault, first visit, later visit with nothing kept, and once more\n"
                        + String.join("\n", times));
        world.deliver(List.of(), "ON", "GO");
        portal.close();
        world.close();
    }

    @ParameterizedTest
    @EnumSource(CdnFault.class)
    void row42AnyFaultInAFrameOfAnotherSiteOnAFirstAndOnALaterVisit(CdnFault fault) throws Exception {
        // More than one for bench/cdn.sh only.
        for (int round = Integer.getInteger("portolan.rounds", 1); round > 0; round--) {
            firstAndLater(fault);
        }
    }

    private void firstAndLater(CdnFault fault) throws Exception {
        var address = fault.address(world.nginx());
        if (address.isPresent()) {
            world.deliver(List.of(address.get()), "ON", "GO");
        }
        world.breakCdn(fault);
        var began = clock.instant();
        try (var visit = visit(world.regions().nodeUri(OWN), "")) {
            awaitTrue(visit, ProbeExtension.STARTED);
            long first = Duration.between(began, clock.instant()).toMillis();
            awaitTrue(visit, CONTROLLED);
            settled(visit, UsedFiles.FORGET);
            world.nginx().forget();

            long later = again(visit);
            settled(visit, UsedFiles.FORGET);
            long after = again(visit);

            times.add("%-22s %-9s %6d %6d %6d".formatted(fault, "/framed", first, later, after));
            assertThat(settled(visit, "inWorker()").asString()).isEqualTo("version 1.0");
            assertThat(settled(visit, "lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            UsedFiles.assertRight(settled(visit, UsedFiles.of(ProbeExtension.ROUTE)));
            visit.assertNothingSeen();
            if (fault == CdnFault.NONE) {
                assertThat(world.nginx().requests())
                        .as("bytes come from the CDN")
                        .anySatisfy(line -> assertThat(line).contains("/CDN/probe/Content/1.0/app.js"));
            } else {
                assertThat(visit.notices()).as("a notice that names the CDN").anySatisfy(notice -> assertThat(notice)
                        .contains("/CDN failed ("));
            }
        } finally {
            if (address.isPresent()) {
                world.deliver(List.of(world.cdnUrl()), "ON", "GO");
            }
        }
    }

    /** Milliseconds until the page in the frame works once more, its portal being loaded again. */
    private long again(Visit visit) {
        var began = clock.instant();
        visit.reload();
        awaitTrue(visit, ProbeExtension.STARTED);
        return Duration.between(began, clock.instant()).toMillis();
    }

    @ParameterizedTest
    @EnumSource(
            value = CdnFault.class,
            names = {"HANG", "RESET_IN_MID_BODY"})
    void row42InAFrameOfAnotherSiteTheRegionDiesToo(CdnFault fault) throws Exception {
        world.breakCdn(fault);
        try (var visit = visit(world.regions().nodeUri(OWN), "")) {
            awaitTrue(visit, ProbeExtension.STARTED);
            awaitTrue(visit, CONTROLLED);

            assertThat(settled(visit, "lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertThat(settled(visit, "inWorker()").asString()).isEqualTo("version 1.0");
            world.regions().stopNode(OWN);
            assertThat(settled(visit, "lazy(2)").asString())
                    .as("CDN and region gone together")
                    .isEqualTo("chunk 2 of version 1.0");
            assertThat(settled(visit, "location.origin").asString())
                    .isEqualTo(world.regions().nodeUri(OWN).toString());
            visit.assertNothingSeen();
        } finally {
            world.regions().startStopped();
            world.regions().awaitConverged(ProbeExtension.NAME);
        }
    }

    /** Experiment 45 of the reliability reference: what a tenant uploads runs in its own origin, and reaches nothing of the shell's. */
    @Test
    void experiment45ScriptsInUploadedHtmlAndSvgReachNothingOfThePortal() throws Exception {
        var script = """
                const tries = { origin: window.origin, ownCookies: document.cookie };
                const attempts = {
                  cookie: () => parent.document.cookie,
                  storage: () => parent.localStorage.getItem('shell'),
                  page: () => parent.document.body.innerHTML,
                };
                for (const name of Object.keys(attempts)) {
                  try { tries[name] = String(attempts[name]()); } catch (error) { tries[name] = error.name; }
                }
                parent.postMessage({ tries }, '*');
                """;
        var source = Files.createDirectories(folder.resolve("hostile"));
        Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        Files.writeString(
                source.resolve("index.html"), "<!doctype html><title>Hostile</title><script>" + script + "</script>");
        Files.writeString(
                source.resolve("evil.html"), "<!doctype html><title>Evil</title><script>" + script + "</script>");
        Files.writeString(
                source.resolve("evil.svg"),
                "<svg xmlns=\"http://www.w3.org/2000/svg\"><script><![CDATA[" + script + "]]></script></svg>");
        world.regions().rest().register("Contoso_Hostile", "hostile");
        world.regions().deploy("Contoso_Hostile", "1.0", source);
        var node = world.regions().nodeUri(OWN);
        try (var visit = SHARED.chromium().visit(portal.origin())) {
            visit.open("/");
            visit.value("(document.cookie = 'shell=secret', localStorage.setItem('shell', 'secret'), 1)");
            for (var path : List.of("/hostile", "/hostile/Content/1.0/evil.html", "/hostile/Content/1.0/evil.svg")) {
                visit.open(FramingPortal.path(node.resolve(path), ""));
                visit.await("told.some((each) => each.tries)");

                var tries = visit.value("told.find((each) => each.tries).tries");
                assertThat(visit.value("document.cookie").asString())
                        .as("the shell has its cookie")
                        .contains("shell=secret");
                assertThat(tries.at("/origin").asString()).as(path).isEqualTo(node.toString());
                assertThat(tries.at("/ownCookies").asString()).as(path).doesNotContain("secret");
                for (var name : List.of("cookie", "storage", "page")) {
                    assertThat(tries.at("/" + name).asString())
                            .as("%s: %s", path, name)
                            .isEqualTo("SecurityError");
                }
            }
        }
    }

    @Test
    void row42InASandboxThereIsNoWorkerAndAllBytesAreTheOwnRegions() throws Exception {
        world.breakCdn(CdnFault.HANG);
        world.nginx().forget();
        try (var visit = visit(world.regions().nodeUri(OWN), SANDBOX)) {
            awaitTrue(visit, ProbeExtension.STARTED);

            assertThat(settled(visit, "window.origin").asString()).isEqualTo("null");
            assertThat(settled(visit, "lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            var base = world.regions().nodeUri(OWN) + "/probe/Content/1.0/";
            var used = settled(visit, "performance.getEntriesByType('resource').map((each) => each.name)");
            assertThat(used).hasSizeGreaterThan(3).allSatisfy(url -> assertThat(url.asString())
                    .startsWith(base));
            assertThat(world.nginx().requests()).isEmpty();
            assertThat(visit.notices()).isEmpty();
            assertThat(visit.value("told.map((each) => each.portolan)")).hasToString("[\"boot\",\"started\"]");
        }
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void integrityHoldsWithAndWithoutAWorker(Place place) throws Exception {
        try (var visit = visit(world.regions().nodeUri(OWN), place.sandbox)) {
            awaitTrue(visit, ProbeExtension.STARTED);
            if (place == Place.FRAME) {
                awaitTrue(visit, CONTROLLED);
            }
            assertThat(settled(visit, withIntegrity("lazy5.js", true)).asString())
                    .isEqualTo("load");
            assertThat(settled(visit, withIntegrity("lazy6.js", false)).asString())
                    .isEqualTo("error");
        }
    }

    /** Where an extension runs. */
    private enum Place {
        FRAME(""),
        SANDBOX(FramesTest.SANDBOX);

        private final String sandbox;

        Place(String sandbox) {
            this.sandbox = sandbox;
        }
    }

    @Test
    void whereThereIsNoWorkerThePortalIsToldThatThePageCannotStart() throws Exception {
        world.nginx().answer(NginxCdn.Wrong.STATUS_503);
        try (var visit = visit(world.nginx().origin(), SANDBOX)) {
            visit.await("told.some((each) => each.portolan === 'failed')");

            assertThat(visit.value("told.some((each) => each.portolan === 'started')")
                            .asBoolean())
                    .isFalse();
            var told = visit.value("told.find((each) => each.portolan === 'failed')");
            assertThat(told.at("/route").asString()).isEqualTo(ProbeExtension.ROUTE);
            assertThat(told.at("/version").asString()).isEqualTo("1.0");
            assertThat(told.at("/url").asString()).startsWith(world.nginx().origin() + "/probe/Content/1.0/");
        }
    }

    /** So many newer versions are published that the first is not even retained, while a page of it is open. */
    @Test
    void aCallThatFindsItsVersionGoneIsToldToPageAndShellAndThePageIsLoadedAgain() throws Exception {
        var name = "Contoso_Gone";
        var regions = world.regions();
        regions.rest().register(name, "gone");
        publish(name, "0.9");
        regions.deploy(name, "1.0", Sources.page(folder.resolve("gone-1.0"), "1.0"));
        var node = regions.nodeUri(OWN);
        try (var visit = SHARED.chromium().visit(portal.origin())) {
            visit.open(FramingPortal.path(node.resolve("/gone?pin=0.9"), ""));
            awaitTrue(visit, "globalThis.portolan?.version === '0.9' && document.readyState === 'complete'");
            framed(visit).evaluate("""
                    () => addEventListener('portolan:revoked', (event) => {
                      window.heard = event.detail.next;
                      event.detail.waitUntil(new Promise((resolve) => window.saved = resolve));
                    })""");
            for (int i = 0; i < 20; i++) {
                publish(name, "0.9." + i);
            }
            var call = node.resolve("/gone/@0.9/api/items/7");
            await().atMost(LIMIT).until(() -> Pages.get(call).statusCode() == 410);

            assertThat(settled(visit, "fetch(portolan.api + '/items/7').then((answer) => answer.status)")
                            .asInt())
                    .isEqualTo(410);

            awaitTrue(visit, "window.heard === '1.0'");
            visit.await("told.some((each) => each.portolan === 'revoked' && each.route === 'gone'"
                    + " && each.version === '0.9' && each.next === '1.0')");
            assertThat(settled(visit, "portolan.version").asString())
                    .as("waited for")
                    .isEqualTo("0.9");
            framed(visit).evaluate("() => saved()");
            awaitTrue(visit, "globalThis.portolan?.version === '1.0'");
        }
    }

    private void publish(String name, String version) throws Exception {
        var published = world.regions()
                .publish(name, version, Sources.page(folder.resolve(name + "-" + version), version), folder);
        assertThat(published.status()).as(published.body().toString()).isEqualTo(201);
    }

    @Test
    void aShellOpensAnExtensionFromAnotherRegionWhereItsOwnIsDead() throws Exception {
        world.regions().stopNode(OWN);
        try (var visit = SHARED.chromium().visit(portal.origin())) {
            visit.open("/");
            var opened = visit.settled(opening("", "[]", OWN, "westus"));

            assertThat(opened.at("/base").asString())
                    .isEqualTo(world.regions().nodeUri("westus").toString());
            assertThat(opened.at("/version").asString()).isEqualTo("1.0");
            assertThat(opened.at("/tries/0/base").asString())
                    .isEqualTo(world.regions().nodeUri(OWN).toString());
            assertThat(opened.at("/tries/0/error").asString()).isEqualTo("FirstResponseNotReceived");
            awaitTrue(visit, ProbeExtension.STARTED);
            assertThat(settled(visit, "lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertThat(visit.page().locator("iframe").count()).isEqualTo(1);
        } finally {
            world.regions().startStopped();
            world.regions().awaitConverged(ProbeExtension.NAME);
        }
    }

    @Test
    void row114AShellTellsForThePageHowItLoadedAndWhichRegionFailed() throws Exception {
        var other = world.regions().nodeUri("westus");
        var labels = "extension=\"" + ProbeExtension.NAME + "\"";
        long completed = loads(other, labels, "action=\"complete\"");
        long errored = loads(other, labels, "outcome=\"FirstResponseNotReceived\"");
        world.regions().stopNode(OWN);
        try (var visit = SHARED.chromium().visit(portal.origin())) {
            visit.open("/");
            var opened = visit.settled(opening("", "[]", OWN, "westus"));
            assertThat(opened.at("/address").asString()).contains("&shell=1");
            awaitTrue(visit, ProbeExtension.STARTED);

            await().atMost(LIMIT).untilAsserted(() -> assertThat(loads(other, labels, "action=\"complete\""))
                    .isEqualTo(completed + 1));
            assertThat(loads(other, labels, "outcome=\"FirstResponseNotReceived\""))
                    .isEqualTo(errored + 1);
            // The page tells of its files by itself, and not of the load once more.
            await().atMost(LIMIT)
                    .until(() -> Metrics.sum(other, "portolan_asset_fetches_total", labels, "source=\"westus\"") > 0);
            assertThat(loads(other, labels, "action=\"complete\"")).isEqualTo(completed + 1);
        } finally {
            world.regions().startStopped();
            world.regions().awaitConverged(ProbeExtension.NAME);
        }
    }

    private static long loads(URI node, String... labels) throws IOException, InterruptedException {
        var all = new java.util.ArrayList<>(List.of(labels));
        all.add("event=\"ExtensionLoad\"");
        return Metrics.sum(node, "portolan_telemetry_events_total", all.toArray(String[]::new));
    }

    @Test
    void rowX1AShellOpensNamedVersionsUnderItsFlagAndSaysWhichNameIsUnknown() {
        try (var visit = SHARED.chromium().visit(portal.origin())) {
            visit.open("/");
            var flag = "feature.canmodifystamps=true&";
            var name = ProbeExtension.NAME + "=";

            assertThat(visit.settled(opening(flag + name + "1.0", "[]", OWN))
                            .at("/address")
                            .asString())
                    .contains("/probe/1.0?");
            assertThat(visit.settled(opening(name + "1.0", "[]", OWN))
                            .at("/address")
                            .asString())
                    .contains("/probe?");
            var unknown = visit.settled(opening(flag + name + "nosuch", "[]", OWN));
            assertThat(unknown.at("/state").asString()).isEqualTo("InvalidExtensionName");
            assertThat(unknown.at("/message").asString()).contains("no version, stage or friendly name nosuch");
            visit.assertNothingSeen();
        }
    }

    @Test
    void rowX2AShellAsksBeforeItSideloads() {
        try (var visit = SHARED.chromium().visit(portal.origin())) {
            visit.open("/");
            var refused = visit.settled(opening(
                    "feature.canmodifyextensions=true#?testExtensions="
                            + "{\"Contoso_Probe\":\"https://localhost:4/probe\"}",
                    "[]",
                    OWN));

            assertThat(refused.at("/state").asString()).as(refused.toString()).isEqualTo("SideloadRefused");
            assertThat(visit.value("asked")).hasToString("[\"https://localhost:4/probe\"]");
            assertThat(visit.settled(opening("", "[]", OWN)).at("/address").asString())
                    .as("a session without the flag")
                    .startsWith(world(OWN));
            assertThat(visit.value("asked")).hasSize(1);
        }
    }

    @Test
    void rowX3AFlightIsOpenedWithItsMarkAndIsOffWhereItsNameIsGone() {
        try (var visit = SHARED.chromium().visit(portal.origin())) {
            visit.open("/");

            assertThat(visit.settled(opening("", "[{alias: '1.0', percent: 100}]", OWN))
                            .at("/address")
                            .asString())
                    .contains("/probe/1.0?", "&flight=1");
            var off = visit.settled(opening("", "[{alias: 'nosuch', percent: 100}]", OWN));
            assertThat(off.at("/address").asString()).contains("/probe?").doesNotContain("flight");
        }
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
                        firstSignMillis: 10000,
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
            return SHARED.regions().nodeUri(region).toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Visit visit(URI node, String sandbox) {
        var visit = SHARED.chromium().visit(portal.origin());
        visit.open(FramingPortal.path(URI.create(node + PROBE), sandbox));
        return visit;
    }

    /** A script element's event, its integrity that of the manifest or another one. */
    private static String withIntegrity(String file, boolean right) {
        return """
                (async () => {
                  const manifest = await (await fetch('/probe/-/manifest/1.0')).json();
                  const hex = manifest.files.find((file) => file.path === '%1$s').hash;
                  const bytes = hex.match(/../g).map((byte) => parseInt(byte, 16));
                  if (!%2$s) bytes[0] ^= 1;
                  const script = document.createElement('script');
                  script.type = 'module';
                  script.src = '%1$s';
                  script.integrity = 'sha256-' + btoa(String.fromCharCode(...bytes));
                  const end = new Promise((resolve) => script.onload = script.onerror = (event) => resolve(event.type));
                  document.head.append(script);
                  return end;
                })()""".formatted(file, right);
    }

    private static Frame framed(Visit visit) {
        return visit.page().frames().getLast();
    }

    private static void awaitTrue(Visit visit, String expression) {
        visit.page().waitForCondition(() -> Visit.isTrue(framed(visit), expression));
    }

    private static JsonNode settled(Visit visit, String expression) {
        return Json.mapper()
                .readTree(String.valueOf(framed(visit)
                        .evaluate("Promise.resolve(" + expression + ").then((value) => JSON.stringify(value))")));
    }
}
