package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Representations of assets over real HTTP: which is chosen, and conditions and ranges on it. One world for all tests. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VariantTest {
    private static final long SEED = 5;
    private static final String APP = "/orders/Content/1.0/app.js";
    private static final byte[] PLAIN = bytes(5_000, 1);
    private static final byte[] BROTLI = bytes(1_200, 2);
    private static final byte[] GZIP = bytes(1_500, 3);
    private static final byte[] LARGE = bytes(2 << 20, 4);

    private NodeWorld world;

    @BeforeAll
    void start(@TempDir Path folder) {
        world = new NodeWorld(folder);
        var release = new Release("Contoso_Orders", "1.0")
                .file("index.html", "<!doctype html><html><head></head><body></body></html>")
                .file("app.js", PLAIN)
                .variant("app.js", "br", BROTLI)
                .variant("app.js", "gzip", GZIP)
                .file("large.bin", LARGE)
                .file("caf\u00e9.js", "composed")
                .file("cafe\u0301/x.js", "decomposed");
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, release)
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
    }

    @AfterAll
    void stop() {
        world.close();
    }

    private static byte[] bytes(int length, long seed) {
        var bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static String tag(byte[] bytes) {
        return "\"" + Digest.of(bytes) + "\"";
    }

    private void assertIs(Wire.Answer answer, String coding, byte[] body) {
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Encoding")).isEqualTo(coding);
        assertThat(answer.header("ETag")).isEqualTo(tag(body));
        assertThat(answer.header("Vary")).isEqualTo("Accept-Encoding");
        assertThat(answer.header("Content-Type")).isEqualTo("text/javascript; charset=utf-8");
        assertThat(answer.body()).isEqualTo(body);
    }

    @Test
    void servesTheBestStoredVariantWithATagOfItsOwn() throws IOException {
        assertIs(world.get(APP), "", PLAIN);
        assertIs(world.get(APP, "Accept-Encoding: gzip, deflate, br"), "br", BROTLI);
        assertIs(world.get(APP, "Accept-Encoding: br;q=0.5, gzip"), "gzip", GZIP);
        assertIs(world.get(APP, "Accept-Encoding: gzip", "Accept-Encoding: br;q=0"), "gzip", GZIP);
        assertIs(world.get(APP, "Accept-Encoding: identity;q=0, *;q=0"), "", PLAIN);
        assertIs(world.get("/CDN" + APP, "Accept-Encoding: br"), "br", BROTLI);
    }

    @Test
    void row_4_8_servesStoredCompressionToHttp10() throws IOException {
        try (var wire = new Wire(world.uri())) {
            var head = "GET /CDN" + APP + " HTTP/1.0\r\nHost: localhost\r\nVia: 1.0 cdn\r\n";
            assertIs(wire.raw(head + "Accept-Encoding: gzip\r\n\r\n", false), "gzip", GZIP);
        }
        try (var wire = new Wire(world.uri())) {
            assertIs(wire.raw("GET " + APP + " HTTP/1.0\r\nHost: localhost\r\n\r\n", false), "", PLAIN);
        }
    }

    @Test
    void answersAHeadLikeAGetWithoutBody() throws IOException {
        for (var accepted : List.of("identity", "gzip", "br")) {
            for (var condition : List.of("X: y", "If-None-Match: *", "If-Match: \"x\"")) {
                var header = "Accept-Encoding: " + accepted;
                var get = world.get(APP, header, condition);
                var head = Wire.send(world.uri(), "HEAD", APP, header, condition);

                assertThat(head.status()).isEqualTo(get.status());
                assertThat(head.headers()).isEqualTo(get.headers());
            }
        }
        // Ranges are for GET alone (RFC 9110, section 14.2).
        assertThat(Wire.send(world.uri(), "HEAD", APP, "Range: bytes=0-1").status())
                .isEqualTo(200);
    }

    @Test
    void judgesConditionsOnTheChosenRepresentation() throws IOException {
        var gzip = "Accept-Encoding: gzip";

        assertThat(world.get(APP, gzip, "If-None-Match: " + tag(GZIP)).status()).isEqualTo(304);
        assertThat(world.get(APP, gzip, "If-None-Match: " + tag(PLAIN)).status())
                .isEqualTo(200);
        assertThat(world.get(APP, gzip, "If-Match: " + tag(GZIP)).status()).isEqualTo(200);
        assertThat(world.get(APP, gzip, "If-Match: " + tag(PLAIN)).status()).isEqualTo(412);
        assertThat(world.get(APP, gzip, "If-Match: W/" + tag(GZIP)).status()).isEqualTo(412);
        var unmodified = world.get(APP, gzip, "If-None-Match: W/" + tag(GZIP), "Range: bytes=0-1");
        assertThat(unmodified.status()).isEqualTo(304);
        assertThat(unmodified.headers())
                .containsEntry("etag", tag(GZIP))
                .containsEntry("vary", "Accept-Encoding")
                .containsEntry("cache-control", "public, max-age=31536000, immutable")
                .doesNotContainKeys("content-type", "content-encoding", "content-length");
    }

    @Test
    void cutsRangesOutOfTheChosenRepresentation() throws IOException {
        var answer = world.get(APP, "Accept-Encoding: br", "Range: bytes=1000-1099", "If-Range: " + tag(BROTLI));
        var other = world.get(APP, "Accept-Encoding: br", "Range: bytes=1000-1099", "If-Range: " + tag(GZIP));
        var beyond = world.get(APP, "Accept-Encoding: br", "Range: bytes=1200-");

        assertThat(answer.status()).isEqualTo(206);
        assertThat(answer.headers())
                .containsEntry("content-encoding", "br")
                .containsEntry("content-range", "bytes 1000-1099/1200")
                .containsEntry("etag", tag(BROTLI));
        assertThat(answer.body()).isEqualTo(Arrays.copyOfRange(BROTLI, 1000, 1100));
        assertIs(other, "br", BROTLI);
        assertThat(beyond.status()).isEqualTo(416);
        assertThat(beyond.header("Content-Range")).isEqualTo("bytes */1200");
        assertThat(beyond.header("Cache-Control")).isEqualTo("no-store");
        assertThat(beyond.body()).isEmpty();
    }

    @Test
    void answersSeveralRangesAsMultipart() throws IOException {
        var answer = world.get(APP, "Accept-Encoding: gzip", "Range: bytes=1000-1099,0-9,5-14");

        var boundary = Digest.of(GZIP).value().substring(0, 40);
        assertThat(answer.status()).isEqualTo(206);
        assertThat(answer.headers())
                .containsEntry("content-type", "multipart/byteranges; boundary=" + boundary)
                .doesNotContainKeys("content-range", "content-encoding");
        var expected = new ByteArrayOutputStream();
        part(expected, "--" + boundary, 1000, 1100);
        part(expected, "\r\n--" + boundary, 0, 15);
        expected.writeBytes(("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        assertThat(answer.body()).isEqualTo(expected.toByteArray());
    }

    private static void part(ByteArrayOutputStream out, String delimiter, int from, int to) {
        out.writeBytes((delimiter + "\r\nContent-Type: text/javascript; charset=utf-8\r\nContent-Encoding: gzip\r\n"
                        + "Content-Range: bytes " + from + "-" + (to - 1) + "/1500\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.write(GZIP, from, to - from);
    }

    @Test
    void putsNoMoreThanAFewBytesTogether() throws IOException {
        var large = "/orders/Content/1.0/large.bin";

        var within = world.get(large, "Range: bytes=0-9,2000000-2000009");
        var beyond = world.get(large, "Range: bytes=0-999999,1500000-1999999");

        assertThat(within.status()).isEqualTo(206);
        assertThat(within.body()).hasSizeBetween(20, 1000);
        assertThat(beyond.status()).isEqualTo(200);
        assertThat(beyond.body()).isEqualTo(LARGE);
    }

    @Test
    void findsUnicodeNamesAsPackaged() throws IOException {
        assertThat(world.get("/orders/Content/1.0/caf%C3%A9.js").text()).isEqualTo("composed");
        assertThat(world.get("/orders/Content/1.0/cafe%CC%81.js").text()).isEqualTo("composed");
        assertThat(world.get("/orders/Content/1.0/cafe%CC%81/x.js").text()).isEqualTo("decomposed");
        assertThat(world.get("/orders/Content/1.0/CAF%C3%89.js").status()).isEqualTo(404);
    }

    @Test
    void rangesPutTogetherAreTheWhole() throws IOException {
        var random = new Random(SEED);
        var tags = new HashSet<String>();
        try (var wire = new Wire(world.uri())) {
            for (var accepted : List.of("identity", "gzip", "br")) {
                var coding = "Accept-Encoding: " + accepted;
                var whole = wire.ask("GET", APP, coding);
                assertThat(tags.add(whole.header("ETag"))).as(accepted).isTrue();
                for (int round = 0; round < 30; round++) {
                    var together = new ByteArrayOutputStream();
                    while (together.size() < whole.body().length) {
                        int last = together.size() + random.nextInt(700);
                        var part = wire.ask(
                                "GET",
                                APP,
                                coding,
                                "Range: bytes=" + together.size() + "-" + last,
                                "If-Range: " + whole.header("ETag"));
                        assertThat(part.status()).as("seed %d", SEED).isEqualTo(206);
                        assertThat(part.header("ETag")).isEqualTo(whole.header("ETag"));
                        together.writeBytes(part.body());
                    }
                    assertThat(together.toByteArray()).as("seed %d", SEED).isEqualTo(whole.body());
                }
            }
        }
    }
}
