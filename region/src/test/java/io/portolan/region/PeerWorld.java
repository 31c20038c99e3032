package io.portolan.region;

import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.protocol.Json;
import io.portolan.sync.PeerSettings;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;

/** Region nodes of one environment, each with a store of its own choice. One thread at a time. */
final class PeerWorld implements AutoCloseable {
    static final URI NOWHERE = URI.create("http://127.0.0.1:1");

    final RevisionServer server = RevisionServer.start(Samples.PROD);
    private final Path folder;
    private final List<RegionNode> nodes = new CopyOnWriteArrayList<>();

    PeerWorld(Path folder) {
        this.folder = folder;
        server.put(Samples.environment());
    }

    /** A node that follows the server, whose blobs come from elsewhere. */
    RegionNode node(String name, URI store) {
        return node(name, server.uri(), store, PeerSettings.NONE);
    }

    RegionNode node(String name, URI control, URI store, PeerSettings peers) {
        // All in one region, whose pointer the samples set; a node's folder tells it from the others.
        var replica = new ReplicaSettings(
                "node-" + name,
                "region",
                Samples.PROD,
                Extension.REGION,
                "",
                control,
                RevisionServer.TOKEN,
                folder(name),
                Duration.ofSeconds(5),
                Duration.ofMillis(200),
                peers);
        var settings = RegionSettings.of(replica, "127.0.0.1", 0)
                .withStore(store, Duration.ofSeconds(2), Duration.ofMillis(200), Duration.ofSeconds(3));
        var node = RegionNode.start(settings, InstantSource.system(), FailPoints.NONE);
        nodes.add(node);
        return node;
    }

    Path folder(String name) {
        return folder.resolve(name);
    }

    void stop(RegionNode node) {
        node.close();
        nodes.remove(node);
    }

    /** Puts an extension with these releases, the last of which its region is given, into the next revision. */
    void orders(Release... releases) {
        var extension = new Extension("Contoso_Orders", "orders");
        for (var release : releases) {
            extension.holds(server, release);
        }
        server.put(extension.gives(releases[releases.length - 1].label()).document());
    }

    /** Names nodes in the next revision; all are of the one region. */
    void names(URI... nodesOfRegion) {
        server.put(Samples.region(
                Extension.REGION.value(),
                new GeoPoint(37, -122),
                List.of("127.0.0.1"),
                java.util.Arrays.stream(nodesOfRegion).map(URI::toString).toList(),
                io.portolan.model.RegionState.LIVE));
    }

    /** A node that holds all of a release. */
    RegionNode holder(Release release) {
        orders(release);
        var holder = node("holder", server.uri());
        names(holder.uri(), NOWHERE);
        server.publish("first");
        awaitServing(holder, release.label());
        return holder;
    }

    /** Waits until the node itself serves the version: what another one gave it does not count. */
    static void awaitServing(RegionNode node, String label) {
        await().atMost(NodeWorld.LIMIT).until(() -> {
            var page = Wire.get(node.uri(), "/orders");
            return page.header("X-Portolan-Version").equals(label)
                    && page.header("Via").isEmpty();
        });
    }

    static JsonNode diagnostics(RegionNode node) throws IOException {
        return Json.mapper().readTree(Wire.get(node.uri(), "/api/diagnostics").body());
    }

    /** What diagnostics say of a source. */
    static JsonNode source(RegionNode node, URI url) throws IOException {
        for (var source : diagnostics(node).at("/filling/sources")) {
            if (source.get("url").asString().equals(url.toString())) {
                return source;
            }
        }
        throw new AssertionError("no source " + url + " in " + diagnostics(node).at("/filling"));
    }

    static long metric(RegionNode node, String nameAndLabels) throws IOException {
        return Wire.get(node.uri(), "/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith(nameAndLabels + " "))
                .mapToLong(line -> Long.parseLong(line.substring(nameAndLabels.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    /** The region all nodes are in. */
    static RegionName region() {
        return Extension.REGION;
    }

    @Override
    public void close() {
        nodes.forEach(RegionNode::close);
        server.close();
    }
}
