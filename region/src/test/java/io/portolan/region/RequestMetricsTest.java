package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.protocol.Revision;
import io.portolan.sync.VerifiedRevision;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code /metrics} says of requests: true values of real requests, and labels that stay few. */
class RequestMetricsTest {
    private static final Release ONE = Release.simple("Contoso_Orders", "1.0");
    private static final Release TWO = Release.simple("Contoso_Orders", "2.0");
    private static final Digest ANY = Digest.of(new byte[0]);
    private static final Pattern SAMPLE = Pattern.compile("([a-z_]+(?:\\{[^}]*})?) (-?[0-9.E+-]+)");

    @TempDir
    private Path folder;

    private static Map<String, Double> samples(String text) {
        var samples = new HashMap<String, Double>();
        for (var line : text.lines().filter(line -> !line.startsWith("#")).toList()) {
            var sample = SAMPLE.matcher(line);
            assertThat(sample.matches()).as(line).isTrue();
            assertThat(samples.put(sample.group(1), Double.parseDouble(sample.group(2))))
                    .as("twice: " + line)
                    .isNull();
        }
        return samples;
    }

    private static double sum(Map<String, Double> samples, String... parts) {
        return samples.entrySet().stream()
                .filter(entry -> List.of(parts).stream().allMatch(entry.getKey()::contains))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    @Test
    void countsByExtensionVersionCodeAndCache() throws IOException {
        try (var world = new NodeWorld(folder)) {
            var orders = new Extension("Contoso_Orders", "orders").holds(world.server, ONE);
            world.publish(orders.gives("1.0"));
            world.awaitVersion("orders", "1.0");
            var before = samples(world.get("/metrics").text());
            var app = "/orders/Content/1.0/app.js";
            for (int i = 0; i < 5; i++) {
                assertThat(world.get(app).status()).isEqualTo(200);
            }
            var tag = world.get(app).header("ETag");
            assertThat(world.get(app, "If-None-Match: " + tag).status()).isEqualTo(304);
            assertThat(world.get("/unknown-route/x").status()).isEqualTo(404);

            var after = samples(world.get("/metrics").text());

            var version = "extension=\"Contoso_Orders\",version=\"1.0\"";
            assertThat(sum(after, "requests_total{", version, "code=\"200\"")
                            - sum(before, "requests_total{", version, "code=\"200\""))
                    .isEqualTo(6);
            assertThat(sum(after, "requests_total{", version, "code=\"304\"")).isEqualTo(1);
            assertThat(sum(after, "requests_total{", version, "cache=\"memory\""))
                    .isPositive();
            assertThat(sum(after, "requests_total{", "code=\"404\"") - sum(before, "requests_total{", "code=\"404\""))
                    .isEqualTo(1);
            assertThat(after.keySet())
                    .as("a route that does not exist is no label")
                    .noneMatch(name -> name.contains("unknown-route"));
            assertThat(sum(after, "response_bytes_total{", version) - sum(before, "response_bytes_total{", version))
                    .isEqualTo(6.0 * ONE.bytes("app.js").length);
            var count = "portolan_node_request_duration_seconds_count{" + version + "}";
            assertThat(after).containsKey(count);
            assertThat(after.get("portolan_node_request_duration_seconds_bucket{" + version + ",le=\"+Inf\"}"))
                    .isEqualTo(after.get(count))
                    .isEqualTo(sum(after, "requests_total{", version));
        }
    }

    @Test
    void aVersionThatLeavesTakesItsSeriesWithIt() throws IOException {
        try (var world = new NodeWorld(folder)) {
            world.publish(new Extension("Contoso_Orders", "orders")
                    .holds(world.server, ONE)
                    .gives("1.0"));
            world.awaitVersion("orders", "1.0");
            assertThat(world.get("/metrics").text()).contains("version=\"1.0\"");

            world.publish(new Extension("Contoso_Orders", "orders")
                    .holds(world.server, TWO)
                    .gives("2.0"));
            world.awaitVersion("orders", "2.0");

            assertThat(world.get("/metrics").text()).contains("version=\"2.0\"").doesNotContain("version=\"1.0\"");
        }
    }

    private static ServingState state(int from, int to) {
        var extension = new Extension("Contoso_Orders", "orders");
        for (int i = from; i < to; i++) {
            extension.version(Release.simple("Contoso_Orders", "v" + i), ANY, VersionState.PUBLISHED, false, false);
        }
        var document = extension.document();
        var header =
                new Revision(1, Samples.PROD, 1, 1, "", Instant.EPOCH, "test", List.of(), List.of(), List.of(), ANY);
        var revision = new VerifiedRevision(
                header, ANY, Samples.environment(), Map.of(), Map.of(document.name(), document), Map.of());
        return ServingState.build(revision, Extension.REGION, List.of(), new ServingState.Surroundings() {
            @Override
            public Optional<ServedExtension> unchanged(ExtensionDocument document) {
                return Optional.empty();
            }

            @Override
            public Holding holding(ExtensionDocument of, VersionLabel version) {
                return new Holding.Unknown();
            }

            @Override
            public Optional<ServingState.Before> before(io.portolan.model.ExtensionName of) {
                return Optional.empty();
            }
        });
    }

    private static void answer(RequestMetrics metrics, String version) {
        metrics.answered(new AnswerFacts()
                .about(new Response.Subject("Contoso_Orders", version, "orders", "", Response.Reuse.NEVER))
                .with(200, RequestObserver.Cache.MEMORY, 1, 1_000)
                .to("GET", "/", RequestObserver.Protocol.HTTP_1_1, new InetSocketAddress("127.0.0.1", 1)));
    }

    @Test
    void beyondTheLimitVersionsCountAsOther() {
        var state = new AtomicReference<>(state(0, 20));
        var metrics = new RequestMetrics(() -> Optional.ofNullable(state.get()), 5);
        for (int i = 0; i < 20; i++) {
            answer(metrics, "v" + i);
        }
        for (int i = 0; i < 1_000; i++) {
            answer(metrics, "not-held-" + i);
        }
        assertThat(metrics.versionCount()).isEqualTo(5);
        var text = new StringBuilder();
        metrics.write(text);
        var samples = samples(text.toString());
        assertThat(sum(samples, "requests_total{", "version=\"other\"")).isEqualTo(1_015);
        assertThat(samples.keySet().stream().filter(name -> name.contains("requests_total{")))
                .hasSize(6);

        // Room is made when the versions leave, also where nobody reads the metrics.
        state.set(state(20, 40));
        answer(metrics, "v30");
        assertThat(metrics.versionCount()).isEqualTo(1);
    }
}
