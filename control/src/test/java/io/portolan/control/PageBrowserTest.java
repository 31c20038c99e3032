package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.portolan.control.RegionVerification.Page;
import io.portolan.control.RegionVerification.Subject;
import io.portolan.model.RegionName;
import io.portolan.planner.bringup.Check;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pages of a joining region in the operating system's Chromium, and what becomes of a browser that does not work. */
@Timeout(300)
class PageBrowserTest {
    private static final Duration LIMIT = Duration.ofSeconds(240);
    private static final Page ORDERS = new Page("Contoso_Orders", "orders", "1.0");
    private static final Page BILLS = new Page("Contoso_Bills", "bills", "1.0");

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, String> hereOnly = new ConcurrentHashMap<>();
    private final Map<String, String> everywhere = new ConcurrentHashMap<>();
    private final AtomicInteger stranger = new AtomicInteger();
    private HttpServer here;
    private HttpServer there;
    private HttpServer elsewhere;

    @BeforeEach
    void start() throws IOException {
        elsewhere = server("127.0.0.4", exchange -> {
            stranger.incrementAndGet();
            answer(exchange, 200, "");
        });
        here = server(
                "127.0.0.2",
                exchange ->
                        serve(exchange, hereOnly.get(exchange.getRequestURI().getPath())));
        there = server("127.0.0.3", exchange -> serve(exchange, null));
        for (var route : List.of("orders", "bills")) {
            everywhere.put(
                    "/" + route,
                    "<!doctype html><title>x</title><script src=/" + route
                            + "/app.js></script><img src=http://127.0.0.4:"
                            + elsewhere.getAddress().getPort() + "/spy.png>");
            everywhere.put(
                    "/" + route + "/app.js",
                    "navigator.sendBeacon('http://127.0.0.4:"
                            + elsewhere.getAddress().getPort() + "/spy', 'x')");
        }
    }

    @AfterEach
    void stop() {
        here.stop(0);
        there.stop(0);
        elsewhere.stop(0);
        http.shutdownNow();
    }

    private static HttpServer server(String host, com.sun.net.httpserver.HttpHandler handler) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(host, 0), 0);
        server.createContext("/", handler);
        server.start();
        return server;
    }

    private void serve(HttpExchange exchange, @org.jspecify.annotations.Nullable String own) throws IOException {
        var text = own != null ? own : everywhere.get(exchange.getRequestURI().getPath());
        boolean missing = text == null || text.equals("missing");
        answer(exchange, missing ? 404 : 200, text == null ? "" : text);
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders()
                .set(
                        "Content-Type",
                        exchange.getRequestURI().getPath().endsWith(".js") ? "text/javascript" : "text/html");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    private static String url(HttpServer server) {
        return "http://" + server.getAddress().getHostString() + ":"
                + server.getAddress().getPort();
    }

    private Check load(String browser, Duration patience) throws Exception {
        var settings = new BrowserSettings(
                browser, "root".equals(System.getProperty("user.name")) ? List.of("--no-sandbox") : List.of());
        var pages = new PageBrowser(settings, folder.resolve("browsers"), patience, InstantSource.system());
        var subject = new Subject(new RegionName("uksouth"), url(here), url(there), List.of());
        return pages.load(subject, List.of(ORDERS, BILLS), LIMIT, new RegionVerification(http), text -> {});
    }

    private Check load() throws Exception {
        assumeThat(new BrowserSettings(BrowserSettings.AUTO, List.of()).program())
                .as("a browser is installed")
                .isPresent();
        return load(BrowserSettings.AUTO, Duration.ofSeconds(120));
    }

    @Test
    void everyPageIsLoadedAndReachesNobodyButItsNode() throws Exception {
        var check = load();

        assertThat(check.result()).as("%s", check).isEqualTo(Check.Result.PASS);
        assertThat(check.text()).startsWith("2 of 2 extensions loaded in ").contains("Chrome/");
        assertThat(stranger).hasValue(0);
        assertThat(folder.resolve("browsers")).isEmptyDirectory();
    }

    @Test
    void aFileThatFailsHereAndNotElsewhereSpeaksAgainstTheRegion() throws Exception {
        hereOnly.put("/bills/app.js", "missing");

        var check = load();

        assertThat(check.result()).as("%s", check).isEqualTo(Check.Result.FAIL);
        assertThat(check.text()).contains("Contoso_Bills", url(here) + "/bills/app.js: answered 404", url(there));
    }

    @Test
    void aPageThatFailsEverywhereIsToldAndHoldsNoRegion() throws Exception {
        everywhere.put("/bills/app.js", "missing");

        var check = load();

        assertThat(check.result()).as("%s", check).isEqualTo(Check.Result.WARN);
        assertThat(check.text()).contains("2 of 2 extensions", "1 fail there and elsewhere alike", "/bills/app.js");
    }

    @Test
    void aBrowserThatEndsHoldsNoRegion() throws Exception {
        var check = load(program("echo no display here >&2; exit 3"), Duration.ofSeconds(60));

        assertThat(check.result()).isEqualTo(Check.Result.SKIPPED);
        assertThat(check.text()).contains("no display here", "by HTTP only");
    }

    @Test
    void aBrowserThatDoesNotAnswerIsKilledAndHoldsNoRegion() throws Exception {
        var check = load(program("echo $$ >> " + folder.resolve("pids") + "; exec sleep 1000"), Duration.ofSeconds(2));

        assertThat(check.result()).isEqualTo(Check.Result.SKIPPED);
        assertThat(check.text()).contains("no answer to Browser.getVersion within 2 s", "by HTTP only");
        assertThat(Files.readAllLines(folder.resolve("pids"))).hasSize(2).allSatisfy(pid -> assertThat(
                        ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive))
                .isEmpty());
    }

    @Test
    void oneThatIsMissingOrSwitchedOffIsSaid() throws Exception {
        assertThat(load("/nowhere/chromium", Duration.ofSeconds(60)).text())
                .contains("/nowhere/chromium", "by HTTP only");
        assertThat(load(BrowserSettings.NONE, Duration.ofSeconds(60)))
                .isEqualTo(Check.skipped("browser", "switched off by the settings: pages were loaded by HTTP only"));
    }

    private String program(String script) throws IOException {
        var file = folder.resolve("browser");
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file.toString();
    }
}
