package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A CDN, and regions with it, that die while a page is open: it goes on with files of its own version, and so does whoever loads it again.
 * Times are printed, never asserted.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CdnDiesLaterTest {
    @RegisterExtension
    private static final SharedCdn CDN = new SharedCdn();

    @TempDir
    private static Path folder;

    private final InstantSource clock = InstantSource.system();
    private final List<String> times = new ArrayList<>();

    @AfterAll
    void tell() {
        System.out.println("milliseconds until a chunk is there\n" + String.join("\n", times));
    }

    @ParameterizedTest
    @EnumSource(
            value = CdnFault.class,
            names = {"NONE", "RESET_IN_MID_BODY", "HANG", "STATUS_503", "ONE_KILOBYTE_A_SECOND"})
    void row51TheCdnDiesBetweenPageAndChunkAndTheRegionAfterIt(CdnFault fault) throws Exception {
        try (var visit = CDN.visit()) {
            visit.open(SharedCdn.PROBE);
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertThat(visit.failures()).isEmpty();

            CDN.world().breakCdn(fault);
            var began = clock.instant();
            assertThat(visit.settled("lazy(2)").asString()).isEqualTo("chunk 2 of version 1.0");
            long chunk = Duration.between(began, clock.instant()).toMillis();
            CDN.regions().stopNode(SharedCdn.OWN);
            try {
                began = clock.instant();
                assertThat(visit.settled("lazy(" + ProbeExtension.BELOW_API + ")")
                                .asString())
                        .isEqualTo("chunk 7 of version 1.0");
                assertThat(visit.settled("inWorker()").asString()).isEqualTo("version 1.0");
                long region = Duration.between(began, clock.instant()).toMillis();

                // The page itself comes from another region, under the same address.
                visit.reload();
                visit.await(ProbeExtension.STARTED);
                assertThat(visit.address()).isEqualTo(SharedCdn.PROBE);
                assertThat(visit.value("portolan.region").asString()).isNotEqualTo(SharedCdn.OWN);
                assertThat(visit.settled("lazy(4)").asString()).isEqualTo("chunk 4 of version 1.0");
                times.add("%-22s chunk %d, region dead too: chunk and worker %d".formatted(fault, chunk, region));
            } finally {
                CDN.regions().startNode(SharedCdn.OWN);
                CDN.regions().awaitConverged(ProbeExtension.NAME);
            }
            UsedFiles.assertRight(visit, ProbeExtension.ROUTE);
            visit.assertNothingSeen();
            if (fault != CdnFault.NONE) {
                assertThat(visit.notices()).isNotEmpty();
            }
        }
    }

    @Test
    void row49ARolloutWhileTheCdnIsDeadAndItsReturnMixNoVersions() throws Exception {
        var name = "Contoso_Rolling";
        CDN.regions().rest().register(name, "rolling");
        CDN.regions().deploy(name, "1.0", ProbeExtension.write(folder.resolve("rolling1"), "1.0"));
        try (var visit = CDN.visit()) {
            visit.open("/rolling");
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();

            CDN.world().breakCdn(CdnFault.STATUS_503);
            CDN.regions().deploy(name, "1.1", ProbeExtension.write(folder.resolve("rolling2"), "1.1"));
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            visit.reload();
            visit.await(ProbeExtension.STARTED);
            assertThat(visit.settled("lazy(2)").asString()).isEqualTo("chunk 2 of version 1.1");
            assertThat(visit.settled("inWorker()").asString()).isEqualTo("version 1.1");

            // Two tabs with two versions, and one worker.
            try (var second = visit.page().context().newPage()) {
                second.navigate(CDN.regions().nodeUri(SharedCdn.OWN) + "/rolling?pin=1.0");
                second.waitForCondition(() -> Visit.isTrue(second.mainFrame(), ProbeExtension.STARTED));
                assertThat(second.evaluate("() => lazy(4)")).isEqualTo("chunk 4 of version 1.0");
                assertThat(visit.settled("lazy(4)").asString()).isEqualTo("chunk 4 of version 1.1");
                assertThat(second.evaluate("() => inWorker()")).isEqualTo("version 1.0");
            }

            CDN.regions().deploy(name, "1.2", ProbeExtension.write(folder.resolve("rolling3"), "1.2"));
            CDN.world().breakCdn(CdnFault.NONE);
            assertThat(visit.settled("lazy(3)").asString()).isEqualTo("chunk 3 of version 1.1");
            visit.reload();
            visit.await(ProbeExtension.STARTED);
            for (int i = 1; i <= ProbeExtension.CHUNKS; i++) {
                assertThat(visit.settled("lazy(" + i + ")").asString()).isEqualTo("chunk " + i + " of version 1.2");
            }
            UsedFiles.assertRight(visit, "rolling");
            visit.assertNothingSeen();
        }
    }

    /** The origin dead and the CDN alive, then both dead: the page seen last in both cases, of either version; else a page that says so. */
    @Test
    void experiment43WhereEverythingIsGoneThePageSeenLastIsShown() throws Exception {
        var name = "Contoso_Last";
        CDN.regions().rest().register(name, "last");
        CDN.regions().deploy(name, "1.0", ProbeExtension.write(folder.resolve("last1"), "1.0"));
        CDN.regions().deploy(name, "1.1", ProbeExtension.write(folder.resolve("last2"), "1.1"));
        CDN.world().warm(CDN.world().nginx().cache(), "last", "1.1");
        try (var visit = CDN.visit()) {
            visit.open("/last?pin=1.0");
            visit.awaitWorker();
            visit.reload();
            visit.await(ProbeExtension.STARTED);
            visit.await(UsedFiles.ALL_KEPT);
            visit.open("/last");
            visit.await(ProbeExtension.STARTED);
            visit.await(UsedFiles.ALL_KEPT);
            for (var region : InProcessWorld.REGIONS) {
                CDN.regions().stopNode(region);
            }
            try {
                visit.reload();
                visit.await(ProbeExtension.STARTED);
                assertThat(visit.settled("lazy(1)").asString())
                        .as("from the CDN")
                        .isEqualTo("chunk 1 of version 1.1");

                CDN.world().breakCdn(CdnFault.HANG);
                visit.reload();
                visit.await(ProbeExtension.STARTED);
                assertThat(visit.address()).isEqualTo("/last");
                assertThat(visit.value("portolan.version").asString()).isEqualTo("1.1");
                visit.open("/last?pin=1.0");
                visit.await(ProbeExtension.STARTED);
                assertThat(visit.value("document.getElementById('state').textContent")
                                .asString())
                        .isEqualTo("started version 1.0");

                var other = visit.page().navigate(CDN.regions().nodeUri(SharedCdn.OWN) + "/monaco");
                assertThat(other.status()).isEqualTo(503);
                assertThat(visit.page().locator("h1").innerText()).isEqualTo("Not reachable");
            } finally {
                CDN.regions().startStopped();
                CDN.regions().awaitConverged(name);
            }
        }
    }
}
