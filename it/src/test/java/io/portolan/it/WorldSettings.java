package io.portolan.it;

import io.portolan.control.ControlSettings;
import io.portolan.model.EnvironmentName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.StageDefinition;
import io.portolan.planner.bringup.BringUpPlan;
import io.portolan.planner.cdn.BreakerPlan;
import io.portolan.region.ControllerSettings;
import io.portolan.region.RegionSettings;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.LonePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Settings of a control plane and of one node a region, all on loopback: 127.0.0.1 and 127.0.1.1 and on. Immutable.
 *
 * @param folder  everything lies below: {@code control}, {@code store}, {@code regions/NAME}
 * @param regions names out of {@link #PLACES}, the first at 127.0.1.1
 * @param resourceApi resource API of the first region, empty text for none
 */
record WorldSettings(Path folder, int controlPort, int nodePort, List<String> regions, String resourceApi) {
    static final String PORTAL = "portal.portolan.test";

    /** That of development, but that every browser asks every CDN, as what tests see is no matter of luck, and that one is sooner back. */
    static final BreakerPlan BREAKER = new BreakerPlan(
            BreakerPlan.DEVELOPMENT.probeEvery(),
            0,
            BreakerPlan.DEVELOPMENT.leastSample(),
            BreakerPlan.DEVELOPMENT.leastFallbacks(),
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            BreakerPlan.DEVELOPMENT.shares(),
            BreakerPlan.DEVELOPMENT.warming());

    /** Where the regions are that a world may have. */
    static final Map<String, GeoPoint> PLACES = Map.of(
            "westcentralus", new GeoPoint(40.89, -110.234),
            "southcentralus", new GeoPoint(29.4167, -98.5),
            "westus", new GeoPoint(37.783, -122.417),
            "westeurope", new GeoPoint(52.3667, 4.9),
            "southeastasia", new GeoPoint(1.283, 103.833),
            "brazilsouth", new GeoPoint(-23.55, -46.633));

    /** As in {@code dev}, but shorter, and sooner held: tests wait for that. No resolver keeps an answer here. */
    static final BringUpPlan PLAN = new BringUpPlan(
            Duration.ofSeconds(2),
            BringUpPlan.DEVELOPMENT.vantagePoints(),
            Duration.ofSeconds(1),
            BringUpPlan.DEVELOPMENT.shares(),
            Duration.ofSeconds(1),
            Duration.ofSeconds(3),
            Duration.ofSeconds(1),
            BringUpPlan.DEVELOPMENT.clockSkew(),
            Duration.ofSeconds(60),
            false,
            List.of());

    /** That which runs the tests: another one on the path may be too old for controllers. */
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    WorldSettings {
        regions = List.copyOf(regions);
    }

    WorldSettings(Path folder, int controlPort, int nodePort, List<String> regions) {
        this(folder, controlPort, nodePort, regions, "");
    }

    /** The same with a resource API in the first region. */
    WorldSettings withResourceApi(String url) {
        return new WorldSettings(folder, controlPort, nodePort, regions, url);
    }

    /** Settings with ports that are free now. */
    static WorldSettings free(Path folder, List<String> regions) throws IOException {
        return new WorldSettings(folder, freePort("127.0.0.1"), freePort("127.0.1.1"), regions);
    }

    static int freePort(String host) throws IOException {
        return LonePorts.next(InetAddress.ofLiteral(host));
    }

    URI controlUri() {
        return URI.create("http://127.0.0.1:" + controlPort);
    }

    /** Base URL of a region's node. */
    URI nodeUri(String region) {
        return URI.create("http://" + nodeHost(region) + ":" + nodePort);
    }

    Path nodeFolder(String region) {
        return folder.resolve("regions").resolve(region);
    }

    /** The store's folder. */
    Path storeFolder() {
        return folder.resolve("store").resolve("sha256");
    }

    private String nodeHost(String region) {
        return "127.0.1." + (regions.indexOf(region) + 1);
    }

    /** Of the node of a region. */
    RegionSettings node(String region) {
        var replica = new ReplicaSettings(
                "node-" + region,
                "region",
                new EnvironmentName("prod"),
                new RegionName(region),
                nodeUri(region).toString(),
                controlUri(),
                "token-" + region,
                nodeFolder(region),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1));
        return RegionSettings.of(replica, nodeHost(region), nodePort)
                .withControllers(
                        ControllerSettings.DEFAULTS.allowing(List.of("*")).withJava(JAVA));
    }

    /** Of the control plane: environment {@code prod} with the reference's stages, no minimum bake. */
    ControlSettings control() {
        return control(StageDefinition.standard());
    }

    /** The same with other stages. */
    ControlSettings control(StageDefinition stages) {
        return new ControlSettings(
                folder.resolve("control"),
                storeFolder(),
                "127.0.0.1",
                controlPort,
                List.of("127.0.0.1"),
                List.of(new ControlSettings.Environment(
                                new EnvironmentName("prod"),
                                "ext.portolan.test",
                                List.of(PORTAL),
                                stages,
                                Duration.ZERO,
                                IntStream.range(0, regions.size())
                                        .mapToObj(i -> region(regions.get(i)))
                                        .toList(),
                                List.of(controlUri().toString(), FramingPortal.ORIGINS),
                                List.of("ns1.ext.portolan.test"),
                                regions.stream()
                                        .map(name -> new ControlSettings.JoinToken(
                                                "token-" + name, "region", new RegionName(name)))
                                        .toList())
                        .withBringUp(PLAN)
                        .withBreaker(BREAKER)),
                Duration.ofMillis(200));
    }

    private ControlSettings.Region region(String name) {
        return new ControlSettings.Region(
                        new RegionName(name),
                        name,
                        Optional.ofNullable(PLACES.get(name)).orElseThrow(),
                        List.of(),
                        List.of(nodeHost(name)),
                        List.of(nodeUri(name).toString()),
                        1)
                .withResourceApi(name.equals(regions.getFirst()) ? resourceApi : "");
    }
}
