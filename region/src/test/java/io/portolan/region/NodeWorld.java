package io.portolan.region;

import static org.awaitility.Awaitility.await;

import io.portolan.model.Digest;
import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.RegionDocument;
import io.portolan.protocol.NodeStatus;
import io.portolan.runtime.ControllerDirectory;
import io.portolan.runtime.MoreRuntimes;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.UnaryOperator;
import org.awaitility.core.ConditionFactory;

/** A region node over real HTTP, and the server that it follows. One thread at a time. */
final class NodeWorld implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(20);

    final RevisionServer server = RevisionServer.start(Samples.PROD);
    private final Path folder;
    private final FailPoints failPoints;
    private final UnaryOperator<RegionSettings> adjusted;
    private final ControllerDirectory controllers;
    private final MoreRuntimes runtimes;
    private RegionNode node;
    private URI store;

    NodeWorld(Path folder) {
        this(folder, FailPoints.NONE);
    }

    NodeWorld(Path folder, FailPoints failPoints) {
        this(folder, failPoints, settings -> settings);
    }

    NodeWorld(Path folder, FailPoints failPoints, UnaryOperator<RegionSettings> adjusted) {
        this(folder, failPoints, adjusted, ControllerDirectory.EMPTY);
    }

    NodeWorld(
            Path folder,
            FailPoints failPoints,
            UnaryOperator<RegionSettings> adjusted,
            ControllerDirectory controllers) {
        this(folder, failPoints, adjusted, controllers, MoreRuntimes.NONE);
    }

    /** With runtimes beside the node's own. */
    NodeWorld(
            Path folder,
            FailPoints failPoints,
            UnaryOperator<RegionSettings> adjusted,
            ControllerDirectory controllers,
            MoreRuntimes runtimes) {
        this.controllers = controllers;
        this.runtimes = runtimes;
        this.folder = folder;
        this.failPoints = failPoints;
        this.adjusted = adjusted;
        this.store = server.uri();
        server.put(Samples.environment());
        server.put(region(""));
        node = startNode();
    }

    static RegionDocument region(String resourceApi) {
        var plain = Samples.region("westus", new GeoPoint(37.783, -122.417), "127.0.1.3", "http://127.0.1.3:7080");
        return new RegionDocument(
                plain.schema(),
                plain.name(),
                plain.environment(),
                plain.displayName(),
                plain.location(),
                plain.pairs(),
                plain.addresses(),
                plain.probeUrls(),
                plain.state(),
                plain.capacity(),
                resourceApi);
    }

    /** The sample environment with other portal hosts. */
    static EnvironmentDocument environment(List<String> portalHosts, List<String> frameAncestors) {
        var plain = Samples.environment();
        return new EnvironmentDocument(
                plain.schema(),
                plain.name(),
                plain.zone(),
                portalHosts,
                plain.stages(),
                plain.regionOrder(),
                plain.minimumBake(),
                frameAncestors,
                plain.nameServers(),
                plain.answerTtl(),
                plain.negativeTtl(),
                plain.sharedHost());
    }

    private RegionNode startNode() {
        var replica = new ReplicaSettings(
                "node-westus",
                "region",
                Samples.PROD,
                Extension.REGION,
                "",
                server.uri(),
                RevisionServer.TOKEN,
                folder,
                Duration.ofSeconds(5),
                Duration.ofMillis(200));
        var settings = RegionSettings.of(replica, "127.0.0.1", 0)
                .withOwnNames(List.of("node.example"))
                .withStore(store, Duration.ofSeconds(2), Duration.ofMillis(200), Duration.ofSeconds(3));
        return RegionNode.start(
                adjusted.apply(settings),
                InstantSource.system(),
                failPoints,
                runtimes,
                hosted -> controllers == ControllerDirectory.EMPTY ? hosted : controllers);
    }

    RegionNode node() {
        return node;
    }

    URI uri() {
        return node.uri();
    }

    Path blob(Digest digest) {
        return folder.resolve("blobs").resolve(digest.value().substring(0, 2)).resolve(digest.value());
    }

    /** Blobs come from elsewhere after the next start. */
    void store(URI other) {
        store = other;
    }

    void stop() {
        node.close();
    }

    void restart() {
        node.close();
        node = startNode();
    }

    void startAgain() {
        node = startNode();
    }

    /** Looks often, so that the many tests that wait for a moment wait for no more than that. */
    private static ConditionFactory patient() {
        return await().atMost(LIMIT).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10));
    }

    /** Publishes a revision of these extensions (and all put before) and waits until the node uses it. */
    void publish(Extension... extensions) {
        for (var extension : extensions) {
            server.put(extension.document());
        }
        var number = server.publish("test").header().number();
        patient().until(() -> node.syncState()
                .current()
                .filter(revision -> revision.header().number() == number)
                .isPresent());
    }

    /** Waits until the page of a route comes from the version. */
    void awaitVersion(String route, String label) {
        patient().until(() -> get("/" + route).header("X-Portolan-Version"), label::equals);
    }

    NodeStatus awaitStatus(java.util.function.Predicate<NodeStatus> condition) {
        patient().until(() -> server.lastStatus("node-westus").filter(condition).isPresent());
        return server.lastStatus("node-westus").orElseThrow();
    }

    Wire.Answer get(String target, String... headers) throws IOException {
        return Wire.get(uri(), target, headers);
    }

    @Override
    public void close() {
        node.close();
        server.close();
    }
}
