package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.WaitUntilState;
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

/**
 * A CDN that dies in every way, and a region with it, seen from a real browser: the page works, every byte is the published one, no
 * version is mixed with another, and nothing stands in the console but our own notice. Added times are printed, never asserted.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CdnTest {
    private static final String OWN = "westeurope";
    private static final String PROBE = "/" + ProbeExtension.ROUTE;
    private static final String MONACO_WORKS = "(document.getElementById('problems')?.textContent ?? '')"
            + ".includes(\"Type 'number' is not assignable to type 'string'\")";
    private static final Duration LIMIT = Duration.ofSeconds(90);

    @RegisterExtension
    private static final SharedRegions SHARED = new SharedRegions();

    @TempDir
    private static Path folder;

    private CdnWorld world;
    private Chromium chromium;
    private final InstantSource clock = InstantSource.system();
    private final List<String> times = new ArrayList<>();

    @BeforeAll
    void start() throws Exception {
        world = new CdnWorld(SHARED.regions(), folder, OWN);
        chromium = SHARED.chromium();
        world.deployProbe(folder.resolve("probe1"));
        world.deliver(List.of(world.cdnUrl()), "ON", "GO");
    }

    @AfterEach
    void heal() throws IOException {
        world.breakCdn(CdnFault.NONE);
    }

    @AfterAll
    void stop() throws Exception {
        System.out.println(
                "milliseconds until a page works: fault, page, first visit, later visit with nothing kept, and once more\n"
                        + String.join("\n", times));
        world.deliver(List.of(), "ON", "GO");
        world.close();
    }

    @ParameterizedTest
    @EnumSource(CdnFault.class)
    void row42AnyFaultOnAFirstAndOnALaterVisit(CdnFault fault) throws Exception {
        // More than one for bench/cdn.sh only.
        for (int round = Integer.getInteger("portolan.rounds", 1); round > 0; round--) {
            firstAndLater(fault, PROBE, ProbeExtension.STARTED);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = CdnFault.class,
            names = {"NONE", "HANG", "RESET_IN_MID_BODY", "WRONG_BYTES"})
    void row42MonacoOnAFirstAndOnALaterVisit(CdnFault fault) throws Exception {
        SHARED.deployed(Bundle.MONACO);
        firstAndLater(fault, "/monaco", MONACO_WORKS);
    }

    @Test
    void row42PdfjsAndSwaggerWithACdnThatHangsAfterItsHeaders() throws Exception {
        SHARED.deployed(Bundle.PDFJS);
        SHARED.deployed(Bundle.SWAGGER);
        firstAndLater(
                CdnFault.HANG_AFTER_HEADERS,
                "/pdfjs",
                "document.getElementById('state')?.textContent === 'Page 1 of 1'");
        firstAndLater(CdnFault.HANG_AFTER_HEADERS, "/swagger", "document.querySelectorAll('.opblock').length === 3");
    }

    @Test
    void row42VsCodeWithACdnThatHangs() throws Exception {
        SHARED.deployed(Bundle.VSCODE);
        world.breakCdn(CdnFault.HANG);
        try (var visit = chromium.visit(world.regions().nodeUri(OWN))) {
            for (int i = 0; i < 2; i++) {
                var began = clock.instant();
                visit.open("/vscode");
                visit.await(VsCode.OPENED);
                times.add("%-22s /vscode %s visit %6d"
                        .formatted(
                                CdnFault.HANG,
                                i == 0 ? "first" : "later",
                                Duration.between(began, clock.instant()).toMillis()));
                visit.page().keyboard().type(VsCode.MISTAKE);
                visit.await(VsCode.FOUND);
                visit.awaitWorker();
                visit.settled(UsedFiles.FORGET);
            }
            assertEveryByteIsRight(visit, "vscode");
            assertThat(visit.notices()).anySatisfy(notice -> assertThat(notice).contains("/CDN failed ("));
            visit.assertNothingSeenBut(VsCode.OWN_WORDS);
        }
    }

    private void firstAndLater(CdnFault fault, String path, String works) throws Exception {
        var address = fault.address(world.nginx());
        if (address.isPresent()) {
            world.deliver(List.of(address.get()), "ON", "GO");
        }
        world.breakCdn(fault);
        try (var visit = chromium.visit(world.regions().nodeUri(OWN))) {
            var began = clock.instant();
            visit.open(path);
            visit.await(works);
            long first = Duration.between(began, clock.instant()).toMillis();
            visit.awaitWorker();
            visit.settled(UsedFiles.FORGET);
            world.nginx().forget();

            began = clock.instant();
            visit.reload();
            visit.await(works);
            long later = Duration.between(began, clock.instant()).toMillis();

            visit.settled(UsedFiles.FORGET);
            began = clock.instant();
            visit.reload();
            visit.await(works);
            long after = Duration.between(began, clock.instant()).toMillis();

            times.add("%-22s %-9s %6d %6d %6d".formatted(fault, path, first, later, after));
            assertEveryByteIsRight(visit, path.substring(1));
            visit.assertNothingSeen();
            if (fault == CdnFault.NONE) {
                assertThat(failures(visit)).isEmpty();
                assertThat(world.nginx().requests())
                        .as("bytes come from the CDN")
                        .isNotEmpty();
            } else {
                assertThat(visit.notices()).as("a notice that names the CDN").anySatisfy(notice -> assertThat(notice)
                        .contains("/CDN failed ("));
                assertThat(failures(visit)).as("nothing else failed").allSatisfy(notice -> assertThat(notice)
                        .contains("/CDN failed ("));
            }
        } finally {
            if (address.isPresent()) {
                world.deliver(List.of(world.cdnUrl()), "ON", "GO");
            }
        }
    }

    /** Notices of sources that failed: one that was only slow, as anything is on a starved machine, is no failure. */
    private static List<String> failures(Visit visit) {
        return visit.notices().stream()
                .filter(notice -> !notice.contains(" failed (stalled) "))
                .toList();
    }

    private static void assertEveryByteIsRight(Visit visit, String route) {
        UsedFiles.assertRight(visit.settled(UsedFiles.of(route)));
    }

    @ParameterizedTest
    @EnumSource(
            value = CdnFault.class,
            names = {"RESET_IN_MID_BODY", "HANG", "STATUS_503", "ONE_KILOBYTE_A_SECOND"})
    void row51TheCdnDiesBetweenPageAndChunkAndTheRegionAfterIt(CdnFault fault) throws Exception {
        try (var visit = chromium.visit(world.regions().nodeUri(OWN))) {
            visit.open(PROBE);
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertThat(failures(visit)).isEmpty();

            world.breakCdn(fault);
            var began = clock.instant();
            assertThat(visit.settled("lazy(2)").asString()).isEqualTo("chunk 2 of version 1.0");
            long chunk = Duration.between(began, clock.instant()).toMillis();
            world.regions().stopNode(OWN);
            try {
                began = clock.instant();
                assertThat(visit.settled("lazy(3)").asString()).isEqualTo("chunk 3 of version 1.0");
                assertThat(visit.settled("inWorker()").asString()).isEqualTo("version 1.0");
                long region = Duration.between(began, clock.instant()).toMillis();

                // The page itself comes from another region, under the same address.
                visit.reload();
                visit.await(ProbeExtension.STARTED);
                assertThat(visit.address()).isEqualTo(PROBE);
                assertThat(visit.value("portolan.region").asString()).isNotEqualTo(OWN);
                assertThat(visit.settled("lazy(4)").asString()).isEqualTo("chunk 4 of version 1.0");
                times.add("%-22s chunk %d, region dead too: chunk and worker %d".formatted(fault, chunk, region));
            } finally {
                world.regions().startNode(OWN);
                world.regions().awaitConverged(ProbeExtension.NAME);
            }
            assertEveryByteIsRight(visit, ProbeExtension.ROUTE);
            visit.assertNothingSeen();
            assertThat(visit.notices()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = CdnFault.class,
            names = {"NONE", "STATUS_503"})
    void row44OriginAndPartsAreAsWithoutACdn(CdnFault fault) throws Exception {
        world.breakCdn(fault);
        try (var visit = chromium.visit(world.regions().nodeUri(OWN))) {
            var origin = world.regions().nodeUri(OWN).toString();
            // As a sign-in sends a user back.
            var signedIn = PROBE + "?code=abc&state=1";
            visit.open(signedIn);
            visit.awaitWorker();
            visit.value("(document.cookie = 'session=own; path=/', 1)");
            visit.settled(UsedFiles.FORGET);
            visit.reload();
            visit.await(ProbeExtension.STARTED);
            if (fault != CdnFault.NONE) {
                visit.page().waitForCondition(() -> !visit.notices().isEmpty());
            }
            assertThat(visit.address()).isEqualTo(signedIn);
            assertThat(visit.value("document.cookie").asString()).isEqualTo("session=own");
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");

            assertThat(visit.value("location.origin").asString()).isEqualTo(origin);
            assertThat(visit.value("moduleUrl").asString()).isEqualTo(origin + "/probe/Content/1.0/app.js");
            assertThat(visit.settled("part('bytes=10-19')").asString()).isEqualTo("206 bytes 10-19/50000 10");
            assertThat(visit.settled("part('bytes=-5')").asString()).isEqualTo("206 bytes 49995-49999/50000 5");
            assertThat(visit.settled("inWorker()").asString()).isEqualTo("version 1.0");
            visit.page().locator("#link").click();
            assertThat(visit.address()).isEqualTo(signedIn + "#there");
            assertThat(visit.settled("fetch('nosuch.js').then((response) => response.status)")
                            .asInt())
                    .as("the node's word on what is not there")
                    .isEqualTo(404);
        }
    }

    @Test
    void row114WhatTheCdnGivesAndWhereItFailsIsToldToTheNode() throws Exception {
        var node = world.regions().nodeUri(OWN);
        var labels = "extension=\"" + ProbeExtension.NAME + "\",source=\"cdn0\"";
        long fetched = Metrics.sum(node, "portolan_asset_fetches_total", labels);
        try (var visit = chromium.visit(node)) {
            visit.open(PROBE);
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            await().atMost(LIMIT).until(() -> Metrics.sum(node, "portolan_asset_fetches_total", labels) > fetched);
            visit.assertNothingSeen();
        }
        world.breakCdn(CdnFault.STATUS_503);
        long failed = Metrics.sum(node, "portolan_asset_fallbacks_total", labels);
        // A browser that knows nothing of the CDN yet: one that found it slow, as anything is on a starved machine,
        // asks it no more.
        try (var visit = chromium.visit(node)) {
            visit.open(PROBE);
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();
            assertThat(visit.settled("lazy(2)").asString()).isEqualTo("chunk 2 of version 1.0");
            assertThat(visit.settled("lazy(3)").asString()).isEqualTo("chunk 3 of version 1.0");
            await().atMost(LIMIT).until(() -> Metrics.sum(node, "portolan_asset_fallbacks_total", labels) > failed);
            visit.assertNothingSeen();
        }
    }

    @Test
    void row47APageThatSaysSoGetsNothingFromACdn() throws Exception {
        try (var visit = chromium.visit(world.regions().nodeUri(OWN))) {
            visit.open(PROBE + "?nocdn=force");
            visit.awaitWorker();
            visit.settled(UsedFiles.FORGET);
            world.nginx().forget();
            visit.reload();
            visit.await(ProbeExtension.STARTED);
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertThat(visit.settled("inWorker()").asString()).isEqualTo("version 1.0");
            assertThat(world.nginx().requests()).isEmpty();

            visit.open(PROBE + "?nocdn=true");
            visit.await(ProbeExtension.STARTED);
            assertThat(visit.settled("lazy(2)").asString()).isEqualTo("chunk 2 of version 1.0");
            assertThat(world.nginx().requests())
                    .as("that is the portal's own affair")
                    .isNotEmpty();
            visit.assertNothingSeen();
        }
    }

    @Test
    void row42ADeepLinkIsOpenedWithADeadCdn() throws Exception {
        SHARED.deployed(Bundle.SWAGGER);
        world.breakCdn(CdnFault.HANG);
        var shown = "document.querySelector('#operations-pet-getPet .opblock-body') !== null";
        try (var visit = chromium.visit(world.regions().nodeUri(OWN))) {
            visit.open("/swagger#/pet/getPet");
            visit.await(shown);
            visit.awaitWorker();
            visit.settled(UsedFiles.FORGET);

            visit.reload();
            visit.await(shown);
            assertThat(visit.address()).isEqualTo("/swagger#/pet/getPet");
            assertEveryByteIsRight(visit, "swagger");
            visit.assertNothingSeen();
        }
    }

    @Test
    void row42WithoutAnyStorageThePageIsTheRegionsAlone() throws Exception {
        world.breakCdn(CdnFault.HANG);
        world.nginx().forget();
        try (var visit = chromium.visit(world.regions().nodeUri(OWN))) {
            // As a browser does whose user lets sites keep nothing.
            visit.page().addInitScript("""
                    for (const name of ['localStorage', 'sessionStorage', 'caches', 'indexedDB'])
                      Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
                    if (navigator.serviceWorker) navigator.serviceWorker.register = () => Promise.reject(new DOMException('denied', 'SecurityError'));
                    """);
            for (int i = 0; i < 2; i++) {
                visit.open(PROBE);
                visit.await(ProbeExtension.STARTED);
                assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
                assertThat(visit.settled("inWorker()").asString()).isEqualTo("version 1.0");
            }
            assertThat(world.nginx().requests()).isEmpty();
            assertEveryByteIsRight(visit, ProbeExtension.ROUTE);
            visit.assertNothingSeen();
        }
    }

    /** On plain HTTP under a name there is no worker: the page is its region's alone. */
    @Test
    void row42InAnInsecureContextThePageIsTheRegionsAlone() throws Exception {
        world.breakCdn(CdnFault.HANG);
        world.nginx().forget();
        var node = world.regions().nodeUri(OWN);
        assertThat(node.getHost()).isEqualTo(Chromium.NAMED_NODE);
        try (var visit = chromium.visit(URI.create("http://probe.ext.portolan.test:" + node.getPort()))) {
            visit.open(PROBE);
            visit.await(ProbeExtension.STARTED);

            assertThat(visit.value("isSecureContext").asBoolean()).isFalse();
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertThat(visit.settled("inWorker()").asString()).isEqualTo("version 1.0");
            assertThat(world.nginx().requests()).isEmpty();
            visit.assertClean();
        }
    }

    @Test
    void row42AWorkerThatWasStoppedRemembersWhatFailed() throws Exception {
        world.breakCdn(CdnFault.STATUS_503);
        try (var visit = chromium.visit(world.regions().nodeUri(OWN))) {
            visit.open(PROBE);
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            visit.page().waitForCondition(() -> !visit.notices().isEmpty());
            visit.await(
                    "caches.open('portolan-1-state').then((cache) => cache.keys()).then((keys) => keys.length > 0)");
            int failures = failures(visit).size();
            visit.stopWorkers();

            assertThat(visit.settled("lazy(2)").asString()).isEqualTo("chunk 2 of version 1.0");
            assertThat(failures(visit)).as("found out once").hasSize(failures);
            visit.assertNothingSeen();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = NginxCdn.Wrong.class,
            names = {"NO_WORKER", "BROKEN_WORKER"})
    void aWorkerWhoseUpdateFailsGoesOn(NginxCdn.Wrong wrong) throws Exception {
        try (var visit = chromium.visit(world.nginx().origin())) {
            visit.open(PROBE);
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();
            world.nginx().answer(wrong);

            assertThat(visit.settled("navigator.serviceWorker.getRegistration().then((worker) => worker.update())"
                                    + ".then(() => 'updated', () => 'refused')")
                            .asString())
                    .isEqualTo("refused");

            visit.reload();
            visit.await(ProbeExtension.STARTED);
            assertThat(visit.value("navigator.serviceWorker.controller !== null")
                            .asBoolean())
                    .isTrue();
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertEveryByteIsRight(visit, ProbeExtension.ROUTE);
        }
    }

    @Test
    void row49ARolloutWhileTheCdnIsDeadAndItsReturnMixNoVersions() throws Exception {
        var name = "Contoso_Rolling";
        world.regions().rest().register(name, "rolling");
        world.regions().deploy(name, "1.0", ProbeExtension.write(folder.resolve("rolling1"), "1.0"));
        try (var visit = chromium.visit(world.regions().nodeUri(OWN))) {
            visit.open("/rolling");
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();

            world.breakCdn(CdnFault.STATUS_503);
            world.regions().deploy(name, "1.1", ProbeExtension.write(folder.resolve("rolling2"), "1.1"));
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            visit.reload();
            visit.await(ProbeExtension.STARTED);
            assertThat(visit.settled("lazy(2)").asString()).isEqualTo("chunk 2 of version 1.1");
            assertThat(visit.settled("inWorker()").asString()).isEqualTo("version 1.1");

            // Two tabs with two versions, and one worker.
            try (var second = visit.page().context().newPage()) {
                second.navigate(world.regions().nodeUri(OWN) + "/rolling?pin=1.0");
                second.waitForCondition(() -> Visit.isTrue(second.mainFrame(), ProbeExtension.STARTED));
                assertThat(second.evaluate("() => lazy(4)")).isEqualTo("chunk 4 of version 1.0");
                assertThat(visit.settled("lazy(4)").asString()).isEqualTo("chunk 4 of version 1.1");
                assertThat(second.evaluate("() => inWorker()")).isEqualTo("version 1.0");
            }

            world.regions().deploy(name, "1.2", ProbeExtension.write(folder.resolve("rolling3"), "1.2"));
            world.breakCdn(CdnFault.NONE);
            assertThat(visit.settled("lazy(3)").asString()).isEqualTo("chunk 3 of version 1.1");
            visit.reload();
            visit.await(ProbeExtension.STARTED);
            for (int i = 1; i <= ProbeExtension.CHUNKS; i++) {
                assertThat(visit.settled("lazy(" + i + ")").asString()).isEqualTo("chunk " + i + " of version 1.2");
            }
            assertEveryByteIsRight(visit, "rolling");
            visit.assertNothingSeen();
        }
    }

    @Test
    void row410WithoutACdnTheSamePagesWork() throws Exception {
        world.deliver(List.of(), "ON", "GO");
        try (var visit = chromium.visit(world.regions().nodeUri(OWN))) {
            world.nginx().forget();
            visit.open(PROBE);
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();
            visit.reload();
            visit.await(ProbeExtension.STARTED);

            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertEveryByteIsRight(visit, ProbeExtension.ROUTE);
            visit.assertClean();
            assertThat(world.nginx().requests()).isEmpty();
        } finally {
            world.deliver(List.of(world.cdnUrl()), "ON", "GO");
        }
    }

    @Test
    void aFirstVisitThatWaitsSparesItsRegion() throws Exception {
        world.deliver(List.of(world.cdnUrl()), "ON", "WAIT");
        try (var visit = chromium.visit(world.regions().nodeUri(OWN))) {
            long before = world.asked(OWN, ProbeExtension.NAME, "1.0");
            world.nginx().forget();
            visit.page().navigate(world.regions().nodeUri(OWN) + PROBE);
            visit.await(ProbeExtension.STARTED);

            assertThat(world.nginx().requests())
                    .extracting(line -> line.split(" ", -1)[1])
                    .contains(
                            "/CDN/probe/Content/1.0/app.js",
                            "/CDN/probe/Content/1.0/part.js",
                            "/CDN/probe/Content/1.0/style.css");
            assertThat(world.asked(OWN, ProbeExtension.NAME, "1.0") - before)
                    .as(
                            "the page, the page again, the manifest; the CDN may pull its three files from here, and the image")
                    .isLessThanOrEqualTo(7);
            assertEveryByteIsRight(visit, ProbeExtension.ROUTE);
        } finally {
            world.deliver(List.of(world.cdnUrl()), "ON", "GO");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = NginxCdn.Wrong.class,
            names = {"STATUS_503", "SILENCE"})
    void entryFilesThatFailOrHangAtTheirRegionOnAFirstVisitCostOneReload(NginxCdn.Wrong wrong) throws Exception {
        world.nginx().answer(wrong);
        // The CDN's front answers wrongly by the same word: browsers are sent to the cache itself.
        world.deliver(List.of(world.nginx().cache() + "/CDN"), "ON", "GO");
        try (var visit = chromium.visit(world.nginx().origin())) {
            visit.page()
                    .navigate(
                            world.nginx().origin() + PROBE,
                            new Page.NavigateOptions().setWaitUntil(WaitUntilState.COMMIT));
            visit.await(ProbeExtension.STARTED);

            assertThat(visit.requests().stream().filter(url -> url.endsWith(PROBE)))
                    .as("loads of the page")
                    .hasSize(2);
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertEveryByteIsRight(visit, ProbeExtension.ROUTE);
        } finally {
            world.deliver(List.of(world.cdnUrl()), "ON", "GO");
        }
    }

    @Test
    void aRevisionTakesTheWorkerOutOfBrowsersAgain() throws Exception {
        try (var visit = chromium.visit(world.regions().nodeUri(OWN))) {
            visit.open(PROBE);
            visit.awaitWorker();
            visit.reload();
            visit.await(ProbeExtension.STARTED);
            assertThat(visit.settled("caches.keys()")).isNotEmpty();

            world.deliver(List.of(world.cdnUrl()), "OFF", "GO");
            visit.reload();
            visit.await(ProbeExtension.STARTED);
            visit.await("navigator.serviceWorker.getRegistrations().then((all) => all.length === 0)");
            visit.await("caches.keys().then((all) => all.length === 0)");

            visit.reload();
            visit.await(ProbeExtension.STARTED);
            assertThat(visit.value("navigator.serviceWorker.controller").isNull())
                    .isTrue();
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            visit.assertNothingSeen();
        } finally {
            world.deliver(List.of(world.cdnUrl()), "ON", "GO");
        }
    }

    @Test
    void experiment43WhereEverythingIsGoneThePageSeenLastIsShown() throws Exception {
        try (var visit = chromium.visit(world.regions().nodeUri(OWN))) {
            visit.open(PROBE);
            visit.awaitWorker();
            visit.reload();
            visit.await(ProbeExtension.STARTED);
            world.breakCdn(CdnFault.HANG);
            for (var region : InProcessWorld.REGIONS) {
                world.regions().stopNode(region);
            }
            try {
                visit.reload();
                visit.await(ProbeExtension.STARTED);

                assertThat(visit.address()).isEqualTo(PROBE);
                var other = visit.page().navigate(world.regions().nodeUri(OWN) + "/monaco");
                assertThat(other.status()).isEqualTo(503);
                assertThat(visit.page().locator("h1").innerText()).isEqualTo("Not reachable");
            } finally {
                world.regions().startStopped();
                world.regions().awaitConverged(ProbeExtension.NAME);
            }
        }
    }

    @Test
    void row53TheNextVersionMovesWhatChangedAndThePage() throws Exception {
        var first = SHARED.deployed(Bundle.MONACO);
        var next = folder.resolve("monaco-next");
        copy(first, next);
        var changed = next.resolve("min/vs/loader.js");
        Files.writeString(changed, "// changed\n" + Files.readString(changed));
        // Under a name of its own: others have the editor open at its first version.
        world.regions().rest().register("Contoso_Drafts", "drafts");
        world.regions().deploy("Contoso_Drafts", "1.0", copy(first, folder.resolve("monaco-first")));
        try (var visit = chromium.visit(world.regions().nodeUri(OWN))) {
            visit.open("/drafts");
            visit.await(MONACO_WORKS);
            visit.awaitWorker();
            visit.reload();
            visit.await(MONACO_WORKS);
            int used = awaitAllKept(visit);

            world.regions().deploy("Contoso_Drafts", "1.1", next);
            world.nginx().forget();
            visit.reload();
            visit.await(MONACO_WORKS);

            assertThat(visit.value("portolan.version").asString()).isEqualTo("1.1");
            assertThat(used).as("files that the editor uses").isGreaterThan(20);
            awaitAllKept(visit);
            var moved = world.nginx().requests();
            assertThat(moved).hasSize(1);
            assertThat(moved.getFirst()).startsWith("GET /CDN/drafts/Content/1.1/min/vs/loader.js 200");
            long asked = world.asked(OWN, "Contoso_Drafts", "1.1");
            assertThat(asked)
                    .as(
                            "the page, its manifest, what the CDN may pull here, and once more where the CDN was slow on a starved machine")
                    .isBetween(2L, 4L);
            System.out.printf(
                    "monaco, one of %d used files changed (of %d): to the CDN %d request, %s; to the region %d, %d bytes%n",
                    used, files(next), moved.size(), moved.getFirst(), asked, world.sent(OWN, "Contoso_Drafts", "1.1"));
            assertEveryByteIsRight(visit, "drafts");
            visit.assertNothingSeen();
        }
        plainUrls();
    }

    /** The same by addresses with the version in them and the browser's own cache, which is what there is without the worker. */
    private void plainUrls() throws Exception {
        try (var visit = chromium.visitWithoutWorker(world.regions().nodeUri(OWN))) {
            visit.open("/drafts?pin=1.0");
            visit.await(MONACO_WORKS);
            long requests = world.asked(OWN, "Contoso_Drafts", "1.1");
            long bytes = world.sent(OWN, "Contoso_Drafts", "1.1");
            visit.open("/drafts");
            visit.await(MONACO_WORKS);

            assertThat(visit.value("portolan.version").asString()).isEqualTo("1.1");
            long moved = world.sent(OWN, "Contoso_Drafts", "1.1") - bytes;
            System.out.printf(
                    "monaco, the same by plain versioned addresses: to the region %d, %d bytes%n",
                    world.asked(OWN, "Contoso_Drafts", "1.1") - requests, moved);
            assertThat(moved).as("all of it once more").isGreaterThan(1_000_000);
        }
    }

    /** Waits until all that the page has used is kept; answers how many files that are. */
    private static int awaitAllKept(Visit visit) {
        visit.await(UsedFiles.ALL_KEPT);
        return visit.settled(
                        "caches.open('portolan-1-files').then((cache) => cache.keys()).then((keys) => keys.length)")
                .asInt();
    }

    private static long files(Path root) throws IOException {
        try (var all = Files.walk(root)) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (var all = Files.walk(from)) {
            for (var each : (Iterable<Path>) all::iterator) {
                var target = to.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(target);
                } else if (!each.getFileName().toString().equals("portolan.json")) {
                    Files.copy(each, target);
                } else {
                    Files.writeString(target, "{\"portals\":[\"*\"]}");
                }
            }
        }
        return to;
    }
}
