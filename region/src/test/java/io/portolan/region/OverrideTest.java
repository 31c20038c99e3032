package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoint;
import io.portolan.model.Slot;
import io.portolan.model.VersionState;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.Overrides;
import io.portolan.protocol.Problem;
import io.portolan.testkit.Operator;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An operator takes an extension back at a node while the control plane is away; over real HTTP. */
class OverrideTest {
    private final Operator operator = new Operator(Samples.PROD);

    @TempDir
    private Path folder;

    private static Instant now() {
        return InstantSource.system().instant();
    }

    /** Version 2.0 is what users get, 1.0 the last known good, 3.0 nothing but a slot that this node does not hold. */
    private NodeWorld world(io.portolan.model.FailPoints failPoints) {
        var world = new NodeWorld(folder, failPoints);
        world.server.operatorKeys(List.of(operator.publicKey()));
        publish(world, "2.0", false);
        world.awaitVersion("orders", "2.0");
        return world;
    }

    private NodeWorld world() {
        return world(io.portolan.model.FailPoints.NONE);
    }

    private static void publish(NodeWorld world, String given, boolean ramps) {
        var extension = new Extension("Contoso_Orders", "orders")
                .holds(world.server, Release.simple("Contoso_Orders", "1.0"))
                .holds(world.server, Release.simple("Contoso_Orders", "2.0"))
                .slot(Slot.LKG, "1.0");
        world.publish(ramps ? extension.ramps("2.0", "1.0", 50) : extension.gives(given));
        world.awaitStatus(status -> status.lackingCount() == 0
                && status.revision()
                        == world.node()
                                .syncState()
                                .current()
                                .orElseThrow()
                                .header()
                                .number());
    }

    private Wire.Answer give(NodeWorld world, OperatorOverride order) throws IOException {
        return Wire.post(world.uri(), OperatorOverride.PATH, operator.sign(order));
    }

    private static Problem problem(Wire.Answer answer) {
        return Json.read(answer.body(), Problem.class);
    }

    private static Wire.Answer page(NodeWorld world) throws IOException {
        return world.get("/orders?trustedAuthority=portal.portolan.test");
    }

    @Test
    void row_6_11_revertsAtANodeWithTheControlPlaneDownAndReconcilesLater() throws Exception {
        try (var world = world()) {
            world.server.available(false);
            var order = operator.rollback("Contoso_Orders", Slot.LKG, now());

            var answer = give(world, order);

            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            var taken = Json.read(answer.body(), Overrides.Answer.class);
            assertThat(taken.outcome()).isEqualTo(Overrides.Outcome.IN_FORCE);
            assertThat(taken.version()).isEqualTo("1.0");
            // At once: whoever has the answer sees the page.
            var page = page(world);
            assertThat(page.header("X-Portolan-Version")).isEqualTo("1.0");
            assertThat(page.header("X-Portolan-Override")).isEqualTo(order.id());
            assertThat(page.header("X-Portolan-Stage")).isEqualTo("stage4");

            // And across restarts, the control plane still away.
            world.restart();
            await().atMost(NodeWorld.LIMIT).until(() -> world.get("/readyz").status() == 200);
            assertThat(page(world).header("X-Portolan-Override")).isEqualTo(order.id());

            // Back again, it hears of the override; as long as it has not taken it over, it counts beside newer
            // revisions.
            world.server.available(true);
            var status = world.awaitStatus(said -> !said.overrides().isEmpty());
            assertThat(status.overrides().getFirst().id()).isEqualTo(order.id());
            assertThat(status.overrides().getFirst().version()).isEqualTo("1.0");
            publish(world, "2.0", false);
            assertThat(page(world).header("X-Portolan-Version")).isEqualTo("1.0");

            // It takes it over: the revision says the same, and settles it.
            world.server.settledOverrides(List.of(order.id()));
            publish(world, "1.0", false);
            page = page(world);
            assertThat(page.header("X-Portolan-Version")).isEqualTo("1.0");
            assertThat(page.header("X-Portolan-Override")).isEmpty();
            world.awaitStatus(said -> said.overrides().isEmpty());
            assertThat(give(world, order).status()).isEqualTo(409);
            world.restart();
            assertThat(page(world).header("X-Portolan-Override")).isEmpty();
        }
    }

    @Test
    void showsTheOverrideInDiagnosticsListAndMetrics() throws Exception {
        try (var world = world()) {
            var order = operator.rollback("Contoso_Orders", Slot.LKG, now());
            give(world, order);

            var diagnostics = Json.read(world.get("/api/diagnostics").body(), JsonNode.class);
            assertThat(diagnostics.at("/extensions/Contoso_Orders/serving").asString())
                    .isEqualTo("1.0");
            assertThat(diagnostics.at("/extensions/Contoso_Orders/override").asString())
                    .isEqualTo(order.id());
            assertThat(diagnostics.at("/overrides/0/id").asString()).isEqualTo(order.id());
            var listed = Json.read(world.get(OperatorOverride.PATH).body(), Overrides.Listing.class);
            assertThat(listed.environment()).isEqualTo(Samples.PROD);
            assertThat(listed.overrides().getFirst().keyId())
                    .isEqualTo(operator.key().keyId());
            assertThat(world.get("/metrics").text()).contains("portolan_node_overrides_in_force 1\n");
        }
    }

    @Test
    void liftsAnOverrideAndListsIt() throws Exception {
        try (var world = world()) {
            var order = operator.rollback("Contoso_Orders", Slot.LKG, now());
            give(world, order);
            var lifted = give(world, operator.lift(order, now()));

            assertThat(Json.read(lifted.body(), Overrides.Answer.class).outcome())
                    .isEqualTo(Overrides.Outcome.LIFTED);
            assertThat(page(world).header("X-Portolan-Version")).isEqualTo("2.0");
            assertThat(problem(give(world, order)).code()).isEqualTo("REPLAYED");
        }
    }

    @Test
    void refusesWhatIsNotOrderedByAKnownKeyForThisPlaceAndChangesNothing() throws Exception {
        try (var world = world()) {
            var stranger = new Operator(Samples.PROD);
            var order = operator.rollback("Contoso_Orders", Slot.LKG, now());
            var wrongKey = Wire.post(world.uri(), OperatorOverride.PATH, stranger.sign(order));
            assertThat(wrongKey.status()).isEqualTo(403);
            assertThat(problem(wrongKey).code()).isEqualTo("UNTRUSTED_KEY");

            assertRefused(world, operator.rollback("Contoso_Orders", Slot.LAST_HOTFIX, now()), 409, "NO_SUCH_SLOT");
            assertRefused(world, operator.rollback("Contoso_Other", Slot.LKG, now()), 404, "NOT_KNOWN");
            assertRefused(world, operator.drain("westus", now()), 409, "WRONG_ADDRESSEE");
            assertRefused(world, operator.rollback("Contoso_Orders", Slot.LKG, now().minusSeconds(3600)), 409, "STALE");
            var elsewhere = new Operator(new io.portolan.model.EnvironmentName("preview"));
            world.server.operatorKeys(List.of(operator.publicKey(), elsewhere.publicKey()));
            publish(world, "2.0", false);
            var other = Wire.post(
                    world.uri(),
                    OperatorOverride.PATH,
                    elsewhere.sign(elsewhere.rollback("Contoso_Orders", Slot.LKG, now())));
            assertThat(problem(other).code()).isEqualTo("WRONG_ENVIRONMENT");
            var garbage = Wire.post(world.uri(), OperatorOverride.PATH, new byte[] {1, 2, 3});
            assertThat(garbage.status()).isEqualTo(400);

            assertThat(page(world).header("X-Portolan-Version")).isEqualTo("2.0");
            assertThat(folder.resolve("overrides.json")).doesNotExist();
        }
    }

    private void assertRefused(NodeWorld world, OperatorOverride order, int status, String code) throws IOException {
        var answer = give(world, order);
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(problem(answer).code()).isEqualTo(code);
    }

    @Test
    void bringsNoContentThatIsNotHeld() throws Exception {
        try (var world = world()) {
            var three = Release.simple("Contoso_Orders", "3.0");
            var manifest = three.store(world.server);
            world.server.blobs().remove(manifest);
            world.publish(new Extension("Contoso_Orders", "orders")
                    .holds(world.server, Release.simple("Contoso_Orders", "1.0"))
                    .holds(world.server, Release.simple("Contoso_Orders", "2.0"))
                    .version(three, manifest, VersionState.PUBLISHED, false, true)
                    .slot(Slot.LKG, "3.0")
                    .gives("2.0"));

            assertRefused(world, operator.rollback("Contoso_Orders", Slot.LKG, now()), 409, "NOT_HELD");
        }
    }

    @Test
    void isGivenUnderTheNodesOwnAddressOnly() throws Exception {
        try (var world = world()) {
            var order = operator.rollback("Contoso_Orders", Slot.LKG, now());
            for (var host : List.of("orders.ext.portolan.test", "elsewhere.example")) {
                var answer = Wire.post(world.uri(), OperatorOverride.PATH, operator.sign(order), "Host: " + host);
                assertThat(answer.status()).as(host).isIn(404, 421);
            }
            assertThat(page(world).header("X-Portolan-Version")).isEqualTo("2.0");
            assertThat(Wire.send(world.uri(), "PUT", OperatorOverride.PATH, "Content-Length: 0")
                            .status())
                    .isEqualTo(405);
        }
    }

    @Test
    void takesAnOrderOverHttp2Too() throws Exception {
        try (var world = world();
                var client = new Http2Frames(world.uri())) {
            var order = operator.rollback("Contoso_Orders", Slot.LKG, now());
            var head = Http2Frames.fields(
                    ":method", "POST",
                    ":scheme", "http",
                    ":authority", "localhost",
                    ":path", OperatorOverride.PATH);
            client.send(
                    Http2Frames.frame(Http2Frames.HEADERS, Http2Frames.END_HEADERS, 1, head),
                    Http2Frames.frame(Http2Frames.DATA, Http2Frames.END_STREAM, 1, operator.sign(order)));

            var answer = client.await(Http2Frames.DATA);

            assertThat(Json.read(answer.payload(), Overrides.Answer.class).version())
                    .isEqualTo("1.0");
            assertThat(page(world).header("X-Portolan-Version")).isEqualTo("1.0");
        }
    }

    @Test
    void countsForEverySessionOfARegionThatRamps() throws Exception {
        try (var world = world()) {
            publish(world, "2.0", true);
            give(world, operator.rollback("Contoso_Orders", Slot.LKG, now()));

            for (int i = 0; i < 30; i++) {
                var page = world.get("/orders?trustedAuthority=portal.portolan.test&sessionId=s" + i);
                assertThat(page.header("X-Portolan-Version")).isEqualTo("1.0");
            }
        }
    }

    @Test
    void nobodyMayKeepAPageOfWhatItLeaves() throws Exception {
        try (var world = world()) {
            var target = "/orders/2.0?trustedAuthority=portal.portolan.test&pageVersion=2.0";
            assertThat(world.get(target).header("Cache-Control")).isEqualTo("private, max-age=31536000");

            give(world, operator.rollback("Contoso_Orders", Slot.LKG, now()));

            assertThat(world.get(target).header("Cache-Control")).isEqualTo("no-store");
        }
    }

    @Test
    void aDryRunSaysWhatWouldBeServedAndChangesNothing() throws Exception {
        try (var world = world()) {
            var order = operator.rollback("Contoso_Orders", Slot.LKG, now());
            var answer = Wire.post(world.uri(), OperatorOverride.PATH + "?dryRun=true", operator.sign(order));

            assertThat(Json.read(answer.body(), Overrides.Answer.class).dryRun())
                    .isTrue();
            assertThat(page(world).header("X-Portolan-Version")).isEqualTo("2.0");
        }
    }

    @Test
    void aCrashBeforeItActsLeavesAnOrderThatActsFromTheNextStartOn() throws Exception {
        var crash = new AtomicBoolean(true);
        try (var world = world(point -> {
            if (point == FailPoint.OVERRIDE_STORED && crash.get()) {
                throw new AssertionError("crash");
            }
        })) {
            world.server.available(false);
            var order = operator.rollback("Contoso_Orders", Slot.LKG, now());

            assertThat(give(world, order).status()).isEqualTo(500);
            assertThat(page(world).header("X-Portolan-Version")).isEqualTo("2.0");
            assertThat(Files.exists(folder.resolve("overrides.json"))).isTrue();

            crash.set(false);
            world.restart();
            assertThat(page(world).header("X-Portolan-Override")).isEqualTo(order.id());
            assertThat(Json.read(give(world, order).body(), Overrides.Answer.class)
                            .outcome())
                    .isEqualTo(Overrides.Outcome.UNCHANGED);
        }
    }
}
