package io.portolan.region;

import static io.portolan.region.Http2Frames.CONTINUATION;
import static io.portolan.region.Http2Frames.DATA;
import static io.portolan.region.Http2Frames.END_HEADERS;
import static io.portolan.region.Http2Frames.END_STREAM;
import static io.portolan.region.Http2Frames.GOAWAY;
import static io.portolan.region.Http2Frames.HEADERS;
import static io.portolan.region.Http2Frames.PING;
import static io.portolan.region.Http2Frames.RST_STREAM;
import static io.portolan.region.Http2Frames.SETTINGS;
import static io.portolan.region.Http2Frames.WINDOW_UPDATE;
import static io.portolan.region.Http2Frames.fields;
import static io.portolan.region.Http2Frames.frame;
import static io.portolan.region.Http2Frames.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.FailPoints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** HTTP/2 by prior knowledge, frame by frame: what RFC 9113 wants of a server, also when the client does not mean well. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class Http2Test {
    private static final int PROTOCOL_ERROR = 1;
    private static final int FLOW_CONTROL_ERROR = 3;
    private static final int FRAME_SIZE_ERROR = 6;
    private static final int COMPRESSION_ERROR = 9;
    private static final int ENHANCE_YOUR_CALM = 11;
    private static final Duration LONG = Duration.ofSeconds(15);
    private static final byte[] LARGE = new byte[3 << 20];

    private NodeWorld world;

    @BeforeAll
    void start(@TempDir Path folder) {
        var plain = HttpLimits.DEFAULTS;
        var limits = new HttpLimits(
                plain.connections(),
                plain.requestsPerConnection(),
                plain.requestLineBytes(),
                plain.headerBytes(),
                plain.headerCount(),
                LONG,
                plain.bodyBytes(),
                Duration.ofMillis(300),
                LONG,
                Duration.ofSeconds(3),
                1 << 30,
                Duration.ZERO);
        world = new NodeWorld(folder, FailPoints.NONE, settings -> settings.withHttp(limits));
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, Release.simple("Contoso_Orders", "1.0").file("large.bin", LARGE))
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
    }

    @AfterAll
    void stop() {
        world.close();
    }

    /** What the connection is closed with, while another one is served. */
    private int errorAfter(byte[]... frames) throws IOException {
        try (var hostile = new Http2Frames(world.uri());
                var other = new Http2Frames(world.uri())) {
            hostile.send(frames);
            var all = hostile.readToEnd();
            other.send(get(1, "/healthz"));
            assertThat(other.await(HEADERS).stream()).isEqualTo(1);
            assertThat(all).anyMatch(frame -> frame.type() == GOAWAY);
            return all.stream()
                    .filter(frame -> frame.type() == GOAWAY)
                    .findFirst()
                    .orElseThrow()
                    .error();
        }
    }

    private static byte[] repeated(int times, byte[] frame) {
        var all = new ByteArrayOutputStream();
        for (int i = 0; i < times; i++) {
            all.writeBytes(frame);
        }
        return all.toByteArray();
    }

    @Test
    void answersManyStreamsOfOneConnection() throws IOException {
        try (var client = new Http2Frames(world.uri())) {
            client.send(get(1, "/healthz"), get(3, "/nowhere"), get(5, "/healthz"));

            var text = new StringBuilder();
            for (int ended = 0; ended < 3; ) {
                var frame = client.read();
                if (frame.type() == DATA) {
                    text.append(new String(frame.payload(), java.nio.charset.StandardCharsets.UTF_8));
                }
                ended += frame.stream() > 0 && (frame.flags() & END_STREAM) != 0 ? 1 : 0;
            }
            assertThat(text.toString()).contains("alive\n").contains("Not found");
        }
    }

    @Test
    void closesWithTheErrorOfTheRule() throws IOException {
        assertThat(errorAfter(frame(DATA, 0, 0, (byte) 1))).isEqualTo(PROTOCOL_ERROR);
        assertThat(errorAfter(frame(DATA, 0, 1, new byte[16_385]))).isEqualTo(FRAME_SIZE_ERROR);
        assertThat(errorAfter(frame(SETTINGS, 0, 0, new byte[5]))).isEqualTo(FRAME_SIZE_ERROR);
        assertThat(errorAfter(frame(PING, 0, 0, new byte[7]))).isEqualTo(FRAME_SIZE_ERROR);
        assertThat(errorAfter(frame(CONTINUATION, END_HEADERS, 1, new byte[1]))).isEqualTo(PROTOCOL_ERROR);
        assertThat(errorAfter(frame(WINDOW_UPDATE, 0, 0, new byte[4]))).isEqualTo(PROTOCOL_ERROR);
        assertThat(errorAfter(frame(WINDOW_UPDATE, 0, 0, (byte) 0x7F, (byte) -1, (byte) -1, (byte) -1)))
                .isEqualTo(FLOW_CONTROL_ERROR);
        assertThat(errorAfter(get(2, "/healthz"))).isEqualTo(PROTOCOL_ERROR);
        assertThat(errorAfter(frame(
                        HEADERS,
                        END_HEADERS | END_STREAM,
                        1,
                        (byte) -1,
                        (byte) -1,
                        (byte) -1,
                        (byte) -1,
                        (byte) -1,
                        (byte) 1)))
                .isEqualTo(COMPRESSION_ERROR);
    }

    @Test
    void closesOnFloods() throws IOException {
        assertThat(errorAfter(repeated(1_000, frame(SETTINGS, 0, 0)))).isEqualTo(ENHANCE_YOUR_CALM);
        assertThat(errorAfter(repeated(1_000, frame(PING, 0, 0, new byte[8])))).isEqualTo(ENHANCE_YOUR_CALM);

        var resets = new ByteArrayOutputStream();
        for (int stream = 1; stream < 2_000; stream += 2) {
            resets.writeBytes(get(stream, "/healthz"));
            resets.writeBytes(frame(RST_STREAM, 0, stream, new byte[4]));
        }
        assertThat(errorAfter(resets.toByteArray())).isEqualTo(ENHANCE_YOUR_CALM);

        var start = frame(HEADERS, END_STREAM, 1, fields(":method", "GET"));
        assertThat(errorAfter(start, repeated(1_000, frame(CONTINUATION, 0, 1, fields("a", "b")))))
                .isEqualTo(ENHANCE_YOUR_CALM);
    }

    @Test
    void resetsOnlyTheStreamThatIsMalformed() throws IOException {
        try (var client = new Http2Frames(world.uri())) {
            client.send(frame(
                    HEADERS,
                    END_HEADERS | END_STREAM,
                    1,
                    fields(":method", "GET", ":scheme", "http", ":path", "/healthz", "X-Upper", "a")));
            assertThat(client.await(RST_STREAM).error()).isEqualTo(PROTOCOL_ERROR);

            client.send(frame(HEADERS, END_HEADERS | END_STREAM, 3, fields(":method", "GET", ":scheme", "http")));
            assertThat(client.await(RST_STREAM).error()).isEqualTo(PROTOCOL_ERROR);

            client.send(get(5, "/healthz"));
            assertThat(client.await(HEADERS).stream()).isEqualTo(5);
        }
    }

    @Test
    void endsStreamsWhoseBodyDoesNotComeOrIsNotTaken() throws IOException {
        // SETTINGS_INITIAL_WINDOW_SIZE 0: nothing of an answer is taken.
        try (var client = new Http2Frames(world.uri(), new byte[] {0, 4, 0, 0, 0, 0})) {
            client.send(get(1, "/orders/Content/1.0/large.bin"));
            assertThat(client.await(HEADERS).stream()).isEqualTo(1);
            assertThat(client.await(RST_STREAM).stream()).isEqualTo(1);

            client.send(frame(
                    HEADERS,
                    END_HEADERS,
                    3,
                    fields(":method", "POST", ":scheme", "http", ":authority", "localhost", ":path", "/orders")));
            var late = client.await(HEADERS);
            assertThat(late.stream()).isEqualTo(3);
            assertThat(new String(late.payload(), java.nio.charset.StandardCharsets.ISO_8859_1))
                    .contains("408");
        }
    }

    @Test
    void repeatsAnswersFromMemoryAndEndsThoseThatAreNotTaken() throws IOException {
        var script = Release.simple("Contoso_Orders", "1.0").bytes("app.js");
        var path = "/orders/Content/1.0/app.js";
        try (var client = new Http2Frames(world.uri())) {
            for (int stream = 1; stream < 60; stream += 2) {
                client.send(get(stream, path));
                assertThat(client.await(HEADERS).stream()).isEqualTo(stream);
                var body = client.await(DATA);
                assertThat(body.payload()).isEqualTo(script);
                assertThat(body.flags() & END_STREAM).isEqualTo(END_STREAM);
            }
            // Taken back, malformed and other requests in between.
            client.send(get(61, path), frame(RST_STREAM, 0, 61, (byte) 0, (byte) 0, (byte) 0, (byte) 8));
            client.send(frame(HEADERS, END_HEADERS | END_STREAM, 63, fields(":method", "GET", ":scheme", "http")));
            assertThat(client.await(RST_STREAM).stream()).isEqualTo(63);
            client.send(get(65, "/nothing/at/all"), get(67, path));
            assertThat(client.await(HEADERS).stream()).isBetween(65, 67);
            assertThat(client.await(HEADERS).stream()).isBetween(65, 67);
        }
        try (var client = new Http2Frames(world.uri(), new byte[] {0, 4, 0, 0, 0, 0})) {
            client.send(get(1, path), get(3, path));
            assertThat(client.await(RST_STREAM).stream()).isBetween(1, 3);
            assertThat(client.await(RST_STREAM).stream()).isBetween(1, 3);
            client.send(get(5, "/healthz"));
            assertThat(client.await(HEADERS).stream()).isEqualTo(5);
        }
    }

    @Test
    void sendsLargeFilesPieceByPiece() throws IOException {
        // A window of 2 GiB at once, for the stream and for the connection.
        try (var client = new Http2Frames(world.uri(), new byte[] {0, 4, 0x7F, -1, -1, -1})) {
            client.send(frame(WINDOW_UPDATE, 0, 0, (byte) 0x70, (byte) 0, (byte) 0, (byte) 0));
            client.send(get(1, "/orders/Content/1.0/large.bin"));
            var body = new ByteArrayOutputStream();
            for (var frame = client.await(DATA); ; frame = client.await(DATA)) {
                body.writeBytes(frame.payload());
                if ((frame.flags() & END_STREAM) != 0) {
                    break;
                }
            }
            assertThat(Arrays.equals(body.toByteArray(), LARGE)).isTrue();
        }
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void saysGoodbyeWhenTheNodeStops() throws IOException {
        try (var client = new Http2Frames(world.uri())) {
            client.send(get(1, "/healthz"));
            client.await(HEADERS);
            var stopped = CompletableFuture.runAsync(world.node()::close);

            assertThat(client.await(GOAWAY).error()).isZero();
            assertThat(client.readToEnd()).isEmpty();
            assertThat(stopped).succeedsWithin(NodeWorld.LIMIT);
        }
    }
}
