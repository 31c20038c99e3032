package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.sync.OverrideStore;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An {@code Error} where somebody waits for an answer: the answer comes, says nothing of the inside, and the next one is right. */
class InternalFaultTest {
    private static final Release ONE = Release.simple("Contoso_Orders", "1.0");
    private static final Release TWO = Release.simple("Contoso_Orders", "2.0");

    @Test
    void whoWaitsForContentIsAnsweredAndTheNextGetsIt(@TempDir Path folder) throws IOException {
        var broken = new AtomicBoolean();
        FailPoints points = point -> {
            if (point == FailPoint.FETCH_BLOB_WRITTEN && broken.get()) {
                throw new AssertionError("secret of the inside");
            }
        };
        try (var world = new NodeWorld(folder, points)) {
            world.publish(new Extension("Contoso_Orders", "orders")
                    .retains(world.server, ONE)
                    .holds(world.server, TWO)
                    .gives("2.0"));
            world.awaitVersion("orders", "2.0");
            broken.set(true);

            var answer = world.get("/orders/Content/1.0/app.js");

            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.text()).doesNotContain("secret", "AssertionError");

            broken.set(false);
            await().atMost(NodeWorld.LIMIT)
                    .until(() -> world.get("/orders/Content/1.0/app.js").status(), status -> status == 200);
            assertThat(world.get("/orders/Content/1.0/app.js").body()).isEqualTo(ONE.bytes("app.js"));
        }
    }

    /** The same where the answer itself is made. */
    @Test
    void anErrorWhileAnAnswerIsMadeIsA500(@TempDir Path folder) throws Exception {
        var clock = InstantSource.system();
        var source = new BlobSource(URI.create("http://127.0.0.1:1"), Duration.ofSeconds(1), 0, List::of, clock);
        var reserve = new io.portolan.artifact.DiskReserve(folder, 0);
        var faults = new Faults();
        try (var blobs = new NodeBlobs(
                        folder.resolve("blobs"),
                        source,
                        1 << 20,
                        Duration.ofSeconds(1),
                        reserve,
                        clock,
                        FailPoints.NONE);
                var next = new NextRegion(new OtherNodes(new RegionName("westus"), Optional::empty, List::of), clock);
                var hot = new HotAnswers(blobs, 1 << 20)) {
            var cache = new ContentCache(blobs);
            var applier = new RevisionApplier(
                    new RegionName("westus"),
                    List.of(),
                    new ServingRecord(folder),
                    new Holdings(blobs, cache, faults),
                    blobs,
                    faults,
                    new Incidents(folder, "node", clock),
                    OverrideStore.open(folder, Samples.PROD, clock, FailPoints.NONE),
                    FailPoints.NONE);
            try (var dispatcher = new Dispatcher(
                    new Responder(new BrokenReports()),
                    applier,
                    cache,
                    blobs,
                    faults,
                    clock,
                    hot,
                    new HttpDate(clock),
                    next,
                    4,
                    AdmissionLimits.DEFAULTS,
                    new Pressure())) {
                var answered = new CompletableFuture<Dispatcher.Sendable>();

                dispatcher.dispatch(
                        new Request("GET", "localhost", "/-/blobs/" + "0".repeat(64), "", true, Map.of()),
                        answered::complete);

                var answer = answered.get(NodeWorld.LIMIT.toSeconds(), TimeUnit.SECONDS);
                assertThat(answer.head().status()).isEqualTo(500);
                assertThat(((Dispatcher.Sendable.InMemory) answer).bytes())
                        .asString()
                        .doesNotContain("secret");
            }
        }
    }

    /** A part of the node with a fault of ours in it. */
    private static final class BrokenReports implements NodeReports {
        @Override
        public byte[] observations() {
            throw new AssertionError("not asked");
        }

        @Override
        public byte[] bases(ServingState state, ServedExtension extension, String alias) {
            throw new AssertionError("not asked");
        }

        @Override
        public Outcome forPeer(Request request, Target.ForPeers wanted) {
            return (Outcome.Later) () -> {
                throw new StackOverflowError("secret of the inside");
            };
        }

        @Override
        public Outcome demand(ExtensionName extension, String route) {
            throw new AssertionError("nobody asks");
        }

        @Override
        public Outcome controllerLog(Request request, ExtensionName extension) {
            throw new AssertionError("nobody asks");
        }

        @Override
        public Outcome override(Request request) {
            return Failures.methodNotAllowed(request);
        }

        @Override
        public Outcome telemetry(Request request, ServingState state, ServedExtension extension) {
            throw new AssertionError("nobody asks");
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public String whyNotReady() {
            return "";
        }

        @Override
        public byte[] diagnostics(String routeOrEmpty) {
            return new byte[0];
        }

        @Override
        public byte[] compatibleDiagnostics(String routeOrEmpty) {
            return new byte[0];
        }

        @Override
        public String metrics() {
            return "";
        }
    }
}
