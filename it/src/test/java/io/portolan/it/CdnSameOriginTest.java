package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a page sees of its CDN, well or not, which is nothing; what it tells of it; and that it can do without. */
class CdnSameOriginTest {
    @RegisterExtension
    private static final SharedCdn CDN = new SharedCdn();

    private static final Duration LIMIT = Duration.ofSeconds(90);

    @ParameterizedTest
    @EnumSource(
            value = CdnFault.class,
            names = {"NONE", "STATUS_503"})
    void row44OriginAndPartsAreAsWithoutACdn(CdnFault fault) throws Exception {
        CDN.world().breakCdn(fault);
        try (var visit = CDN.visit()) {
            var origin = CDN.regions().nodeUri(SharedCdn.OWN).toString();
            // As a sign-in sends a user back.
            var signedIn = SharedCdn.PROBE + "?code=abc&state=1";
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
        var node = CDN.regions().nodeUri(SharedCdn.OWN);
        var labels = "extension=\"" + ProbeExtension.NAME + "\",source=\"cdn0\"";
        long fetched = Metrics.sum(node, "portolan_asset_fetches_total", labels);
        try (var visit = CDN.chromium().visit(node)) {
            visit.open(SharedCdn.PROBE);
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            await().atMost(LIMIT).until(() -> Metrics.sum(node, "portolan_asset_fetches_total", labels) > fetched);
            visit.assertNothingSeen();
        }
        CDN.world().breakCdn(CdnFault.STATUS_503);
        long failed = Metrics.sum(node, "portolan_asset_fallbacks_total", labels);
        // A browser that knows nothing of the CDN yet: one that found it slow, as anything is on a starved machine,
        // asks it no more.
        try (var visit = CDN.chromium().visit(node)) {
            visit.open(SharedCdn.PROBE);
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
        try (var visit = CDN.visit()) {
            visit.open(SharedCdn.PROBE + "?nocdn=force");
            visit.awaitWorker();
            visit.settled(UsedFiles.FORGET);
            CDN.world().nginx().forget();
            visit.reload();
            visit.await(ProbeExtension.STARTED);
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertThat(visit.settled("inWorker()").asString()).isEqualTo("version 1.0");
            assertThat(CDN.world().nginx().requests()).isEmpty();

            visit.open(SharedCdn.PROBE + "?nocdn=true");
            visit.await(ProbeExtension.STARTED);
            assertThat(visit.settled("lazy(2)").asString()).isEqualTo("chunk 2 of version 1.0");
            assertThat(CDN.world().nginx().requests())
                    .as("that is the portal's own affair")
                    .isNotEmpty();
            visit.assertNothingSeen();
        }
    }

    @Test
    void row410WithoutACdnTheSamePagesWork() throws Exception {
        CDN.world().deliver(List.of(), "ON", "GO");
        try (var visit = CDN.visit()) {
            CDN.world().nginx().forget();
            visit.open(SharedCdn.PROBE);
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();
            visit.reload();
            visit.await(ProbeExtension.STARTED);

            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            UsedFiles.assertRight(visit, ProbeExtension.ROUTE);
            visit.assertClean();
            assertThat(CDN.world().nginx().requests()).isEmpty();
        } finally {
            CDN.deliverAsUsual();
        }
    }
}
