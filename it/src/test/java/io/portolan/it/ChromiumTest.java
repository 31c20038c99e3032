package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.ColorScheme;
import io.portolan.model.Digest;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Real bundles, published and rolled out to six regions, opened in a real browser through a node's own address. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChromiumTest {
    /** Shorter than a node keeps an idle connection: a request that is forgotten fails, and is not tried again. */
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final String PORTAL_QUERY = "?trustedAuthority=" + InProcessWorld.PORTAL;

    @RegisterExtension
    private static final SharedRegions SHARED = new SharedRegions();

    @TempDir
    private static Path folder;

    private InProcessWorld world;
    private Chromium chromium;

    @BeforeAll
    void start() throws Exception {
        world = SHARED.regions();
        chromium = SHARED.chromium();
        for (var bundle : bundles()) {
            SHARED.deployed(bundle);
        }
    }

    @Test
    void monacoTypesAndItsWorkerAnswers() {
        try (var visit = open(Bundle.MONACO, "westeurope")) {
            visit.await("document.getElementById('problems').textContent"
                    + ".includes(\"Type 'number' is not assignable to type 'string'\")");
            visit.screenshot("monaco");

            visit.page().locator(".monaco-editor").first().click();
            visit.page().keyboard().press("Control+End");
            visit.page().keyboard().type("const pieces: number = 'three';");
            visit.await("document.getElementById('problems').textContent"
                    + ".includes(\"Type 'string' is not assignable to type 'number'\")");

            assertThat(visit.value("window.editor.getValue()").asString()).endsWith("const pieces: number = 'three';");
            assertThat(visit.requests()).as("the worker comes from the node").anySatisfy(url -> assertThat(url)
                    .contains("/monaco/Content/0.57.0/min/vs/assets/ts.worker-"));
            assertPortolan(visit, Bundle.MONACO, "westeurope");
            assertThat(visit.value("window.portolan.config.title").asString())
                    .as("from the portal host's own configuration")
                    .isEqualTo("Contoso editor");
            assertThat(visit.value("window.portolan.config.language").asString())
                    .as("from the default configuration")
                    .isEqualTo("typescript");
            visit.screenshot("monaco-typed");
            visit.assertClean();
        }
    }

    @Test
    void linksToFragmentsAndPushedFragmentsKeepTheAddressOfThePage() {
        try (var visit = open(Bundle.MONACO, "southcentralus")) {
            visit.await("window.editor !== undefined");
            var address = "/monaco" + PORTAL_QUERY;

            visit.page().locator("#to-total").click();

            assertThat(visit.address()).isEqualTo(address + "#total");
            visit.await("window.editor.getPosition().lineNumber === 13");

            visit.value("history.pushState({}, '', '#orders') ?? null");

            assertThat(visit.address()).isEqualTo(address + "#orders");

            visit.value("history.replaceState({}, '', '#total') ?? null");
            visit.reload();

            assertThat(visit.address()).isEqualTo(address + "#total");
            visit.await("window.editor !== undefined && window.editor.getPosition().lineNumber === 13");
            visit.assertClean();
        }
    }

    @Test
    void swaggerUiShowsTheApiAndADeepLinkSurvivesAReload() {
        try (var visit = open(Bundle.SWAGGER, "brazilsouth")) {
            var operation = visit.page().locator("#operations-pet-getPet");
            operation.locator(".opblock-summary-control").click();
            operation.locator(".opblock-body").waitFor();

            assertThat(visit.address()).isEqualTo("/swagger" + PORTAL_QUERY + "#/pet/getPet");

            visit.reload();

            operation.locator(".opblock-body").waitFor();
            assertThat(visit.address()).isEqualTo("/swagger" + PORTAL_QUERY + "#/pet/getPet");
            assertThat(visit.page().locator(".info .title").innerText()).startsWith("Contoso pets");
            assertThat(visit.page().locator(".opblock"))
                    .extracting(Locator::count)
                    .isEqualTo(3);
            assertPortolan(visit, Bundle.SWAGGER, "brazilsouth");
            visit.screenshot("swagger");
            visit.assertClean();
        }
    }

    @Test
    void pdfjsDrawsADocumentWithItsWorkerTablesAndFonts() {
        try (var visit = open(Bundle.PDFJS, "southeastasia")) {
            visit.await("document.getElementById('state').textContent === 'Page 1 of 1'");
            visit.screenshot("pdfjs");

            assertThat(visit.page().locator("#text").innerText())
                    .contains("Portolan serves papers", "from the nearest region", "character maps");
            assertThat(visit.value("(() => { const canvas = document.getElementById('canvas');"
                                    + "const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;"
                                    + "let coloured = 0;"
                                    + "for (let i = 0; i < pixels.length; i += 4)"
                                    + "if (pixels[i] + pixels[i + 1] + pixels[i + 2] < 600) coloured++;"
                                    + "return coloured / pixels.length * 4; })()")
                            .asDouble())
                    .as("share of the canvas that is not white")
                    .isBetween(0.05, 0.5);
            for (var part : List.of(
                    "build/pdf.worker.min.mjs",
                    "cmaps/UniJIS-UCS2-H.bcmap",
                    "standard_fonts/LiberationSans-Regular.ttf",
                    "sample.pdf")) {
                assertThat(visit.requests())
                        .anySatisfy(url -> assertThat(url).endsWith("/pdfjs/Content/6.5.438/" + part));
            }
            assertThat(visit.requests()).anySatisfy(url -> assertThat(url).contains("/6.5.438/wasm/"));
            assertPortolan(visit, Bundle.PDFJS, "southeastasia");
            visit.assertClean();
        }
    }

    /** A whole application: its extension host is a worker in a frame of its own, and the language's server a worker of that. */
    @Test
    void vsCodeFindsAMistakeByAnExtensionOfItsOwn() {
        try (var visit = open(Bundle.VSCODE, "westeurope")) {
            visit.await(VsCode.OPENED);
            visit.page().keyboard().type(VsCode.MISTAKE);
            visit.await(VsCode.FOUND);
            visit.screenshot("vscode");

            assertThat(visit.requests())
                    .as("its extension host, and the server of the language")
                    .anySatisfy(url -> assertThat(url).contains("/webWorkerExtensionHostIframe.html"))
                    .anySatisfy(url -> assertThat(url).contains("/extensionHostWorker.js"))
                    .allSatisfy(url -> assertThat(url).startsWith(world.nodeUri("westeurope") + "/"));
            assertPortolan(visit, Bundle.VSCODE, "westeurope");
            visit.assertNothingSeenBut(VsCode.OWN_WORDS);
        }
    }

    @Test
    void theExampleSaysWhatItIsAndWhoServesIt() throws Exception {
        world.rest().register("Portolan_Hello", "hello");
        world.deploy("Portolan_Hello", "1.0.0", Path.of("..", "examples", "hello"));
        try (var visit = chromium.visit(world.nodeUri("westcentralus"))) {
            visit.open("/hello");
            visit.await("/^[0-9]+[.][0-9]+$/.test(document.getElementById('revision').textContent)");
            visit.screenshot("hello");

            assertThat(visit.page().locator("#version").innerText()).isEqualTo("1.0.0");
            assertThat(visit.page().locator("#region").innerText()).isEqualTo("westcentralus");
            assertThat(visit.page().locator("#stage").innerText()).isEqualTo("stage2");

            visit.page().locator("a[href='#details']").click();

            assertThat(visit.address()).isEqualTo("/hello#details");
            visit.assertClean();
        }
    }

    @ParameterizedTest
    @MethodSource("bundles")
    void everyFileOfABundleReachesTheRegionUnchanged(Bundle bundle) throws Exception {
        var published = new TreeMap<String, String>();
        try (var files = Files.walk(source(bundle))) {
            for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                published.put(
                        source(bundle).relativize(file).toString(),
                        Digest.of(Files.readAllBytes(file)).value());
            }
        }
        // The one file that packing writes: it carries the version.
        published.remove("portolan.json");

        var served = new TreeMap<String, String>();
        try (var http = HttpClient.newHttpClient()) {
            for (var path : published.keySet()) {
                var uri = world.nodeUri("westus")
                        .resolve("/" + bundle.route() + "/Content/" + bundle.version() + "/" + path);
                var answer = http.send(
                        HttpRequest.newBuilder(uri).timeout(LIMIT).build(), HttpResponse.BodyHandlers.ofByteArray());
                served.put(path, Digest.of(answer.body()).value());
            }
        }

        assertThat(served).hasSizeGreaterThan(20).isEqualTo(published);
    }

    @Test
    void theConsoleShowsARolloutWithoutBeingLoadedAgain() throws Exception {
        world.rest().register("Contoso_Orders", "orders");
        world.deploy("Contoso_Orders", "1.0", page("first"));
        try (var visit = chromium.visit(world.controlUri())) {
            visit.open("/");
            visit.await(
                    "document.body.innerText.includes('Contoso_Editor') && document.body.innerText.includes('1.0')");
            for (var text :
                    List.of("Contoso_Api", "Contoso_Papers", "0.57.0", "5.35.0", "6.5.438", "stage2", "stage5")) {
                assertThat(visit.page().locator("#matrix").innerText()).contains(text);
            }
            for (var region : InProcessWorld.REGIONS) {
                assertThat(visit.page().locator("#matrix").innerText()).contains(region);
            }
            visit.value("window.sinceTheStart = true");
            assertThat(world.publish("Contoso_Orders", "2.0", page("second")).status())
                    .isEqualTo(201);

            var rollout = world.rest()
                    .post("/v1/rollouts", Map.of("extension", "Contoso_Orders", "version", "2.0", "bake", "3s"));
            assertThat(rollout.status()).as(rollout.body().toString()).isEqualTo(201);
            visit.await("document.getElementById('running').innerText.includes('Contoso_Orders')");
            visit.await(
                    "[...document.querySelectorAll('#matrix tbody tr')].some(row => row.innerText.includes('Contoso_Orders')"
                            + " && row.innerText.includes('2.0') && row.innerText.includes('1.0'))");
            visit.await("document.querySelector('#running progress') !== null"
                    + " && document.getElementById('running').innerText.includes('sealed')");
            visit.screenshot("console-running");
            world.rest().awaitSucceeded(rollout.text("/id"));
            visit.await(
                    "[...document.querySelectorAll('#matrix tbody tr')].some(row => row.innerText.includes('Contoso_Orders')"
                            + " && row.innerText.split('2.0').length === 7 && !row.innerText.includes('1.0'))");

            visit.await("document.getElementById('running').innerText === ''"
                    + " && document.getElementById('recent').innerText.includes('succeeded')"
                    + " && !document.getElementById('matrix').innerText.includes('◔')");
            assertThat(visit.value("window.sinceTheStart").asBoolean()).isTrue();
            assertThat(visit.value(
                                    "[...document.querySelectorAll('.scroll')].every(part => part.scrollWidth <= part.clientWidth)")
                            .asBoolean())
                    .as("tables of six regions fit into this window")
                    .isTrue();
            visit.screenshot("console-light");
            visit.assertClean();
        }
        try (var visit = chromium.visit(world.controlUri(), ColorScheme.DARK)) {
            visit.open("/");
            visit.await("document.body.innerText.includes('Contoso_Orders')");
            visit.screenshot("console-dark");
            visit.assertClean();
        }
    }

    static List<Bundle> bundles() {
        return List.of(Bundle.MONACO, Bundle.SWAGGER, Bundle.PDFJS, Bundle.VSCODE);
    }

    private static Path source(Bundle bundle) throws Exception {
        return SHARED.deployed(bundle);
    }

    private static Path page(String text) throws IOException {
        var source = Files.createTempDirectory(folder, "page");
        Files.writeString(source.resolve("index.html"), "<!doctype html><title>Orders</title><p>" + text);
        Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        return source;
    }

    private Visit open(Bundle bundle, String region) {
        var visit = chromium.visit(world.nodeUri(region));
        visit.open("/" + bundle.route() + PORTAL_QUERY);
        return visit;
    }

    private static void assertPortolan(Visit visit, Bundle bundle, String region) {
        var portolan = visit.value("window.portolan");
        assertThat(portolan.propertyNames())
                .containsExactlyInAnyOrder("extension", "version", "stage", "region", "config", "assetBase", "api");
        assertThat(portolan.at("/extension").asString()).isEqualTo(bundle.extension());
        assertThat(portolan.at("/version").asString()).isEqualTo(bundle.version());
        assertThat(portolan.at("/stage").asString()).isEqualTo("stage5");
        assertThat(portolan.at("/region").asString()).isEqualTo(region);
        assertThat(portolan.at("/assetBase").asString())
                .isEqualTo("/" + bundle.route() + "/Content/" + bundle.version() + "/");
        assertThat(portolan.at("/api").asString()).isEqualTo("/" + bundle.route() + "/@" + bundle.version() + "/api");
        assertThat(portolan.at("/config/controllerEndpoint").asString())
                .isEqualTo(portolan.at("/api").asString());
    }
}
