package io.portolan.it;

import static org.awaitility.Awaitility.await;

import io.portolan.artifact.PackageWriter;
import io.portolan.control.BrowserSettings;
import io.portolan.control.ControlPlane;
import io.portolan.control.ControlSettings;
import io.portolan.control.DocumentFilter;
import io.portolan.model.FailPoints;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import io.portolan.region.RegionNode;
import io.portolan.region.RegionSettings;
import io.portolan.sync.PeerSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Control plane and six region nodes in this JVM, over real HTTP on 127.0.0.1 and 127.0.1.1 to .6, for tests that stop single
 * parts or put faults between them. One thread at a time.
 */
final class InProcessWorld implements AutoCloseable {
    static final String PORTAL = WorldSettings.PORTAL;

    static final List<String> REGIONS =
            List.of("westcentralus", "southcentralus", "westus", "westeurope", "southeastasia", "brazilsouth");

    private final WorldSettings settings;
    private final BrowserSettings browser;
    private final DocumentFilter filter;
    private final UnaryOperator<ControlSettings.Environment> change;
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
        this(folder, wiring, DocumentFilter.NONE);
    }

    /** With a browser that pages of new regions are loaded in. */
    InProcessWorld(Path folder, BrowserSettings browser) throws IOException {
        this(folder, Wiring.DIRECT, DocumentFilter.NONE, browser, UnaryOperator.identity());
    }

    /** With a browser, and with an environment that differs from the usual one. */
    InProcessWorld(Path folder, BrowserSettings browser, UnaryOperator<ControlSettings.Environment> change)
            throws IOException {
        this(folder, Wiring.DIRECT, DocumentFilter.NONE, browser, change);
    }

    InProcessWorld(Path folder, Wiring wiring, DocumentFilter filter) throws IOException {
        this(folder, wiring, filter, BrowserSettings.OFF, UnaryOperator.identity());
    }

    private InProcessWorld(
            Path folder,
            Wiring wiring,
            DocumentFilter filter,
            BrowserSettings browser,
            UnaryOperator<ControlSettings.Environment> change)
            throws IOException {
        this.change = change;
        this.settings = WorldSettings.free(folder, REGIONS);
        this.browser = browser;
        this.filter = filter;
        this.control = startedControl();
        this.rest = new Rest(control.uri());
        for (var region : REGIONS) {
            nodeSettings.put(region, settings.node(region).withStore(wiring.store(region, control.uri())));
            startNode(region);
        }
    }

    static int freePort(String host) throws IOException {
        return WorldSettings.freePort(host);
    }

    Rest rest() {
        return rest;
    }

    URI controlUri() {
        return control.uri();
    }

    Path folder() {
        return settings.folder();
    }

    Path nodeFolder(String region) {
        return settings.nodeFolder(region);
    }

    RegionNode node(String region) {
        return Optional.ofNullable(nodes.get(region)).orElseThrow();
    }

    /** Base URL of a region's node. */
    URI nodeUri(String region) {
        return settings.nodeUri(region);
    }

    void startNode(String region) {
        nodes.put(
                region,
                RegionNode.start(
                        Optional.ofNullable(nodeSettings.get(region)).orElseThrow(),
                        InstantSource.system(),
                        FailPoints.NONE));
    }

    /** Starts a node that knows peers beside what it is told. */
    void startNode(String region, PeerSettings peers) {
        var settings = Optional.ofNullable(nodeSettings.get(region)).orElseThrow();
        nodes.put(
                region,
                RegionNode.start(
                        settings.withReplica(settings.replica().withPeers(peers)),
                        InstantSource.system(),
                        FailPoints.NONE));
    }

    void stopNode(String region) {
        node(region).close();
        nodes.remove(region);
    }

    /** Starts the nodes that are stopped. */
    void startStopped() {
        REGIONS.stream().filter(region -> !nodes.containsKey(region)).forEach(this::startNode);
    }

    void stopControl() {
        control.close();
    }

    void startControl() throws IOException {
        control = startedControl();
    }

    /** Starts it with other stages than before. */
    void startControl(StageDefinition stages) throws IOException {
        control = ControlPlane.start(
                changed(settings.control(stages)).withBrowser(browser),
                InstantSource.system(),
                FailPoints.NONE,
                filter);
    }

    private ControlPlane startedControl() throws IOException {
        return ControlPlane.start(
                changed(settings.control()).withBrowser(browser), InstantSource.system(), FailPoints.NONE, filter);
    }

    private ControlSettings changed(ControlSettings usual) {
        return new ControlSettings(
                usual.dataFolder(),
                usual.storeFolder(),
                usual.listenHost(),
                usual.listenPort(),
                usual.hosts(),
                usual.environments().stream().map(change).toList(),
                usual.defaultBake());
    }

    /** Packs a folder and publishes it; answers the status. */
    Rest.Reply publish(String extension, String version, Path source) throws Exception {
        return publish(extension, version, source, settings.folder());
    }

    /** The same, packing in another folder. */
    Rest.Reply publish(String extension, String version, Path source, Path work) throws Exception {
        var zip = Files.createTempDirectory(work, "package").resolve(version + ".zip");
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
