package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.testkit.Fault;
import io.portolan.testkit.FaultProxy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The configurations that {@code portolan cdn config} prints, in the real nginx and the real Varnish, pulling from six regions. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CdnConfigurationTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String FILE = "/CDN/probe/Content/1.0/style.css";

    @TempDir
    private static Path folder;

    private InProcessWorld world;
    private NginxCdn nginx;
    private Optional<VarnishCdn> varnish = Optional.empty();
    private final Map<String, URI> caches = new LinkedHashMap<>();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeAll
    void start() throws Exception {
        world = new InProcessWorld(folder.resolve("world"));
        world.rest().register(ProbeExtension.NAME, ProbeExtension.ROUTE);
        world.deploy(ProbeExtension.NAME, "1.0", ProbeExtension.write(folder.resolve("probe"), "1.0"));
        nginx = NginxCdn.start(folder.resolve("nginx"), world.controlUri(), world.nodeUri("westeurope"));
        caches.put("nginx", nginx.cache());
        varnish = Optional.of(VarnishCdn.start(folder.resolve("varnish"), world.controlUri()));
        caches.put("varnish", varnish.get().uri());
    }

    @AfterAll
    void stop() {
        varnish.ifPresent(VarnishCdn::close);
        nginx.close();
        world.close();
    }

    private HttpResponse<byte[]> ask(String cache, String method, String target, String... headers)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(
                        caches.getOrDefault(cache, URI.create("http://none")).resolve(target))
                .timeout(LIMIT)
                .method(method, HttpRequest.BodyPublishers.noBody());
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    private static byte[] published() throws IOException {
        return Files.readAllBytes(folder.resolve("probe").resolve("style.css"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nginx", "varnish"})
    void row41KeepsWhatItPulledOnce(String cache) throws Exception {
        var first = ask(cache, "GET", FILE + "?first=" + cache);
        var second = ask(cache, "GET", FILE + "?second=" + cache);

        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(first.body()).isEqualTo(published()).isEqualTo(second.body());
        assertThat(header(second, "X-Cache-Status")).isEqualTo("HIT");
        var browsers = ask(cache, "GET", FILE, "Cache-Control", "no-cache", "Pragma", "no-cache");
        assertThat(header(browsers, "X-Cache-Status"))
                .as("every browser's worker asks so")
                .isEqualTo("HIT");
        for (var name : List.of(
                "ETag", "Content-Type", "Access-Control-Allow-Origin", "Timing-Allow-Origin", "Cache-Control")) {
            assertThat(header(second, name)).as(name).isNotEmpty().isEqualTo(header(first, name));
        }
        assertThat(header(second, "Cache-Control")).isEqualTo("public, max-age=31536000, immutable");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nginx", "varnish"})
    void row48EachCodingIsRightAndNoneIsAppliedTwice(String cache) throws Exception {
        for (int round = 0; round < 2; round++) {
            var plain = ask(cache, "GET", FILE, "Accept-Encoding", "identity");
            assertThat(header(plain, "Content-Encoding")).isEmpty();
            assertThat(plain.body()).isEqualTo(published());

            var gzip = ask(cache, "GET", FILE, "Accept-Encoding", "gzip, deflate");
            assertThat(header(gzip, "Content-Encoding")).isEqualTo("gzip");
            try (var in = new GZIPInputStream(new ByteArrayInputStream(gzip.body()))) {
                assertThat(in.readAllBytes()).isEqualTo(published());
            }

            var brotli = ask(cache, "GET", FILE, "Accept-Encoding", "gzip, deflate, br, zstd");
            assertThat(header(brotli, "Content-Encoding")).isEqualTo("br");
            assertThat(brotli.body()).as("the variant that the region made").isEqualTo(variant());
        }
    }

    private byte[] variant() throws IOException, InterruptedException {
        var direct = http.send(
                HttpRequest.newBuilder(world.nodeUri("westeurope").resolve("/probe/Content/1.0/style.css"))
                        .header("Accept-Encoding", "br")
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        return direct.body();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nginx", "varnish"})
    void givesAssetsAndNothingElse(String cache) throws Exception {
        for (var target : List.of(
                "/", "/probe", "/probe/Content/1.0/style.css", "/CDN/probe", "/-/revision", "/CDN/../metrics")) {
            assertThat(ask(cache, "GET", target).statusCode()).as(target).isEqualTo(404);
        }
        assertThat(ask(cache, "POST", FILE).statusCode()).isEqualTo(405);
        assertThat(ask(cache, "GET", "/CDN/probe/Content/1.0/nosuch.js").statusCode())
                .isEqualTo(404);
        assertThat(ask(cache, "GET", "/CDN/nosuch/Content/1.0/a.js").statusCode())
                .isEqualTo(404);
        var part = ask(cache, "GET", "/CDN/probe/Content/1.0/data.bin", "Range", "bytes=5-9");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).hasSize(5);
    }

    @Test
    void bothGiveWhatTheyKeepWhileNoRegionAnswersAndPullFromOthersWhileOneIsDown() throws Exception {
        try {
            world.stopNode("westcentralus");
            world.stopNode("westeurope");
            for (var cache : caches.keySet()) {
                for (int i = 1; i <= 4; i++) {
                    assertThat(ask(cache, "GET", "/CDN/probe/Content/1.0/lazy" + i + ".js")
                                    .statusCode())
                            .as("%s: file %d", cache, i)
                            .isEqualTo(200);
                }
            }
            List.of("southcentralus", "westus", "southeastasia", "brazilsouth").forEach(world::stopNode);
            for (var cache : caches.keySet()) {
                assertThat(ask(cache, "GET", "/CDN/probe/Content/1.0/lazy1.js").statusCode())
                        .as(cache)
                        .isEqualTo(200);
                assertThat(ask(cache, "GET", "/CDN/probe/Content/1.0/lazy8.js").statusCode())
                        .as(cache)
                        .isGreaterThanOrEqualTo(500);
            }
        } finally {
            world.startStopped();
            world.awaitConverged(ProbeExtension.NAME);
        }
        for (var cache : caches.keySet()) {
            await().atMost(LIMIT)
                    .until(() ->
                            ask(cache, "GET", "/CDN/probe/Content/1.0/lazy8.js").statusCode() == 200);
        }
    }

    private void watch(Optional<String> url) throws Exception {
        var cdns = url.stream().map(each -> Map.of("name", "edge", "url", each)).toList();
        assertThat(world.rest()
                        .put("/v1/environments/prod/delivery", Map.of("cdns", cdns))
                        .status())
                .isEqualTo(200);
    }

    /** Evidence of the incidents about files that a CDN gives wrongly, in that state. */
    private List<JsonNode> wrongFiles(String state) throws Exception {
        var found = new ArrayList<JsonNode>();
        for (var incident : world.rest().get("/v1/incidents?state=all").body().at("/items")) {
            if (incident.at("/key").asString().startsWith("cdn-file/edge/")
                    && incident.at("/state").asString().equals(state)) {
                found.add(incident.at("/evidence"));
            }
        }
        return found;
    }

    private void awaitRight() {
        await().atMost(LIMIT)
                .until(() ->
                        wrongFiles("TRIGGERED").isEmpty() && wrongFiles("ACKED").isEmpty());
    }

    /** Row 4.6 of the contract: what lies damaged in a real cache is found, told with its address, and fetched anew. */
    @Test
    void row46WhatNginxKeepsDamagedIsFoundAndFetchedAnew() throws Exception {
        watch(Optional.of(nginx.cache() + "/CDN"));
        try {
            await().atMost(LIMIT)
                    .until(() -> nginx.requests().stream()
                                    .filter(line -> line.contains(" HIT "))
                                    .count()
                            > 20);
            try (var kept = Files.walk(folder.resolve("nginx").resolve("cache"))) {
                for (var file : kept.filter(Files::isRegularFile).toList()) {
                    var bytes = Files.readAllBytes(file);
                    bytes[bytes.length - 1] ^= 1;
                    Files.write(file, bytes);
                }
            }

            await().atMost(LIMIT).until(() -> !ofNginx().isEmpty());
            awaitRight();

            var told = ofNginx().getFirst();
            assertThat(told.at("/url").asString()).startsWith(nginx.cache() + "/CDN/probe/Content/1.0/");
            assertThat(told.at("/source").asString()).isEqualTo(nginx.cache() + "/CDN");
            assertThat(told.at("/foundBy").asString()).startsWith("probe in ");
            assertThat(told.at("/purge").asString())
                    .isEqualTo("asked for anew (200, 200, 200), as PURGE was answered 405");
        } finally {
            watch(Optional.empty());
        }
    }

    /** What was wrong there and is right again: other tests leave incidents of other CDNs. */
    private List<JsonNode> ofNginx() throws Exception {
        return wrongFiles("RESOLVED").stream()
                .filter(told -> told.at("/source").asString().equals(nginx.cache() + "/CDN"))
                .toList();
    }

    @Test
    void row46VarnishIsToldToForgetWhatItGivesWrongly() throws Exception {
        var varnishAt = caches.getOrDefault("varnish", URI.create("http://none"));
        try (var wire = FaultProxy.start(
                new InetSocketAddress(varnishAt.getHost(), varnishAt.getPort()), InstantSource.system())) {
            wire.set(new Fault.CorruptBody(3, "/CDN/"));
            watch(Optional.of(wire.uri() + "/CDN"));
            await().atMost(LIMIT).until(() -> wrongFiles("TRIGGERED").stream()
                    .anyMatch(told ->
                            told.at("/url").asString().startsWith(wire.uri().toString())
                                    && told.at("/purge").asString().equals("purged")));

            wire.set(new Fault.Pass());

            awaitRight();
        } finally {
            watch(Optional.empty());
        }
    }

    @Test
    void varnishForgetsOneFileWhenToldTo() throws Exception {
        ask("varnish", "GET", "/CDN/probe/Content/1.0/worker.js");
        assertThat(header(ask("varnish", "GET", "/CDN/probe/Content/1.0/worker.js"), "X-Cache-Status"))
                .isEqualTo("HIT");

        assertThat(ask("varnish", "PURGE", "/CDN/probe/Content/1.0/worker.js").statusCode())
                .isEqualTo(200);

        assertThat(header(ask("varnish", "GET", "/CDN/probe/Content/1.0/worker.js"), "X-Cache-Status"))
                .isEqualTo("MISS");
        assertThat(new String(
                        ask("varnish", "GET", "/CDN/probe/Content/1.0/worker.js")
                                .body(),
                        StandardCharsets.UTF_8))
                .startsWith("import { name }");
    }
}
