package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Pages where there is no worker, or no worker any more: every byte is the own region's, and the CDN is not asked. Frames have tests of their
 * own.
 */
class WithoutWorkerTest {
    @RegisterExtension
    private static final SharedCdn CDN = new SharedCdn();

    @Test
    void row42WithoutAnyStorageThePageIsTheRegionsAlone() throws Exception {
        CDN.world().breakCdn(CdnFault.HANG);
        CDN.world().nginx().forget();
        try (var visit = CDN.visit()) {
            // As a browser does whose user lets sites keep nothing.
            visit.page().addInitScript("""
                    for (const name of ['localStorage', 'sessionStorage', 'caches', 'indexedDB'])
                      Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
                    if (navigator.serviceWorker) navigator.serviceWorker.register = () => Promise.reject(new DOMException('denied', 'SecurityError'));
                    """);
            for (int i = 0; i < 2; i++) {
                visit.open(SharedCdn.PROBE);
                visit.await(ProbeExtension.STARTED);
                assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
                assertThat(visit.settled("inWorker()").asString()).isEqualTo("version 1.0");
            }
            assertThat(CDN.world().nginx().requests()).isEmpty();
            UsedFiles.assertRight(visit, ProbeExtension.ROUTE);
            visit.assertNothingSeen();
        }
    }

    /** On plain HTTP under a name there is no worker: the page is its region's alone. */
    @Test
    void row42InAnInsecureContextThePageIsTheRegionsAlone() throws Exception {
        CDN.world().breakCdn(CdnFault.HANG);
        CDN.world().nginx().forget();
        var node = CDN.regions().nodeUri(SharedCdn.OWN);
        assertThat(node.getHost()).isEqualTo(Chromium.NAMED_NODE);
        try (var visit = CDN.chromium().visit(URI.create("http://probe.ext.portolan.test:" + node.getPort()))) {
            visit.open(SharedCdn.PROBE);
            visit.await(ProbeExtension.STARTED);

            assertThat(visit.value("isSecureContext").asBoolean()).isFalse();
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertThat(visit.settled("inWorker()").asString()).isEqualTo("version 1.0");
            assertThat(CDN.world().nginx().requests()).isEmpty();
            visit.assertClean();
        }
    }

    @Test
    void aRevisionTakesTheWorkerOutOfBrowsersAgain() throws Exception {
        try (var visit = CDN.visit()) {
            visit.open(SharedCdn.PROBE);
            visit.awaitWorker();
            visit.reload();
            visit.await(ProbeExtension.STARTED);
            assertThat(visit.settled("caches.keys()")).isNotEmpty();

            CDN.world().deliver(List.of(CDN.world().cdnUrl()), "OFF", "GO");
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
            CDN.deliverAsUsual();
        }
    }
}
