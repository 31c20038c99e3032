package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * How fast pages load, are ready and are answered their calls, from each region and, in turns with these, from a plain server with the
 * same files. What is measured is printed and never judged: {@code bench/reference.sh} does it often enough and with larger pages.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReferencePagesTest {
    private static final String NAME = "Contoso_Reference";
    private static final String ROUTE = "reference";
    private static final int ROUNDS = Integer.getInteger("portolan.rounds", 1);
    private static final boolean ALL = Boolean.getBoolean("portolan.all");
    private static final int CALLS = 10;
    private static final Duration LIMIT = Duration.ofSeconds(90);

    @RegisterExtension
    private static final SharedRegions SHARED = new SharedRegions();

    @TempDir
    private static Path folder;

    private HttpServer backend;
    private PlainServer plain;

    /**
     * A page of the set.
     *
     * @param works expression that is true when all of it is ready
     */
    private record Reference(String route, String works) {}

    private final List<Reference> pages = new ArrayList<>();

    /**
     * One visit, milliseconds since the navigation.
     *
     * @param server {@code plain}, or the region
     * @param load   until the load event
     * @param ready  until the page is ready in full
     * @param calls  durations of its calls, where it makes some
     */
    private record Seen(String page, String server, String visit, double load, double ready, List<Double> calls) {}

    private final List<Seen> seen = new ArrayList<>();

    @BeforeAll
    void start() throws Exception {
        backend = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        backend.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        var said = "{\"state\":\"ready\",\"version\":\"1.0\"}".getBytes(StandardCharsets.UTF_8);
        backend.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, said.length);
            exchange.getResponseBody().write(said);
            exchange.close();
        });
        backend.start();
        var address = URI.create("http://127.0.0.1:" + backend.getAddress().getPort());
        plain = PlainServer.start(folder.resolve("plain"), address);
        SHARED.regions().rest().register(NAME, ROUTE);
        var source = source(folder.resolve("source"), address);
        SHARED.regions().deploy(NAME, "1.0", source);
        plain.put(source, ROUTE, "index.html", "{}");
        pages.add(new Reference(ROUTE, ProbeExtension.STARTED));
        add(Bundle.SWAGGER, "api.html", "document.querySelectorAll('.opblock').length === 3");
        if (ALL) {
            add(Bundle.PDFJS, "index.html", "document.getElementById('state')?.textContent === 'Page 1 of 1'");
            add(
                    Bundle.MONACO,
                    "index.html",
                    "document.getElementById('problems')?.textContent.includes(\"not assignable to type 'string'\")");
        }
    }

    private void add(Bundle bundle, String entry, String works) throws Exception {
        var source = SHARED.deployed(bundle);
        plain.put(source, bundle.route(), entry, Files.readString(source.resolve("Content/Config/default.json")));
        pages.add(new Reference(bundle.route(), works));
    }

    /** The probe, which says when it is ready and has a backend. */
    private static Path source(Path folder, URI backend) throws IOException {
        ProbeExtension.write(folder, "1.0");
        Files.writeString(
                folder.resolve("portolan.json"),
                "{\"portals\":[\"*\"],\"controllers\":[{\"name\":\"status\",\"mount\":\"status\",\"kind\":\"external\","
                        + "\"endpoints\":{\"*\":\"" + backend + "\"}}]}");
        Files.writeString(folder.resolve("app.js"), "\nportolan.blade('Main').ready();\n", StandardOpenOption.APPEND);
        return folder;
    }

    @AfterAll
    void stop() {
        plain.close();
        backend.stop(0);
    }

    @Test
    void row_X_5_loadReadyAndCallsAreMeasuredInEachRegionBesideAPlainServer() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            for (var page : pages) {
                boolean first = page.route().equals(ROUTE);
                var regions = first
                        ? InProcessWorld.REGIONS
                        : List.of(InProcessWorld.REGIONS.get(round % InProcessWorld.REGIONS.size()));
                for (var region : regions) {
                    // By turns, so that whatever else the machine does falls on both.
                    visits(page, "plain", plain.uri(), page.route() + "/");
                    visits(page, region, SHARED.regions().nodeUri(region), page.route());
                }
            }
        }

        for (var each : seen) {
            System.out.printf(
                    "X.5 %s %s %s %.1f %.1f %s%n",
                    each.page(),
                    each.server(),
                    each.visit(),
                    each.load(),
                    each.ready(),
                    String.join(
                            ",",
                            each.calls().stream()
                                    .map(call -> "%.2f".formatted(call))
                                    .toList()));
        }
        assertThat(seen).allSatisfy(each -> {
            assertThat(each.load()).isPositive();
            assertThat(each.ready()).isPositive();
            assertThat(each.calls()).hasSize(each.page().equals(ROUTE) ? CALLS : 0);
        });
        assertThat(seen).extracting(Seen::server).contains("plain").containsAll(InProcessWorld.REGIONS);
        for (var page : pages) {
            assertThat(seen.stream()
                            .filter(each -> each.page().equals(page.route())
                                    && each.server().equals("plain")))
                    .as("as often from the plain server as from regions: " + page.route())
                    .hasSize((int) seen.stream()
                                    .filter(each -> each.page().equals(page.route()))
                                    .count()
                            / 2);
        }
        // What operators see: each region's own figures, as its users told them.
        for (var region : InProcessWorld.REGIONS) {
            for (var event : List.of("ExtensionLoad", "BladeFullReady")) {
                await().atMost(LIMIT).untilAsserted(() -> assertThat(counted(region, event))
                        .as(region + " " + event)
                        .isPositive());
            }
        }
    }

    private static long counted(String region, String event) throws IOException, InterruptedException {
        return Metrics.sum(
                SHARED.regions().nodeUri(region),
                "portolan_load_duration_seconds_count",
                "extension=\"" + NAME + "\"",
                "event=\"" + event + "\"");
    }

    /** A first visit in a new profile, and more with what that left behind, the last of them when the worker has ended. */
    private void visits(Reference page, String server, URI origin, String path) {
        try (var visit = SHARED.chromium().visit(origin)) {
            // A browser that is driven is test traffic, and what nodes tell of durations is users'.
            visit.page()
                    .addInitScript("Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false });"
                            + " const look = () => { let works = false; try { works = " + page.works() + "; } catch {}"
                            + " if (works) window.readyAt = performance.now(); else setTimeout(look, 5); }; look();");
            visit.open("/" + path);
            seen.add(measured(visit, page, server, "first"));
            if (!server.equals("plain")) {
                visit.awaitWorker();
            }
            visit.reload();
            seen.add(measured(visit, page, server, "later"));
            visit.reload();
            seen.add(measured(visit, page, server, "third"));
            // As users come back: a browser ends workers that have had nothing to do for half a minute.
            visit.stopWorkers();
            visit.reload();
            seen.add(measured(visit, page, server, "asleep"));
            if (!server.equals("plain")) {
                // From then on it can hand over what it has to tell as it goes.
                visit.await("performance.getEntriesByType('resource')"
                        + ".some((each) => each.name.includes('/telemetry?') && each.responseEnd > 0)");
            }
            visit.page().navigate("about:blank");
            visit.assertNothingSeen();
        }
    }

    private static Seen measured(Visit visit, Reference page, String server, String which) {
        visit.await("window.readyAt !== undefined && performance.getEntriesByType('navigation')[0].loadEventEnd > 0");
        var times = visit.value("[performance.getEntriesByType('navigation')[0].loadEventEnd, window.readyAt]");
        var calls = new ArrayList<Double>();
        if (page.route().equals(ROUTE)) {
            visit.settled("""
                    (async () => {
                      const times = [];
                      for (let i = 0; i < %d; i++) {
                        const began = performance.now();
                        await (await fetch(`${portolan.api}/status/now`, { cache: 'no-store' })).json();
                        times.push(performance.now() - began);
                      }
                      return times;
                    })()""".formatted(CALLS)).forEach(call -> calls.add(call.asDouble()));
        }
        return new Seen(
                page.route(),
                server,
                which,
                times.get(0).asDouble(),
                times.get(1).asDouble(),
                calls);
    }
}
