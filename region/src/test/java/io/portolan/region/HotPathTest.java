package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.portolan.model.FailPoints;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers from memory are those of the general path, on the same connection, whatever comes between. */
class HotPathTest {
    private static final String SCRIPT = "/orders/Content/1.0/app.js";
    private static final String LARGE = "/orders/Content/1.0/large.bin";
    private static final byte[] LARGE_BYTES = bytes(900_000);

    /** What nothing but a large body from memory counts in a test that asks for nothing else. */
    private static final String LARGE_FROM_MEMORY =
            "portolan_node_requests_total{extension=\"Contoso_Orders\",version=\"1.0\",code=\"200\",cache=\"memory\"}";

    private NodeWorld world;

    private static byte[] bytes(int length) {
        var bytes = new byte[length];
        new Random(20261123).nextBytes(bytes);
        return bytes;
    }

    private static Release release(String label) {
        return Release.simple("Contoso_Orders", label)
                .file("large.bin", LARGE_BYTES)
                .file("twenty.bin", bytes(20_000))
                .variant("app.js", "br", ("br of " + label).getBytes(StandardCharsets.UTF_8));
    }

    private Extension orders() {
        return new Extension("Contoso_Orders", "orders")
                .holds(world.server, release("1.0"))
                .holds(world.server, release("2.0"));
    }

    @BeforeEach
    void begin(@TempDir Path folder) {
        world = new NodeWorld(folder, FailPoints.NONE);
        world.publish(
                orders().gives("1.0"),
                new Extension("Contoso_Maps", "maps")
                        .holds(world.server, Release.simple("Contoso_Maps", "1.0"))
                        .gives("1.0"));
        world.awaitVersion("orders", "1.0");
        world.awaitVersion("maps", "1.0");
    }

    @AfterEach
    void end() {
        world.close();
    }

    /** What two answers to the same request may differ in is when they were given. */
    private static HashMap<String, String> lasting(Wire.Answer answer) {
        var headers = new HashMap<>(answer.headers());
        headers.remove("date");
        headers.remove("server-timing");
        headers.put("status", String.valueOf(answer.status()));
        headers.put("body", new String(answer.body(), StandardCharsets.ISO_8859_1));
        return headers;
    }

    @Test
    void repeatsTheSameAnswer() throws IOException {
        try (var wire = new Wire(world.uri())) {
            for (var target : new String[] {SCRIPT, LARGE, "/orders", "/orders?l=en", "/orders/-/manifest/1.0"}) {
                var first = lasting(wire.ask("GET", target));

                for (int i = 0; i < 20; i++) {
                    var again = wire.ask("GET", target);
                    assertThat(lasting(again)).isEqualTo(first);
                    assertThat(again.header("Date")).hasSize(HttpDate.LENGTH);
                }
            }
        }
    }

    /** One request is no reason to take a large body into memory; two are. */
    @Test
    void takesLargeBodiesIntoMemoryWhenTheyAreAskedForAgain() throws IOException {
        try (var wire = new Wire(world.uri())) {
            assertThat(wire.ask("GET", LARGE).body()).isEqualTo(LARGE_BYTES);
            assertThat(wire.ask("GET", "/metrics").text()).doesNotContain(LARGE_FROM_MEMORY);

            await().untilAsserted(() -> {
                assertThat(wire.ask("GET", LARGE).body()).isEqualTo(LARGE_BYTES);
                assertThat(wire.ask("GET", "/metrics").text()).contains(LARGE_FROM_MEMORY);
            });
        }
    }

    /** Buffers outside the heap are freed by nobody else, and {@code dev} stops and starts nodes within one process. */
    @Test
    void givesItsMemoryBackWhenTheNodeStops() throws IOException {
        try (var wire = new Wire(world.uri())) {
            await().untilAsserted(() -> {
                assertThat(wire.ask("GET", LARGE).body()).isEqualTo(LARGE_BYTES);
                assertThat(wire.ask("GET", "/metrics").text()).contains(LARGE_FROM_MEMORY);
            });
        }
        var memory = UnpooledByteBufAllocator.DEFAULT.metric();
        long held = memory.usedDirectMemory();

        world.restart();

        await().until(() -> memory.usedDirectMemory() <= held - LARGE_BYTES.length);
    }

    @Test
    void keepsToWhatEachRequestSays() throws IOException {
        try (var wire = new Wire(world.uri())) {
            IntFunction<String> etag = i -> "If-None-Match: \"" + release("1.0").digest("app.js") + "\"";
            for (int i = 0; i < 5; i++) {
                assertThat(wire.ask("GET", SCRIPT).text()).isEqualTo("export const version = '1.0';");
                assertThat(wire.ask("GET", SCRIPT, "Accept-Encoding: br").text())
                        .isEqualTo("br of 1.0");
                assertThat(wire.ask("GET", SCRIPT, "Accept-Encoding: br;q=0").text())
                        .startsWith("export");
                assertThat(wire.ask("HEAD", SCRIPT).body()).isEmpty();
                assertThat(wire.ask("GET", SCRIPT, "Range: bytes=0-5").text()).isEqualTo("export");
                assertThat(wire.ask("GET", SCRIPT, etag.apply(i)).status()).isEqualTo(304);
                assertThat(wire.ask("GET", SCRIPT, "If-Match: \"other\"").status())
                        .isEqualTo(412);
                assertThat(wire.ask("GET", SCRIPT + "x").status()).isEqualTo(404);
                assertThat(wire.ask("POST", SCRIPT, "Content-Length: 0").status())
                        .isEqualTo(405);
                assertThat(wire.ask("GET", SCRIPT, "Host: orders.ext.portolan.test")
                                .status())
                        .isEqualTo(200);
                assertThat(wire.ask("GET", SCRIPT, "Host: maps.ext.portolan.test")
                                .status())
                        .isEqualTo(404);
                assertThat(wire.ask("GET", SCRIPT, "Host: elsewhere.example").status())
                        .isEqualTo(421);
            }
            assertThat(wire.ask("GET", SCRIPT, "Connection: close").header("Connection"))
                    .isEqualTo("close");
            assertThat(wire.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void answersPipelinedAndPartialRequestsInTurn() throws IOException {
        var head = " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: test\r\n\r\n";
        var random = new Random(20261123);
        try (var wire = new Wire(world.uri())) {
            wire.raw("GET " + SCRIPT + head, false);
            wire.raw("GET " + LARGE + head, false);
            for (int round = 0; round < 30; round++) {
                var targets = random.ints(1 + random.nextInt(12), 0, 4)
                        .mapToObj(i -> new String[] {SCRIPT, LARGE, "/nothing", "/orders"}[i])
                        .toList();
                var text = String.join(
                        "", targets.stream().map(t -> "GET " + t + head).toList());
                int cut = random.nextInt(text.length());
                wire.write(text.substring(0, cut));
                wire.write(text.substring(cut));

                for (var target : targets) {
                    var answer = wire.read(false);
                    assertThat(answer.status()).isEqualTo(target.equals("/nothing") ? 404 : 200);
                    assertThat(answer.body().length == LARGE_BYTES.length).isEqualTo(target.equals(LARGE));
                    assertThat(answer.text().contains("export")).isEqualTo(target.equals(SCRIPT));
                }
            }
        }
    }

    @Test
    void followsEachRevisionOnOpenConnections() throws IOException {
        try (var wire = new Wire(world.uri())) {
            for (int i = 0; i < 3; i++) {
                assertThat(wire.ask("GET", "/orders").header("X-Portolan-Version"))
                        .isEqualTo("1.0");
                assertThat(wire.ask("GET", SCRIPT).status()).isEqualTo(200);
            }
            world.publish(orders().gives("2.0"));

            await().atMost(NodeWorld.LIMIT)
                    .until(() -> wire.ask("GET", "/orders").header("X-Portolan-Version"), "2.0"::equals);
            assertThat(wire.ask("GET", SCRIPT).status()).isEqualTo(200);

            world.publish(new Extension("Contoso_Orders", "orders")
                    .revokes(world.server, release("1.0"))
                    .holds(world.server, release("2.0"))
                    .gives("2.0"));

            await().atMost(NodeWorld.LIMIT).until(() -> wire.ask("GET", SCRIPT).status(), status -> status == 410);
        }
    }

    @Test
    void countsEveryAnswer() throws IOException {
        long before = answers();
        try (var wire = new Wire(world.uri())) {
            for (int i = 0; i < 50; i++) {
                wire.ask("GET", SCRIPT);
            }
        }

        assertThat(answers() - before).isBetween(51L, 52L);
    }

    private long answers() throws IOException {
        return world.get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith("portolan_node_responses_total{status=\"2xx\"} "))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Asks over HTTP/2 until the answer has surely come from memory. */
    private static void warm(Http2Frames client) throws IOException {
        for (int i = 0; i < 20; i++) {
            client.send(Http2Frames.get(2 * i + 1, SCRIPT));
            while ((client.await(Http2Frames.DATA).flags() & Http2Frames.END_STREAM) == 0) {
                // The rest of it.
            }
        }
    }

    @Test
    void sendsNoMoreThanTheWindowOfAStreamAllows() throws IOException {
        byte[] windowOfSixteen = {0, 4, 0, 0, 0, 16};
        try (var client = new Http2Frames(world.uri())) {
            warm(client);
            client.send(Http2Frames.frame(Http2Frames.SETTINGS, 0, 0, windowOfSixteen), Http2Frames.get(101, SCRIPT));
            assertThat(client.await(Http2Frames.HEADERS).flags()).isEqualTo(Http2Frames.END_HEADERS);
            var first = client.await(Http2Frames.DATA);
            client.send(Http2Frames.frame(Http2Frames.WINDOW_UPDATE, 0, 101, (byte) 0, (byte) 0, (byte) 1, (byte) 0));
            var rest = client.await(Http2Frames.DATA);

            assertThat(first.flags()).isZero();
            assertThat(rest.flags()).isEqualTo(Http2Frames.END_STREAM);
            assertThat(new String(first.payload(), StandardCharsets.US_ASCII)).isEqualTo("export const ver");
            assertThat(new String(rest.payload(), StandardCharsets.US_ASCII)).isEqualTo("sion = '1.0';");
        }
    }

    @Test
    void tellsOfTheNewSizeOfTheHeaderTableInTheNextHead() throws IOException {
        byte[] noTable = {0, 1, 0, 0, 0, 0};
        int toZero = 0x20;
        int ok = 0x88;
        try (var client = new Http2Frames(world.uri())) {
            warm(client);
            client.send(Http2Frames.frame(Http2Frames.SETTINGS, 0, 0, noTable), Http2Frames.get(101, SCRIPT));
            var first = client.await(Http2Frames.HEADERS);
            client.send(Http2Frames.get(103, SCRIPT));
            var second = client.await(Http2Frames.HEADERS);

            assertThat(Byte.toUnsignedInt(first.payload()[0])).isEqualTo(toZero);
            assertThat(Byte.toUnsignedInt(second.payload()[0])).isEqualTo(ok);
        }
    }

    @Test
    void letsNoAnswerWaitForTheNext() throws IOException {
        try (var first = new Wire(world.uri());
                var second = new Wire(world.uri())) {
            first.ask("GET", "/orders/Content/1.0/twenty.bin");
            second.ask("GET", "/orders/Content/1.0/twenty.bin");

            // Nagle's algorithm off, on every listener.
            assertThat(world.node().sendsAtOnce()).isTrue();
        }
    }
}
