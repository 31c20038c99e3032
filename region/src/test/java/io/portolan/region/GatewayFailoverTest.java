package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls whose region has no replica for them, passed to the next region that has one of the same version. */
class GatewayFailoverTest {
    private static final String NAME = "Contoso_Orders";
    private static final RegionName NEAR = Extension.REGION;
    private static final RegionName FAR = new RegionName("eastus");
    private static final long UPLOAD = 1_000_000_000;
    private static final Duration LONG = Duration.ofMinutes(2);

    private final RevisionServer server = RevisionServer.start(Samples.PROD);
    private final Controllers near = new Controllers();
    private final Controllers far = new Controllers();
    private final List<RegionNode> nodes = new ArrayList<>();
    private final List<Backend> backends = new ArrayList<>();

    @TempDir
    private Path folder;

    private RegionNode nearNode;
    private RegionNode farNode;

    @BeforeEach
    void start() {
        server.put(Samples.environment());
        nearNode = node(NEAR, near);
        farNode = node(FAR, far);
        names(NEAR, nearNode);
        names(FAR, farNode);
        server.put(new Extension(NAME, "orders")
                .holds(server, Release.simple(NAME, "1.0"))
                .holds(server, Release.simple(NAME, "2.0"))
                .gives(NEAR, "1.0", "stage1")
                .gives(FAR, "2.0", "stage2")
                .document());
        server.publish("first");
        for (var node : nodes) {
            await().atMost(NodeWorld.LIMIT)
                    .until(() -> Wire.get(node.uri(), "/orders").status(), status -> status == 200);
        }
    }

    @AfterEach
    void stop() throws IOException {
        nodes.forEach(RegionNode::close);
        server.close();
        for (var backend : backends) {
            backend.close();
        }
    }

    private RegionNode node(RegionName region, Controllers controllers) {
        var replica = new ReplicaSettings(
                "node-" + region,
                "region",
                Samples.PROD,
                region,
                "",
                server.uri(),
                RevisionServer.TOKEN,
                folder.resolve(region.value()),
                Duration.ofSeconds(5),
                Duration.ofMillis(200));
        var node = RegionNode.start(
                RegionSettings.of(replica, "127.0.0.1", 0).withStore(server.uri()),
                InstantSource.system(),
                FailPoints.NONE,
                hosted -> controllers);
        nodes.add(node);
        return node;
    }

    private void names(RegionName region, RegionNode node) {
        server.put(Samples.region(
                region.value(),
                new GeoPoint(37, -122),
                List.of("127.0.0.1"),
                List.of(node.uri().toString()),
                RegionState.LIVE));
    }

    private Backend backend(String name) throws IOException {
        var made = Backend.answering((call, connection) ->
                connection.answer(200, name + " " + call.method() + " " + call.target() + " " + call.text()));
        backends.add(made);
        return made;
    }

    /** Version whose page a node gives. */
    private static String shown(RegionNode node) throws IOException {
        return Wire.get(node.uri(), "/orders").header("X-Portolan-Version");
    }

    private static void put(Controllers controllers, String version, URI... replicas) {
        controllers.put(NAME, version, Controllers.spec("c", "c"), replicas);
    }

    @Test
    void callsTheSameVersionInTheNextRegion() throws IOException {
        put(near, "1.0");
        // The other region shows another version, and runs the one that is called too.
        put(far, "1.0", backend("one").uri());
        put(far, "2.0", backend("two").uri());

        var answer = Wire.get(nearNode.uri(), "/orders/api/c/x?y=1");

        assertThat(answer.text()).isEqualTo("one GET /x?y=1 ");
        assertThat(answer.header("X-Portolan-Region")).isEqualTo("eastus");
        assertThat(Wire.post(nearNode.uri(), "/orders/@1.0/api/c", "body".getBytes(StandardCharsets.UTF_8))
                        .text())
                .as("nobody here has seen the call")
                .isEqualTo("one POST / body");
        assertThat(PeerWorld.metric(nearNode, "portolan_cross_region_calls_total{extension=\"Contoso_Orders\"}"))
                .isEqualTo(2);
        assertThat(
                        PeerWorld.metric(
                                nearNode,
                                "portolan_controller_failovers_total{extension=\"Contoso_Orders\",version=\"1.0\",controller=\"c\"}"))
                .isEqualTo(2);
    }

    @Test
    void callsTheNextRegionWhereNoReplicaCanBeReached() throws IOException {
        var dead = backend("dead");
        dead.close();
        put(near, "1.0", dead.uri());
        put(far, "1.0", backend("one").uri());

        assertThat(Wire.get(nearNode.uri(), "/orders/api/c").text()).isEqualTo("one GET / ");
    }

    @Test
    void asksNobodyForACallThatCameFromAnotherNode() throws IOException {
        put(near, "1.0");
        put(far, "1.0");
        var there = backend("one");

        var answer = Wire.get(nearNode.uri(), "/orders/api/c");
        assertThat(answer.status())
                .as("neither has one, and they do not ask each other for ever")
                .isEqualTo(503);
        assertThat(answer.text()).contains("\"code\":\"NO_REPLICA\"");

        put(far, "1.0", there.uri());
        assertThat(Wire.get(nearNode.uri(), "/orders/api/c", "Via: 1.1 somebody")
                        .status())
                .isEqualTo(503);
        assertThat(there.calls).isEmpty();
    }

    @Test
    void makesNoWriteAgainThatAReplicaOfAnotherRegionTook() throws IOException {
        var third = new RegionName("brazilsouth");
        var thirdControllers = new Controllers();
        names(third, node(third, thirdControllers));
        server.put(new Extension(NAME, "orders")
                .holds(server, Release.simple(NAME, "1.0"))
                .gives(NEAR, "1.0", "stage1")
                .gives(FAR, "1.0", "stage2")
                .gives(third, "1.0", "stage2")
                .document());
        server.publish("third");
        for (var node : nodes) {
            await().atMost(NodeWorld.LIMIT).until(() -> shown(node).equals("1.0"));
        }
        put(near, "1.0");
        var dying = Backend.scripted(Backend.Connection::call);
        backends.add(dying);
        var other = Backend.scripted(Backend.Connection::call);
        backends.add(other);
        put(far, "1.0", dying.uri());
        put(thirdControllers, "1.0", other.uri());

        var answer = Wire.post(nearNode.uri(), "/orders/api/c", new byte[0]);

        assertThat(answer.status()).as(answer.text()).isEqualTo(502);
        assertThat(answer.header("Retry-After")).as("no leave to ask again").isEmpty();
        assertThat(answer.text()).contains("it may have done what it was asked");
        var took = dying.calls.isEmpty() ? other : dying;
        assertThat(took.calls).hasSize(1);
        assertThat((took == dying ? other : dying).calls).isEmpty();

        var well = backend("well");
        put(took == dying ? thirdControllers : far, "1.0", well.uri());
        assertThat(Wire.get(nearNode.uri(), "/orders/api/c").text())
                .as("what may be made twice is asked of the next one")
                .isEqualTo("well GET / ");
        assertThat(took.calls).as("asked first, and once").hasSize(2);
        assertThat(Wire.get(nearNode.uri(), "/orders/api/c").header("X-Portolan-Unanswered"))
                .isEmpty();
    }

    /** Nothing is wrong with a node that has closed a connection at rest, and there may be no other. */
    @Test
    void asksTheNextRegionAgainWhereItHasClosedAConnectionThatWasAtRest() throws IOException {
        var connections = new AtomicInteger();
        var there = Backend.scripted(connection -> {
            connections.incrementAndGet();
            connection.call();
            connection.answer(200, "there");
            connection.call();
        });
        backends.add(there);
        var named = there.uri().toString();
        server.put(Samples.region(
                FAR.value(), new GeoPoint(37, -122), List.of("127.0.0.1"), List.of(named), RegionState.LIVE));
        server.publish("the far region is somebody else");
        put(near, "1.0");
        // One event loop: the connection at rest is that of the next call.
        try (var wire = new Wire(nearNode.uri())) {
            await().atMost(NodeWorld.LIMIT)
                    .until(() -> wire.ask("GET", "/orders/api/c").text(), "there"::equals);
            assertThat(connections).hasValue(1);

            assertThat(wire.ask("GET", "/orders/api/c").text()).isEqualTo("there");
        }
        assertThat(connections).hasValue(2);
    }

    @Test
    void goesBackHomeOnceAReplicaIsThere() throws IOException {
        put(near, "1.0");
        put(far, "1.0", backend("far").uri());
        assertThat(Wire.get(nearNode.uri(), "/orders/api/c").text()).startsWith("far");

        put(near, "1.0", backend("near").uri());

        assertThat(Wire.get(nearNode.uri(), "/orders/api/c").text()).startsWith("near");
    }

    @Test
    void row_8_7_aPagesRelativeUrlsReachTheNearestControllerOfItsOwnVersion() throws IOException {
        put(near, "1.0", backend("near one").uri());
        put(near, "2.0", backend("near two").uri());
        put(far, "1.0", backend("far one").uri());
        put(far, "2.0", backend("far two").uri());
        var page = Wire.get(nearNode.uri(), "/orders").text();
        assertThat(page).contains("/orders/@1.0/api");
        var url = URI.create("/orders/@1.0/api/").resolve("c/17").toString();

        assertThat(Wire.get(nearNode.uri(), url).text()).isEqualTo("near one GET /17 ");
        assertThat(Wire.get(farNode.uri(), url).text())
                .as("its region shows another version")
                .isEqualTo("far one GET /17 ");

        put(near, "1.0");
        var answer = Wire.get(nearNode.uri(), url);
        assertThat(answer.text()).as("rather far than of another version").isEqualTo("far one GET /17 ");
        assertThat(answer.header("X-Portolan-Version")).isEqualTo("1.0");
        assertThat(answer.header("X-Portolan-Region")).isEqualTo("eastus");
    }

    @Test
    void row_8_6_everyRegionTakesWritesAndNoneOfThemTwice() throws IOException {
        var third = new RegionName("brazilsouth");
        var thirdControllers = new Controllers();
        var thirdNode = node(third, thirdControllers);
        names(third, thirdNode);
        server.put(new Extension(NAME, "orders")
                .holds(server, Release.simple(NAME, "1.0"))
                .gives(NEAR, "1.0", "stage1")
                .gives(FAR, "1.0", "stage2")
                .gives(third, "1.0", "stage2")
                .document());
        server.publish("third");
        for (var node : nodes) {
            await().atMost(NodeWorld.LIMIT).until(() -> shown(node).equals("1.0"));
        }
        // The state is the controllers' own: here it is one store for all of them.
        var written = new ConcurrentLinkedQueue<String>();
        var directories = List.of(near, far, thirdControllers);
        for (var directory : directories) {
            var writing = Backend.answering((call, connection) -> {
                if (call.method().equals("POST")) {
                    written.add(call.text());
                }
                connection.answer(200, String.valueOf(written.size()));
            });
            backends.add(writing);
            put(directory, "1.0", writing.uri());
        }

        for (int i = 0; i < 20; i++) {
            for (var node : nodes) {
                var text = node.uri().getPort() + " " + i;
                assertThat(Wire.post(node.uri(), "/orders/api/c", text.getBytes(StandardCharsets.UTF_8))
                                .status())
                        .isEqualTo(200);
            }
        }

        assertThat(written).as("each write once").hasSize(60).doesNotHaveDuplicates();
        for (int i = 0; i < nodes.size(); i++) {
            assertThat(backends.get(i).calls)
                    .as("writes of its own users, and no standby")
                    .hasSize(20);
            assertThat(Wire.get(nodes.get(i).uri(), "/orders/api/c").text())
                    .as("what was written anywhere is read here")
                    .isEqualTo("60");
        }
    }

    @Test
    void row_8_10_smallCallsStayNearAndALargeUploadGoesOnInTheNextRegion() throws Exception {
        var stored = new AtomicLong();
        var here = storing("near", stored);
        put(near, "1.0", here.uri());
        put(far, "1.0", storing("far", stored).uri());
        var wrong = new ConcurrentLinkedQueue<String>();
        var uploading = Thread.ofVirtual().start(() -> upload(stored, wrong));

        for (int i = 0; i < 100; i++) {
            var status = Wire.get(nearNode.uri(), "/orders/@1.0/api/c/status");
            assertThat(status.text())
                    .as("small calls while a large one is under way")
                    .isEqualTo("near");
            assertThat(status.header("X-Portolan-Region")).isEqualTo("westus");
        }
        await().atMost(LONG).until(() -> stored.get() > UPLOAD / 3);
        here.close();
        uploading.join(LONG);

        assertThat(wrong).isEmpty();
        assertThat(stored).hasValue(UPLOAD);
        assertThat(Wire.get(nearNode.uri(), "/orders/@1.0/api/c/status").text())
                .as("nobody is left at home")
                .isEqualTo("far");
    }

    /** A controller that takes uploads in parts: says how much it has, and takes what follows that. */
    private Backend storing(String name, AtomicLong stored) throws IOException {
        var made = Backend.scripted(connection -> {
            for (var call = connection.head(); call != null; call = connection.head()) {
                if (call.method().equals("HEAD")) {
                    connection.write("HTTP/1.1 200 OK\r\nUpload-Offset: " + stored + "\r\nContent-Length: 0\r\n\r\n");
                } else if (call.method().equals("PATCH")) {
                    long rest = Long.parseLong(call.header("content-length"));
                    if (Long.parseLong(call.header("upload-offset")) != stored.get()) {
                        throw new IOException("not at " + stored);
                    }
                    var buffer = new byte[64 << 10];
                    while (rest > 0) {
                        int count = connection.in.read(buffer, 0, (int) Math.min(rest, buffer.length));
                        if (count < 0) {
                            return;
                        }
                        if (buffer[0] != sign(stored.get())) {
                            throw new IOException("other bytes at " + stored);
                        }
                        stored.addAndGet(count);
                        rest -= count;
                    }
                    connection.answer(200, name);
                } else {
                    connection.answer(200, name);
                }
            }
        });
        backends.add(made);
        return made;
    }

    private static byte sign(long place) {
        return (byte) (place % 251);
    }

    /** What a client does that wants its upload to be whole: asks how far it came, and sends the rest, until all is there. */
    private void upload(AtomicLong stored, Queue<String> wrong) {
        var target = "/orders/@1.0/api/c/file";
        for (int attempt = 0; stored.get() < UPLOAD; attempt++) {
            if (attempt > 20) {
                wrong.add("no way after 20 attempts, at " + stored);
                return;
            }
            try (var wire = new Wire(nearNode.uri())) {
                long offset = Long.parseLong(wire.ask("HEAD", target).header("upload-offset"));
                wire.write("PATCH " + target + " HTTP/1.1\r\nHost: localhost\r\nUpload-Offset: " + offset
                        + "\r\nContent-Length: " + (UPLOAD - offset) + "\r\n\r\n");
                var part = new byte[251 * 256];
                for (int i = 0; i < part.length; i++) {
                    part[i] = sign(offset + i);
                }
                for (long left = UPLOAD - offset; left > 0; left -= part.length) {
                    wire.out().write(part, 0, (int) Math.min(left, part.length));
                }
                int status = wire.read(false).status();
                if (status != 200 && status != 502) {
                    wrong.add("status " + status);
                }
            } catch (IOException | NumberFormatException e) {
                // The connection broke: it is asked how far it came.
            }
        }
    }
}
