package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.control.BrowserSettings;
import io.portolan.control.ControlSettings;
import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.region.ControllerSettings;
import io.portolan.region.RegionNode;
import io.portolan.region.RegionSettings;
import io.portolan.sync.ReplicaSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/**
 * Six regions with two extensions, to which tests add regions with real nodes over real HTTP, each at an address of its own. One thread at
 * a time.
 */
final class BringUpWorld implements AutoCloseable {
    /** Generous: tests judge what happens, not how fast a busy machine does it. */
    static final Duration LIMIT = Duration.ofSeconds(180);

    static final String ORDERS = "Contoso_Orders";
    static final String BILLS = "Contoso_Bills";

    /** Too large to be kept in the memory of a node: what others fetch from it comes from its disk. */
    static final int ASSET_BYTES = 300_000;

    /** The first six are those of the world's own nodes. */
    private final AtomicInteger lastAddress = new AtomicInteger(InProcessWorld.REGIONS.size());

    private final Path folder;
    private final InProcessWorld world;
    private final List<RegionNode> added = new ArrayList<>();

    BringUpWorld(Path folder, BrowserSettings browser, UnaryOperator<ControlSettings.Environment> change)
            throws Exception {
        this.folder = folder;
        this.world = new InProcessWorld(folder.resolve("world"), browser, change);
        var random = new Random(20261127);
        for (var extension : Map.of(ORDERS, "orders", BILLS, "bills").entrySet()) {
            world.rest().register(extension.getKey(), extension.getValue());
            for (var version : List.of("1.0", "2.0")) {
                var release =
                        Release.write(folder.resolve(extension.getKey() + version), version, random, 3, ASSET_BYTES);
                assertThat(world.publish(extension.getKey(), version, release.folder())
                                .status())
                        .isEqualTo(201);
            }
        }
        for (var extension : List.of(ORDERS, BILLS)) {
            rest().awaitSucceeded(rest().start(extension, "1.0"));
        }
    }

    InProcessWorld world() {
        return world;
    }

    Rest rest() {
        return world.rest();
    }

    /** Files of a published version. */
    Path source(String extension, String version) {
        return folder.resolve(extension + version).resolve("release-" + version);
    }

    /** Registers an extension with a placement in {@code prod}. */
    void register(String name, String route, List<String> placement) throws Exception {
        var registered = rest().post(
                        "/v1/extensions", Map.of("name", name, "route", route, "placement", Map.of("prod", placement)));
        assertThat(registered.status()).as("%s", registered.body()).isEqualTo(201);
    }

    /** Declares a region; facts come in pairs beside its name. */
    Rest.Reply add(String region, Object... facts) throws Exception {
        var body = new TreeMap<String, Object>(Map.of("name", region));
        for (int i = 0; i < facts.length; i += 2) {
            body.put(facts[i].toString(), facts[i + 1]);
        }
        var added = rest().post("/v1/regions", body);
        assertThat(added.status()).as("%s", added.body()).isEqualTo(201);
        return added;
    }

    String tokenFor(String region) throws Exception {
        var made = rest().post("/v1/regions/" + region + "/tokens", Map.of());
        assertThat(made.status()).as("%s", made.body()).isEqualTo(201);
        return made.text("/token");
    }

    /** A node to be started. */
    final class Node {
        private final String region;
        private final InetSocketAddress address;
        private String secret = "";
        private String id;
        private Path data;
        private URI known;
        private URI store = world.controlUri();
        private InstantSource clock = InstantSource.system();
        private List<String> running = List.of();

        private Node(String region) throws IOException {
            this.region = region;
            var host = "127.0.1." + lastAddress.incrementAndGet();
            this.address = new InetSocketAddress(host, WorldSettings.freePort(host));
            this.id = "node-" + region;
            this.data = folder.resolve(id);
            this.known = URI.create("http://" + host + ":" + address.getPort());
        }

        InetSocketAddress address() {
            return address;
        }

        Node with(String token) {
            secret = token;
            return this;
        }

        Node called(String name) {
            id = name;
            data = folder.resolve(name);
            return this;
        }

        Node in(Path other) {
            data = other;
            return this;
        }

        /** Others reach it elsewhere than it listens. */
        Node at(URI url) {
            known = url;
            return this;
        }

        Node from(URI other) {
            store = other;
            return this;
        }

        Node by(InstantSource other) {
            clock = other;
            return this;
        }

        /** It may run processes of these extensions. */
        Node running(String... extensions) {
            running = List.of(extensions);
            return this;
        }

        RegionNode start() throws Exception {
            var replica = new ReplicaSettings(
                    id,
                    "region",
                    new EnvironmentName("prod"),
                    new RegionName(region),
                    known.toString(),
                    world.controlUri(),
                    secret.isEmpty() ? tokenFor(region) : secret,
                    data,
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(1));
            var node = RegionNode.start(
                    RegionSettings.of(replica, address.getHostString(), address.getPort())
                            .withStore(store)
                            .withControllers(ControllerSettings.DEFAULTS.allowing(running)),
                    clock,
                    FailPoints.NONE);
            added.add(node);
            return node;
        }
    }

    /** A node of a region, on the next address, with a token of its own. */
    Node node(String region) throws IOException {
        return new Node(region);
    }

    /** All rows of the log. */
    String log() throws Exception {
        var rows = new StringBuilder();
        for (var after = "0"; !after.isEmpty(); ) {
            var page = rest().get("/v1/log?limit=500&after=" + after).body();
            rows.append(page.at("/items"));
            after = page.at("/next").asString("");
        }
        return rows.toString();
    }

    JsonNode region(String name) throws Exception {
        return rest().get("/v1/regions/" + name).body();
    }

    void awaitState(String region, String state) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(region(region).at("/state").asString())
                        .as("%s", region(region))
                        .isEqualTo(state));
    }

    /** States in the order in which they were entered. */
    List<String> states(String region) throws Exception {
        var states = new ArrayList<String>();
        region(region).at("/timeline").forEach(step -> {
            var after = step.at("/after").asString();
            if (states.isEmpty() || !states.getFirst().equals(after)) {
                states.addFirst(after);
            }
        });
        return states;
    }

    /** When a region came into a state. */
    Instant entry(String region, String state) throws Exception {
        return region(region)
                .at("/timeline")
                .valueStream()
                .filter(step -> step.at("/after").asString().equals(state)
                        && !step.at("/before").asString().equals(state))
                .map(step -> Instant.parse(step.at("/at").asString()))
                .reduce((newer, older) -> older)
                .orElseThrow();
    }

    /** How an extension is there, as it is shown. */
    String cell(String region, String extension) throws Exception {
        return region(region)
                .at("/extensions")
                .valueStream()
                .filter(cell -> cell.at("/extension").asString().equals(extension))
                .map(JsonNode::toString)
                .findFirst()
                .orElse("");
    }

    /** What a state was entered upon. */
    String evidence(String region, String state) throws Exception {
        return region(region)
                .at("/timeline")
                .valueStream()
                .filter(step -> step.at("/after").asString().equals(state))
                .map(step -> step.at("/evidence").toString())
                .toList()
                .getLast();
    }

    /** Summaries of the incidents that are not resolved. */
    List<String> openIncidents() throws Exception {
        return rest().get("/v1/incidents")
                .body()
                .at("/items")
                .valueStream()
                .filter(incident -> !incident.at("/state").asString().equals("RESOLVED"))
                .map(incident -> incident.at("/summary").asString())
                .toList();
    }

    /** Version that a node shows of a route. */
    static String version(URI node, String route) throws Exception {
        return Pages.get(node.resolve("/" + route))
                .headers()
                .firstValue("X-Portolan-Version")
                .orElse("");
    }

    static String revision(URI node) throws Exception {
        return new String(Pages.get(node.resolve("/-/revision")).body(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        added.forEach(RegionNode::close);
        world.close();
    }
}
