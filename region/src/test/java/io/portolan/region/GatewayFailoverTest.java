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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls whose region has no replica for them, passed to the next region that has one of the same version. */
class GatewayFailoverTest {
    private static final String NAME = "Contoso_Orders";
    private static final RegionName NEAR = Extension.REGION;
    private static final RegionName FAR = new RegionName("eastus");

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
    void goesBackHomeOnceAReplicaIsThere() throws IOException {
        put(near, "1.0");
        put(far, "1.0", backend("far").uri());
        assertThat(Wire.get(nearNode.uri(), "/orders/api/c").text()).startsWith("far");

        put(near, "1.0", backend("near").uri());

        assertThat(Wire.get(nearNode.uri(), "/orders/api/c").text()).startsWith("near");
    }
}
