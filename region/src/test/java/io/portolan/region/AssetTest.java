package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.artifact.ServedManifest;
import io.portolan.model.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Assets over real HTTP. One world for all tests, which change nothing in it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AssetTest {
    private static final String LARGE = "/orders/Content/1.0/large.bin";
    private static final byte[] LARGE_BYTES = random(3 << 20);
    private static final Release RELEASE = Release.simple("Contoso_Orders", "1.0")
            .file("large.bin", LARGE_BYTES)
            .file("empty.txt", "")
            .file("a+b%20c#?.js", "odd name");
    private static final Release OLD = Release.simple("Contoso_Orders", "0.1");

    private NodeWorld world;

    @BeforeAll
    void start(@TempDir Path folder) {
        world = new NodeWorld(folder);
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, RELEASE)
                .retains(world.server, OLD)
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
    }

    @AfterAll
    void stop() {
        world.close();
    }

    private static byte[] random(int length) {
        var bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    @Test
    void servesEveryFileAsItIs() throws IOException {
        assertThat(world.get("/orders/Content/1.0/app.js").body()).isEqualTo(RELEASE.bytes("app.js"));
        assertThat(world.get("/CDN/orders/Content/1.0/app.js").body()).isEqualTo(RELEASE.bytes("app.js"));
        assertThat(world.get("/orders/Content/1.0/img/logo%20%C3%A9.svg").body())
                .isEqualTo(RELEASE.bytes("img/logo é.svg"));
        assertThat(world.get("/orders/Content/1.0/a+b%2520c%23%3F.js").text()).isEqualTo("odd name");
        assertThat(world.get(LARGE).body()).isEqualTo(LARGE_BYTES);
        assertThat(world.get("/orders/Content/1.0/empty.txt").body()).isEmpty();
        // The page as an asset has nothing injected.
        assertThat(world.get("/orders/Content/1.0/index.html").body()).isEqualTo(RELEASE.bytes("index.html"));
    }

    @Test
    void saysThatNothingOfItWillEverChange() throws IOException {
        var answer = world.get("/orders/Content/1.0/app.js");

        assertThat(answer.headers())
                .containsEntry("content-type", "text/javascript; charset=utf-8")
                .containsEntry("cache-control", "public, max-age=31536000, immutable")
                .containsEntry("etag", "\"" + RELEASE.digest("app.js") + "\"")
                .containsEntry("vary", "Accept-Encoding")
                .containsEntry("access-control-allow-origin", "*")
                .containsEntry("access-control-expose-headers", "*")
                .containsEntry("timing-allow-origin", "*")
                .containsEntry("x-content-type-options", "nosniff")
                .containsEntry("accept-ranges", "bytes");
    }

    @Test
    void answersConditionsAndHeads() throws IOException {
        var tag = "\"" + RELEASE.digest("app.js") + "\"";

        var same = world.get("/orders/Content/1.0/app.js", "If-None-Match: " + tag);
        var any = world.get("/orders/Content/1.0/app.js", "If-None-Match: *");
        var other = world.get("/orders/Content/1.0/app.js", "If-None-Match: \"other\"");
        var head = Wire.send(world.uri(), "HEAD", LARGE);

        assertThat(List.of(same.status(), any.status(), other.status())).containsExactly(304, 304, 200);
        assertThat(same.header("ETag")).isEqualTo(tag);
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Content-Length")).isEqualTo(String.valueOf(LARGE_BYTES.length));
    }

    @Test
    void answersASingleRange() throws IOException {
        var tag = "\"" + Digest.of(LARGE_BYTES) + "\"";

        var middle = world.get(LARGE, "Range: bytes=1000000-2000000");
        var tail = world.get(LARGE, "Range: bytes=-5");
        var open = world.get(LARGE, "Range: bytes=3145720-", "If-Range: " + tag);
        var changed = world.get(LARGE, "Range: bytes=0-9", "If-Range: \"other\"");
        var several = world.get(LARGE, "Range: bytes=0-1,5-6");
        var beyond = world.get(LARGE, "Range: bytes=3145728-");
        var small = world.get("/orders/Content/1.0/app.js", "Range: bytes=0-5");

        assertThat(middle.status()).isEqualTo(206);
        assertThat(middle.header("Content-Range")).isEqualTo("bytes 1000000-2000000/3145728");
        assertThat(middle.body()).isEqualTo(Arrays.copyOfRange(LARGE_BYTES, 1_000_000, 2_000_001));
        assertThat(tail.body()).isEqualTo(Arrays.copyOfRange(LARGE_BYTES, LARGE_BYTES.length - 5, LARGE_BYTES.length));
        assertThat(open.status()).isEqualTo(206);
        assertThat(open.body()).hasSize(8);
        assertThat(List.of(changed.status(), several.status())).containsExactly(200, 206);
        assertThat(beyond.status()).isEqualTo(416);
        assertThat(beyond.header("Content-Range")).isEqualTo("bytes */3145728");
        assertThat(small.text()).isEqualTo("export");
    }

    @Test
    void fetchesARetainedVersionOnFirstRequestAndKeepsIt() throws IOException {
        var first = world.get("/orders/Content/0.1/app.js");
        world.server.forgetRequests();
        var second = world.get("/orders/Content/0.1/app.js");

        assertThat(first.body()).isEqualTo(OLD.bytes("app.js"));
        assertThat(second.body()).isEqualTo(OLD.bytes("app.js"));
        assertThat(world.server.requests()).noneMatch(request -> request.startsWith("GET /v1/blobs/"));
        assertThat(world.blob(OLD.digest("app.js"))).exists();
        assertThat(world.get("/orders/0.1").text()).contains("<title>0.1</title>");
    }

    @Test
    void listsTheFilesOfAVersion() throws IOException {
        var answer = world.get("/orders/-/manifest/1.0");

        assertThat(ServedManifest.parse(answer.body())).isEqualTo(RELEASE.manifest());
        assertThat(answer.headers())
                .containsEntry("content-type", "application/json")
                .containsEntry("cache-control", "public, max-age=31536000, immutable")
                .containsEntry("access-control-allow-origin", "*");
    }

    @Test
    void compressesTheListOfFiles() throws IOException {
        var plain = world.get("/orders/-/manifest/1.0");
        var coded = world.get("/orders/-/manifest/1.0", "Accept-Encoding: gzip, deflate, br");

        assertThat(coded.headers()).containsEntry("content-encoding", "gzip").containsEntry("vary", "Accept-Encoding");
        try (var in = new GZIPInputStream(new ByteArrayInputStream(coded.body()))) {
            assertThat(in.readAllBytes()).isEqualTo(plain.body());
        }
        assertThat(coded.body()).hasSizeLessThan(plain.body().length);
        assertThat(coded.header("ETag"))
                .as("the digest first: browsers know it from the page")
                .isEqualTo(plain.header("ETag").replaceAll("\"$", "-gzip\""));
        assertThat(world.get(
                                "/orders/-/manifest/1.0",
                                "Accept-Encoding: gzip",
                                "If-None-Match: " + coded.header("ETag"))
                        .status())
                .isEqualTo(304);
    }

    @Test
    void neverLeavesTheManifestByPathTricks() throws IOException {
        var hash = RELEASE.digest("app.js").value();
        var tricks = List.of(
                "../app.js",
                "x/../app.js",
                "%2e%2e/app.js",
                "..%2fapp.js",
                "./app.js",
                "/app.js",
                "//etc/passwd",
                "%2fetc%2fpasswd",
                "..%5c..%5capp.js",
                "app.js%00",
                "app.js%00.html",
                "%00",
                "APP.JS",
                "app.js/",
                "app.js/.",
                "%c0%ae%c0%ae/app.js",
                "../../../blobs/" + hash.substring(0, 2) + "/" + hash,
                "..%2f..%2f..%2fnode.key",
                "%zz",
                "app%2ejs%",
                "%ff");

        for (var trick : tricks) {
            assertThat(world.get("/orders/Content/1.0/" + trick).status())
                    .as(trick)
                    .isEqualTo(404);
        }
        // An escape that needs none names the same file.
        assertThat(world.get("/orders/Content/1.0/%61pp%2Ejs").body()).isEqualTo(RELEASE.bytes("app.js"));
        // An escaped slash is part of a name, and no name has one.
        assertThat(world.get("/orders/Content/1.0/img%2Flogo%20%C3%A9.svg").status())
                .isEqualTo(404);
    }

    @Test
    void answersPipelinedRequestsInOrder() throws IOException {
        try (var wire = new Wire(world.uri())) {
            var host = " HTTP/1.1\r\nHost: localhost\r\n\r\n";
            wire.write("GET " + LARGE + host + "GET /orders/Content/1.0/app.js" + host + "HEAD " + LARGE + host
                    + "GET /healthz" + host);

            assertThat(wire.read(false).body()).isEqualTo(LARGE_BYTES);
            assertThat(wire.read(false).body()).isEqualTo(RELEASE.bytes("app.js"));
            assertThat(wire.read(true).header("Content-Length")).isEqualTo("3145728");
            assertThat(wire.read(false).text()).isEqualTo("alive\n");
        }
    }
}
