package io.portolan.it;

import static org.awaitility.Awaitility.await;

import io.portolan.artifact.PackageWriter;
import io.portolan.control.ControlPlane;
import io.portolan.control.ControlSettings;
import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import io.portolan.region.RegionNode;
import io.portolan.region.RegionSettings;
import io.portolan.sync.ReplicaSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Control plane and six region nodes in this JVM, over real HTTP on 127.0.0.1 and 127.0.1.1 to .6, for tests that stop single
 * parts or put faults between them. One thread at a time.
 */
final class InProcessWorld implements AutoCloseable {
    static final String PORTAL = "portal.portolan.test";

    static final List<String> REGIONS =
            List.of("westcentralus", "southcentralus", "westus", "westeurope", "southeastasia", "brazilsouth");

    private static final Map<String, GeoPoint> PLACES = Map.of(
            "westcentralus", new GeoPoint(40.89, -110.234),
            "southcentralus", new GeoPoint(29.4167, -98.5),
            "westus", new GeoPoint(37.783, -122.417),
            "westeurope", new GeoPoint(52.3667, 4.9),
            "southeastasia", new GeoPoint(1.283, 103.833),
            "brazilsouth", new GeoPoint(-23.55, -46.633));

    private final Path folder;
    private final ControlSettings settings;
    private final Map<String, RegionNode> nodes = new LinkedHashMap<>();
    private final Map<String, RegionSettings> nodeSettings = new LinkedHashMap<>();
    private ControlPlane control;
    private final Rest rest;

    /** Where nodes reach the control plane and the store; tests put a fault proxy there. */
    interface Wiring {
        Wiring DIRECT = (region, control) -> control;

        /** Base URL that the node of the region uses for blobs. */
        URI store(String region, URI control);
    }

    InProcessWorld(Path folder) throws IOException {
        this(folder, Wiring.DIRECT);
    }

    InProcessWorld(Path folder, Wiring wiring) throws IOException {
        this.folder = folder;
        int controlPort = freePort("127.0.0.1");
        int nodePort = freePort("127.0.1.1");
        this.settings = settings(folder, controlPort, nodePort);
        this.control = ControlPlane.start(settings, InstantSource.system(), FailPoints.NONE);
        this.rest = new Rest(control.uri());
        for (int i = 0; i < REGIONS.size(); i++) {
            var region = REGIONS.get(i);
            var host = "127.0.1." + (i + 1);
            var replica = new ReplicaSettings(
                    "node-" + region,
                    "region",
                    new EnvironmentName("prod"),
                    new RegionName(region),
                    "http://" + host + ":" + nodePort,
                    control.uri(),
                    "token-" + region,
                    folder.resolve("regions").resolve(region),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(1));
            nodeSettings.put(
                    region, RegionSettings.of(replica, host, nodePort).store(wiring.store(region, control.uri())));
            startNode(region);
        }
    }

    private static ControlSettings settings(Path folder, int controlPort, int nodePort) {
        var regions = new java.util.ArrayList<ControlSettings.Region>();
        for (int i = 0; i < REGIONS.size(); i++) {
            var host = "127.0.1." + (i + 1);
            var name = REGIONS.get(i);
            regions.add(new ControlSettings.Region(
                    new RegionName(name),
                    name,
                    Optional.ofNullable(PLACES.get(name)).orElseThrow(),
                    List.of(),
                    List.of(host),
                    List.of("http://" + host + ":" + nodePort),
                    1));
        }
        var tokens = REGIONS.stream()
                .map(name -> new ControlSettings.JoinToken("token-" + name, "region", new RegionName(name)))
                .toList();
        return new ControlSettings(
                folder.resolve("control"),
                folder.resolve("store").resolve("sha256"),
                "127.0.0.1",
                controlPort,
                List.of("127.0.0.1"),
                List.of(new ControlSettings.Environment(
                        new EnvironmentName("prod"),
                        "ext.portolan.test",
                        List.of(PORTAL),
                        StageDefinition.standard(),
                        Duration.ZERO,
                        regions,
                        List.of("http://127.0.0.1:" + controlPort),
                        List.of("ns1.ext.portolan.test"),
                        tokens)),
                Duration.ofMillis(200));
    }

    static int freePort(String host) throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
            return socket.getLocalPort();
        }
    }

    Rest rest() {
        return rest;
    }

    URI controlUri() {
        return control.uri();
    }

    Path folder() {
        return folder;
    }

    Path nodeFolder(String region) {
        return folder.resolve("regions").resolve(region);
    }

    RegionNode node(String region) {
        return Optional.ofNullable(nodes.get(region)).orElseThrow();
    }

    /** Base URL of a region's node. */
    URI nodeUri(String region) {
        return URI.create(Optional.ofNullable(nodeSettings.get(region))
                .orElseThrow()
                .replica()
                .url());
    }

    void startNode(String region) {
        nodes.put(
                region,
                RegionNode.start(
                        Optional.ofNullable(nodeSettings.get(region)).orElseThrow(),
                        InstantSource.system(),
                        FailPoints.NONE));
    }

    void stopNode(String region) {
        node(region).close();
        nodes.remove(region);
    }

    void stopControl() {
        control.close();
    }

    void startControl() throws IOException {
        control = ControlPlane.start(settings, InstantSource.system(), FailPoints.NONE);
    }

    /** Packs a folder and publishes it; answers the status. */
    Rest.Reply publish(String extension, String version, Path source) throws Exception {
        var zip = Files.createTempDirectory(folder, "package").resolve(version + ".zip");
        PackageWriter.pack(source, new VersionLabel(version), zip);
        return rest.put("/v1/extensions/" + extension + "/versions/" + version, zip);
    }

    /** Publishes, rolls out and waits for success. */
    void deploy(String extension, String version, Path source) throws Exception {
        var published = publish(extension, version, source);
        if (published.status() >= 300) {
            throw new AssertionError("publishing " + version + ": " + published.body());
        }
        rest.awaitSucceeded(rest.start(extension, version));
    }

    /** Waits until the region's nodes have acknowledged what they should serve. */
    void awaitConverged(String extension) {
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            for (var region :
                    rest.get("/v1/extensions/" + extension + "/status").body().at("/environments/0/regions")) {
                if (!region.at("/converged").asBoolean()) {
                    return false;
                }
            }
            return true;
        });
    }

    @Override
    public void close() {
        nodes.values().forEach(RegionNode::close);
        control.close();
    }
}
