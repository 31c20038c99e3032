package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.WaitUntilState;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * How much of what pages use a warm CDN gives, the real nginx and the real Varnish: bytes of bodies by the caches' own logs and the nodes' own
 * counters, in which pages and manifests stand as well.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CdnShareTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final double SHARE = 0.95;
    private static final int SESSIONS = 2;
    /** Sessions that a starved machine may spoil, for each page. */
    private static final int SPOILT = 3;

    private static final List<Opened> PAGES = List.of(
            new Opened(Bundle.MONACO, Bundle.MONACO_WORKS),
            new Opened(Bundle.PDFJS, Bundle.PDFJS_WORKS),
            new Opened(Bundle.SWAGGER, Bundle.SWAGGER_WORKS));

    @RegisterExtension
    private static final SharedCdn CDN = new SharedCdn();

    @TempDir
    private static Path folder;

    private VarnishCdn varnish;

    /** An extension, and what is true in its page when all of it is there. */
    private record Opened(Bundle bundle, String works) {}

    /** A cache in front of the regions. */
    private enum Cache {
        NGINX,
        VARNISH
    }

    /** Bytes of bodies. */
    private record Moved(long fromCdn, long fromRegions) {
        Moved plus(Moved other) {
            return new Moved(fromCdn + other.fromCdn, fromRegions + other.fromRegions);
        }

        Moved minus(Moved before) {
            return new Moved(fromCdn - before.fromCdn, fromRegions - before.fromRegions);
        }

        double share() {
            return (double) fromCdn / (fromCdn + fromRegions);
        }

        @Override
        public String toString() {
            return "%d bytes from the CDN, %d from regions: %.1f %%".formatted(fromCdn, fromRegions, 100 * share());
        }
    }

    @BeforeAll
    void start() throws Exception {
        for (var page : PAGES) {
            CDN.deployed(page.bundle());
        }
        varnish = VarnishCdn.start(folder.resolve("varnish"), CDN.regions().controlUri());
    }

    @AfterAll
    void stop() {
        varnish.close();
    }

    /** Sessions are new browsers, each with nothing in it. */
    @ParameterizedTest
    @EnumSource(Cache.class)
    void row41AWarmCdnGivesNearlyAllOfWhatPagesUse(Cache cache) throws Exception {
        CDN.world().nginx().forget();
        for (var page : PAGES) {
            CDN.world().warm(uri(cache), page.bundle().route(), page.bundle().version());
        }
        CDN.world().deliver(List.of(uri(cache) + "/CDN"), "ON", "WAIT");
        var all = new Moved(0, 0);
        for (var page : PAGES) {
            var ofPage = new Moved(0, 0);
            for (int i = 0; i < SESSIONS; i++) {
                ofPage = ofPage.plus(session(cache, page));
            }
            System.out.printf("%s by %s: %s%n", page.bundle().route(), cache, ofPage);
            all = all.plus(ofPage);
        }
        System.out.printf("all by %s: %s%n", cache, all);
        assertThat(all.share()).as(all.toString()).isGreaterThanOrEqualTo(SHARE);
        assertThat(missed(cache)).as("requests that the warm cache passed on").isEmpty();
    }

    /** A browser that does not wait for the worker takes what the page names from its region, once. */
    @Test
    void row41WhereTheFirstVisitGoesEveryLaterOneIsTheCdns() throws Exception {
        for (var page : PAGES) {
            CDN.world().warm(uri(Cache.NGINX), page.bundle().route(), page.bundle().version());
        }
        CDN.world().deliver(List.of(uri(Cache.NGINX) + "/CDN"), "ON", "GO");
        var later = new Moved(0, 0);
        for (var page : PAGES) {
            for (int spoilt = 0; ; spoilt++) {
                var before = moved(Cache.NGINX, page);
                try (var visit = CDN.visit()) {
                    visit.open("/" + page.bundle().route());
                    visit.await(page.works());
                    visit.awaitWorker();
                    var first = moved(Cache.NGINX, page);
                    System.out.printf(
                            "%s, first visit that goes: %s%n", page.bundle().route(), first.minus(before));
                    visit.forgetEverything();
                    visit.reload();
                    visit.await(page.works());
                    var second = moved(Cache.NGINX, page).minus(first);
                    visit.assertNothingSeen();
                    assertThat(visit.failures()).isEmpty();
                    if (visit.notices().isEmpty() || spoilt == SPOILT) {
                        System.out.printf("%s, later: %s%n", page.bundle().route(), second);
                        later = later.plus(second);
                        break;
                    }
                }
            }
        }
        assertThat(later.share()).as(later.toString()).isGreaterThanOrEqualTo(SHARE);
    }

    /** Pages are never the CDN's: a browser keeps one for as long as its address names the version that is shown, and asks for others. */
    @Test
    void row41HomePagesFollowThePageVersionRule() throws Exception {
        CDN.deliverAsUsual();
        var node = CDN.regions().nodeUri(SharedCdn.OWN);
        assertThat(cacheControl(node.resolve("/probe?pageVersion=1.0"))).isEqualTo("private, max-age=31536000");
        assertThat(cacheControl(node.resolve("/probe?pageVersion=0.9"))).isEqualTo("no-store");
        assertThat(cacheControl(node.resolve("/probe"))).isEqualTo("private, no-cache");
        assertThat(Pages.get(CDN.world().nginx().cache().resolve("/CDN/probe?pageVersion=1.0"))
                        .statusCode())
                .isEqualTo(404);
        try (var visit = CDN.chromium().visitWithoutWorker(node)) {
            visit.open("/probe?pageVersion=1.0");
            assertThat(sent(visit)).as("the first time").isPositive();
            visit.page().navigate("about:blank");
            visit.open("/probe?pageVersion=1.0");
            assertThat(sent(visit)).as("kept").isZero();
            for (int i = 0; i < 2; i++) {
                visit.page().navigate("about:blank");
                visit.open("/probe?pageVersion=0.9");
                visit.await(ProbeExtension.STARTED);
                assertThat(sent(visit)).as("another version").isPositive();
                assertThat(visit.value("portolan.version").asString()).isEqualTo("1.0");
            }
        }
    }

    private static String cacheControl(URI page) throws IOException, InterruptedException {
        return Pages.get(page).headers().firstValue("Cache-Control").orElse("");
    }

    /** Bytes that came over the network for the page itself. */
    private static int sent(Visit visit) {
        return visit.value("performance.getEntriesByType('navigation')[0].transferSize")
                .asInt();
    }

    private Moved session(Cache cache, Opened page) throws Exception {
        for (int spoilt = 0; ; spoilt++) {
            var before = moved(cache, page);
            try (var visit = CDN.visit()) {
                visit.page()
                        .navigate(
                                CDN.regions().nodeUri(SharedCdn.OWN) + "/"
                                        + page.bundle().route(),
                                new Page.NavigateOptions().setWaitUntil(WaitUntilState.COMMIT));
                visit.await(page.works());
                boolean waited = visit.value("performance.getEntriesByType('navigation')[0].workerStart > 0")
                        .asBoolean();
                var moved = moved(cache, page).minus(before);
                assertThat(visit.failures()).isEmpty();
                UsedFiles.assertRight(visit, page.bundle().route());
                // The worker did not come within its second and a half, or a source was slow: a starved machine.
                if ((waited && visit.notices().isEmpty()) || spoilt == SPOILT) {
                    return moved;
                }
            }
        }
    }

    private Moved moved(Cache cache, Opened page) throws Exception {
        var lines = settled(() -> requests(cache));
        return new Moved(
                CdnWorld.bytes(lines, page.bundle().route()),
                CDN.world().sent(page.bundle().extension()));
    }

    /** The log once nothing is added to it any more. */
    private static List<String> settled(Callable<List<String>> log) {
        var last = new ArrayList<String>();
        return await().atMost(LIMIT).pollInterval(Duration.ofMillis(200)).until(log, now -> {
            boolean same = now.equals(last);
            last.clear();
            last.addAll(now);
            return same;
        });
    }

    private List<String> requests(Cache cache) throws IOException {
        return switch (cache) {
            case NGINX -> CDN.world().nginx().requests();
            case VARNISH -> varnish.requests();
        };
    }

    /** Requests of browsers that the cache had to ask a region for; the first of each file was for the warming. */
    private List<String> missed(Cache cache) throws IOException {
        var seen = new ArrayList<String>();
        var missed = new ArrayList<String>();
        for (var line : requests(cache)) {
            var words = line.split(" ", -1);
            if (seen.contains(words[1]) && words[2].equals("200") && !words[3].equalsIgnoreCase("hit")) {
                missed.add(line);
            }
            seen.add(words[1]);
        }
        return missed;
    }

    private URI uri(Cache cache) {
        return switch (cache) {
            case NGINX -> CDN.world().nginx().cache();
            case VARNISH -> varnish.uri();
        };
    }
}
