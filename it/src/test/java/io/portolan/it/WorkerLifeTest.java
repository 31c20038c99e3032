package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.options.WaitUntilState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The service worker from its first visit on: what begins without it, what it forgets when it ends, and what becomes of a bad one. */
class WorkerLifeTest {
    @RegisterExtension
    private static final SharedCdn CDN = new SharedCdn();

    private static final Duration LIMIT = Duration.ofSeconds(90);

    @Test
    void row42AWorkerThatWasStoppedRemembersWhatFailed() throws Exception {
        CDN.world().breakCdn(CdnFault.STATUS_503);
        try (var visit = CDN.visit()) {
            visit.open(SharedCdn.PROBE);
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            visit.page().waitForCondition(() -> !visit.notices().isEmpty());
            visit.await(
                    "caches.open('portolan-1-state').then((cache) => cache.keys()).then((keys) => keys.length > 0)");
            int failures = visit.failures().size();
            visit.stopWorkers();

            assertThat(visit.settled("lazy(2)").asString()).isEqualTo("chunk 2 of version 1.0");
            assertThat(visit.failures()).as("found out once").hasSize(failures);
            visit.assertNothingSeen();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = NginxCdn.Wrong.class,
            names = {"NO_WORKER", "BROKEN_WORKER"})
    void aWorkerWhoseUpdateFailsGoesOn(NginxCdn.Wrong wrong) throws Exception {
        try (var visit = CDN.chromium().visit(CDN.world().nginx().origin())) {
            visit.open(SharedCdn.PROBE);
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();
            CDN.world().nginx().answer(wrong);

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
            UsedFiles.assertRight(visit, ProbeExtension.ROUTE);
        }
    }

    /** Whatever goes wrong inside our own handler, the browser gets what it would have got without us. */
    @Test
    void aFaultInsideTheWorkerLeavesThePageToItsRegion() throws Exception {
        CDN.world().nginx().answer(NginxCdn.Wrong.FAULTY_WORKER);
        CDN.world().nginx().forget();
        try (var visit = CDN.chromium().visit(CDN.world().nginx().origin())) {
            visit.open(SharedCdn.PROBE);
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();
            visit.reload();
            visit.await(ProbeExtension.STARTED);

            assertThat(visit.value("navigator.serviceWorker.controller !== null")
                            .asBoolean())
                    .isTrue();
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertThat(visit.settled("inWorker()").asString()).isEqualTo("version 1.0");
            UsedFiles.assertRight(visit, ProbeExtension.ROUTE);
            assertThat(CDN.world().nginx().requests())
                    .as("nothing is used that cannot be checked")
                    .isEmpty();
            visit.assertNothingSeen();
        }
    }

    /** What the browser does with a worker that is as bad as can be, and that the mended one then needs nobody's help. */
    @Test
    void aWorkerThatFailsEverythingIsReplacedByTheMendedOne() throws Exception {
        var nginx = CDN.world().nginx();
        nginx.answer(NginxCdn.Wrong.THROWING_WORKER);
        try (var visit = CDN.chromium().visit(nginx.origin())) {
            visit.open(SharedCdn.PROBE);
            visit.await(ProbeExtension.STARTED);
            visit.await("navigator.serviceWorker.ready.then((ready) => ready.active?.state === 'activated')");
            assertThat(opens(visit)).as("every navigation fails").isFalse();

            nginx.answerWell();
            // The browser looks for another script a second after each navigation, one that failed too, and puts that
            // off while requests
            // come.
            await().atMost(LIMIT).pollInterval(Duration.ofSeconds(3)).until(() -> opens(visit));

            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            UsedFiles.assertRight(visit, ProbeExtension.ROUTE);
        }
    }

    private static boolean opens(Visit visit) {
        try {
            visit.open(SharedCdn.PROBE);
            return true;
        } catch (PlaywrightException e) {
            assertThat(e.getMessage()).contains("net::ERR_FAILED");
            return false;
        }
    }

    @Test
    void aFirstVisitThatWaitsSparesItsRegion() throws Exception {
        CDN.world().deliver(List.of(CDN.world().cdnUrl()), "ON", "WAIT");
        try (var visit = CDN.visit()) {
            long before = CDN.world().asked(SharedCdn.OWN, ProbeExtension.NAME, "1.0");
            CDN.world().nginx().forget();
            visit.page().navigate(CDN.regions().nodeUri(SharedCdn.OWN) + SharedCdn.PROBE);
            visit.await(ProbeExtension.STARTED);

            assertThat(CDN.world().nginx().requests())
                    .extracting(line -> line.split(" ", -1)[1])
                    .contains(
                            "/CDN/probe/Content/1.0/app.js",
                            "/CDN/probe/Content/1.0/part.js",
                            "/CDN/probe/Content/1.0/style.css");
            assertThat(CDN.world().asked(SharedCdn.OWN, ProbeExtension.NAME, "1.0") - before)
                    .as(
                            "the page, the page again, the manifest; the CDN may pull its three files from here, and the image")
                    .isLessThanOrEqualTo(7);
            UsedFiles.assertRight(visit, ProbeExtension.ROUTE);
        } finally {
            CDN.deliverAsUsual();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = NginxCdn.Wrong.class,
            names = {"STATUS_503", "SILENCE"})
    void entryFilesThatFailOrHangAtTheirRegionOnAFirstVisitCostOneReload(NginxCdn.Wrong wrong) throws Exception {
        CDN.world().nginx().answer(wrong);
        // The CDN's front answers wrongly by the same word: browsers are sent to the cache itself.
        CDN.world().deliver(List.of(CDN.world().nginx().cache() + "/CDN"), "ON", "GO");
        try (var visit = CDN.chromium().visit(CDN.world().nginx().origin())) {
            visit.page()
                    .navigate(
                            CDN.world().nginx().origin() + SharedCdn.PROBE,
                            new Page.NavigateOptions().setWaitUntil(WaitUntilState.COMMIT));
            visit.await(ProbeExtension.STARTED);

            assertThat(visit.requests().stream().filter(url -> url.endsWith(SharedCdn.PROBE)))
                    .as("loads of the page")
                    .hasSize(2);
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            UsedFiles.assertRight(visit, ProbeExtension.ROUTE);
        } finally {
            CDN.deliverAsUsual();
        }
    }
}
