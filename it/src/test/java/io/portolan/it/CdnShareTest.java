package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
    /** Sessions that a starved machine may spoil, for each that counts. */
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

    /**
     * Sessions are new browsers: the first page of each, a small one, comes as to any browser that has no worker yet, and the others have
     * nothing kept. All of it is counted.
     */
    @ParameterizedTest
    @EnumSource(Cache.class)
    void row41AWarmCdnGivesNearlyAllOfWhatSessionsUse(Cache cache) throws Exception {
        CDN.world().nginx().forget();
        CDN.world().warm(uri(cache), ProbeExtension.ROUTE, "1.0");
        for (var page : PAGES) {
            CDN.world().warm(uri(cache), page.bundle().route(), page.bundle().version());
        }
        CDN.world().deliver(List.of(uri(cache) + "/CDN"), "ON", "GO");
        var all = new Moved(0, 0);
        for (int i = 0; i < SESSIONS; i++) {
            var session = session(cache);
            System.out.printf("a session by %s: %s%n", cache, session);
            all = all.plus(session);
        }
        assertThat(all.share()).as(all.toString()).isGreaterThanOrEqualTo(SHARE);
        assertThat(missed(cache)).as("requests that the warm cache passed on").isEmpty();
    }

    private Moved session(Cache cache) throws Exception {
        for (int spoilt = 0; ; spoilt++) {
            var before = moved(cache);
            try (var visit = CDN.visit()) {
                visit.open(SharedCdn.PROBE);
                visit.await(ProbeExtension.STARTED);
                visit.awaitWorker();
                for (var page : PAGES) {
                    visit.open("/" + page.bundle().route());
                    visit.await(page.works());
                }
                var moved = moved(cache).minus(before);
                visit.assertNothingSeen();
                assertThat(visit.failures()).isEmpty();
                // A source that was slow was left: a starved machine, and no word about the CDN.
                if (visit.notices().isEmpty() || spoilt == SPOILT) {
                    return moved;
                }
            }
        }
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

    private Moved moved(Cache cache) throws Exception {
        var lines = settled(() -> requests(cache));
        long fromCdn = CdnWorld.bytes(lines, ProbeExtension.ROUTE);
        long fromRegions = CDN.world().sent(ProbeExtension.NAME);
        for (var page : PAGES) {
            fromCdn += CdnWorld.bytes(lines, page.bundle().route());
            fromRegions += CDN.world().sent(page.bundle().extension());
        }
        return new Moved(fromCdn, fromRegions);
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
