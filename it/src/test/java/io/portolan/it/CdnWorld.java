package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.protocol.Json;
import io.portolan.testkit.Fault;
import io.portolan.testkit.FaultProxy;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** A real nginx as the CDN of six regions, and a wire between browser and CDN that can be broken. One thread at a time. */
final class CdnWorld implements AutoCloseable {
    /** As Chromium asks on a loopback address. */
    private static final String BROWSERS_CODINGS = "gzip, deflate, br, zstd";

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final InProcessWorld world;
    private final NginxCdn nginx;
    private final FaultProxy wire;

    CdnWorld(InProcessWorld world, Path folder, String nearest) throws IOException {
        this.world = world;
        await().atMost(LIMIT)
                .until(() -> world.rest().get("/v1/nodes").body().at("/items").size() == InProcessWorld.REGIONS.size());
        nginx = NginxCdn.start(folder.resolve("nginx"), world.controlUri(), world.nodeUri(nearest));
        wire = FaultProxy.start(nginx.front(), InstantSource.system());
    }

    InProcessWorld regions() {
        return world;
    }

    NginxCdn nginx() {
        return nginx;
    }

    /** Publishes the probe for whoever comes first. */
    void deployProbe(Path folder) throws Exception {
        if (world.rest().get("/v1/extensions/" + ProbeExtension.NAME).status() != 200) {
            world.rest().register(ProbeExtension.NAME, ProbeExtension.ROUTE);
            world.deploy(ProbeExtension.NAME, "1.0", ProbeExtension.write(folder, "1.0"));
        }
    }

    /** Where browsers find the CDN. */
    String cdnUrl() {
        return wire.uri() + "/CDN";
    }

    /** Says how browsers get assets, and waits until every node has it from its revision. */
    void deliver(List<String> cdns, String worker, String firstVisit) throws Exception {
        // Else a CDN that a test breaks is taken away while the test looks at what browsers do about it.
        deliver(cdns, worker, firstVisit, "OFF");
    }

    /** The same with a CDN that is watched. */
    void watch() throws Exception {
        deliver(List.of(cdnUrl()), "ON", "GO", "ON");
    }

    private void deliver(List<String> cdns, String worker, String firstVisit, String breaker) throws Exception {
        var named = new java.util.ArrayList<Map<String, String>>();
        for (int i = 0; i < cdns.size(); i++) {
            named.add(Map.of("name", "cdn" + i, "url", cdns.get(i)));
        }
        var reply = world.rest()
                .put(
                        "/v1/environments/prod/delivery",
                        Map.of("cdns", named, "worker", worker, "firstVisit", firstVisit, "breaker", breaker));
        assertThat(reply.status()).as(reply.body().toString()).isEqualTo(200);
        var expected = "\"cdns\":["
                + String.join(",", cdns.stream().map(url -> '"' + url + '"').toList()) + "]";
        for (var region : InProcessWorld.REGIONS) {
            await().atMost(LIMIT)
                    .until(() -> workerOf(world.nodeUri(region)).contains(expected) == worker.equals("ON")
                            && pageOf(world.nodeUri(region), "probe")
                                    .contains("data-worker=\"" + worker.toLowerCase(java.util.Locale.ROOT)
                                            + "\" data-first-visit=\"" + firstVisit.toLowerCase(java.util.Locale.ROOT)
                                            + "\""));
        }
    }

    /** Percent of browsers that ask the CDN by each node's word; 0 where a node does not name it. */
    List<Integer> shares() throws IOException, InterruptedException {
        var shares = new java.util.ArrayList<Integer>();
        for (var region : InProcessWorld.REGIONS) {
            var script = workerOf(world.nodeUri(region));
            var said =
                    java.util.regex.Pattern.compile("\"shares\":\\[([0-9]*)]").matcher(script);
            shares.add(said.find() && !said.group(1).isEmpty() ? Integer.parseInt(said.group(1)) : 0);
        }
        return shares;
    }

    private static String workerOf(URI node) throws IOException, InterruptedException {
        return new String(Pages.get(node.resolve("/-/worker.js")).body(), StandardCharsets.UTF_8);
    }

    private static String pageOf(URI node, String route) throws IOException, InterruptedException {
        return new String(Pages.get(node.resolve("/" + route)).body(), StandardCharsets.UTF_8);
    }

    /** Breaks the CDN, for {@link CdnFault#REFUSE} by its address. */
    void breakCdn(CdnFault fault) throws IOException {
        fault.apply(nginx, wire);
    }

    /** Lets the wire to the CDN carry so many bytes a second. */
    void slowCdn(long bytesPerSecond) throws IOException {
        nginx.answerWell();
        wire.set(new Fault.Throttle(bytesPerSecond));
    }

    /** Has a cache pull every file of a version, in the coding that browsers get. */
    void warm(URI cache, String route, String version) throws IOException, InterruptedException {
        var manifest = Json.mapper()
                .readTree(Pages.get(world.nodeUri(InProcessWorld.REGIONS.getFirst())
                                .resolve("/" + route + "/-/manifest/" + version))
                        .body());
        for (var file : manifest.at("/files")) {
            var path = "/CDN/" + route + "/Content/" + version + "/"
                    + file.at("/path").asString().replace(" ", "%20");
            assertThat(Pages.get(cache.resolve(path), "Accept-Encoding", BROWSERS_CODINGS)
                            .statusCode())
                    .as(path)
                    .isEqualTo(200);
        }
    }

    /** Bytes of bodies in lines of a cache's log that are about a route: method, path, status, how it was found, bytes. */
    static long bytes(List<String> requests, String route) {
        return requests.stream()
                .map(line -> line.split(" ", -1))
                .filter(words -> words[1].startsWith("/CDN/" + route + "/") && !words[4].equals("-"))
                .mapToLong(words -> Long.parseLong(words[4]))
                .sum();
    }

    /** Bytes of bodies that the nodes of all regions have sent of an extension, to whomever. */
    long sent(String extension) throws IOException, InterruptedException {
        long sum = 0;
        for (var region : InProcessWorld.REGIONS) {
            sum += Metrics.sum(
                    world.nodeUri(region), "portolan_node_response_bytes_total", "extension=\"" + extension + "\"");
        }
        return sum;
    }

    /** Requests that a node has answered for a version. */
    long asked(String region, String extension, String version) throws IOException, InterruptedException {
        return sum(region, "portolan_node_requests_total{", extension, version);
    }

    /** Bytes of bodies that a node has sent of a version. */
    long sent(String region, String extension, String version) throws IOException, InterruptedException {
        return sum(region, "portolan_node_response_bytes_total{", extension, version);
    }

    private long sum(String region, String metric, String extension, String version)
            throws IOException, InterruptedException {
        var text =
                new String(Pages.get(world.nodeUri(region).resolve("/metrics")).body(), StandardCharsets.UTF_8);
        return text.lines()
                .filter(line -> line.startsWith(metric)
                        && line.contains("extension=\"" + extension + "\"")
                        && line.contains("version=\"" + version + "\""))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Override
    public void close() {
        try {
            wire.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } finally {
            nginx.close();
        }
    }
}
