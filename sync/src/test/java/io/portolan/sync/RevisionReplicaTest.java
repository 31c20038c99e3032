package io.portolan.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.DocumentTree.Key;
import io.portolan.protocol.DocumentTree.Kind;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.NodeStatus;
import io.portolan.protocol.Revision;
import io.portolan.protocol.Signer;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A replica against a real HTTP server that signs, serves and misbehaves. */
final class RevisionReplicaTest {
    private static final ExtensionName ORDERS = new ExtensionName("Contoso_Orders");
    private static final ExtensionName BILLING = new ExtensionName("Contoso_Billing");
    private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

    @TempDir
    private Path folder;

    private RevisionServer server;

    @BeforeEach
    void startServer() {
        server = RevisionServer.start(Samples.PROD);
        server.put(Samples.environment());
        Samples.DEV_REGIONS.forEach(
                (name, point) -> server.put(Samples.region(name, point, "127.0.1.1", "http://127.0.1.1:1")));
        orders("1.0.0");
        billing("1.0.0");
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    private void orders(String version) {
        server.put(Samples.extension(ORDERS.value(), "orders", version, List.of("westus")));
    }

    private void billing(String version) {
        server.put(Samples.extension(BILLING.value(), "billing", version, List.of("westus")));
    }

    private void poisonOrders(String text) {
        server.put(new Key(Kind.extension, ORDERS.value()), text.getBytes(StandardCharsets.UTF_8));
    }

    private static void awaitNumber(Follower node, long number) {
        await().atMost(Duration.ofSeconds(20)).until(() -> node.number() == number);
    }

    private static void awaitError(Follower node, String... parts) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(node.lastError()).contains(parts));
    }

    private static VersionLabel version(Follower node, ExtensionName extension) {
        var document =
                node.replica().state().current().orElseThrow().extensions().get(extension);
        return document == null
                ? new VersionLabel("none")
                : document.regions().values().iterator().next().version();
    }

    private Follower follower() {
        return new Follower(server.uri(), folder).started();
    }

    /** Two servers with one key, as two control planes on one database have. */
    @Test
    void followsAnotherControlPlaneWhenItsOwnGoesAway() {
        try (var second = RevisionServer.start(Samples.PROD);
                var node = new Follower(server.uri(), List.of(second.uri()), folder)) {
            second.signWith(server.signer());
            second.put(Samples.environment());
            Samples.DEV_REGIONS.forEach(
                    (name, point) -> second.put(Samples.region(name, point, "127.0.1.1", "http://127.0.1.1:1")));
            second.put(Samples.extension(ORDERS.value(), "orders", "1.0.0", List.of("westus")));
            second.put(Samples.extension(BILLING.value(), "billing", "1.0.0", List.of("westus")));
            assertThat(second.publish("one").digest())
                    .isEqualTo(server.publish("one").digest());
            node.started();
            awaitNumber(node, 1);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> server.lastStatus("node-westus").isPresent());
            assertThat(second.requests()).isEmpty();

            server.available(false);
            second.publish("two");

            awaitNumber(node, 2);
            await().atMost(Duration.ofSeconds(20)).until(() -> second.lastStatus("node-westus")
                    .filter(status -> status.revision() == 2)
                    .isPresent());
        }
    }

    @Test
    void joinsAppliesAndFollowsTheNext() {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);
            assertThat(version(node, ORDERS)).hasToString("1.0.0");

            orders("2.0.0");
            var second = server.publish("second");
            awaitNumber(node, 2);

            assertThat(version(node, ORDERS)).hasToString("2.0.0");
            assertThat(node.replica().state().current().orElseThrow().digest()).isEqualTo(second.digest());
            assertThat(node.lastError()).isEmpty();
            assertThat(node.applied()).hasSize(2);
        }
    }

    @Test
    void waitsForAControlPlaneThatHasNoRevisionYet() {
        try (var node = follower()) {
            awaitError(node, "no revision yet");

            server.publish("first");

            awaitNumber(node, 1);
        }
    }

    @Test
    void keepsTryingToJoinWithAReason() {
        server.available(false);
        server.publish("first");
        try (var node = follower()) {
            awaitError(node, "join: ", "503 switched off");

            server.available(true);

            awaitNumber(node, 1);
        }
    }

    @Test
    void fetchesOnlyWhatChanged() {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);
            server.forgetRequests();

            orders("2.0.0");
            server.publish("second");
            awaitNumber(node, 2);

            var fetched = server.requests().stream()
                    .filter(request -> request.startsWith("GET /v1/objects/"))
                    .toList();
            assertThat(fetched).as("root, one bucket, one document").hasSize(3).doesNotHaveDuplicates();
        }
    }

    @Test
    void reportsWhatItAppliedSignedWithItsKey() {
        var first = server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);
            await().until(() -> server.lastStatus("node-westus")
                    .filter(status -> status.revision() == 1)
                    .isPresent());

            var status = server.lastStatus("node-westus").orElseThrow();
            assertThat(status.digest()).isEqualTo(first.digest().value());
            assertThat(status.epoch()).isEqualTo(1);
            assertThat(status.diskFreeBytes()).isPositive();
            assertThat(server.statuses()).extracting(NodeStatus::bootId).containsOnly(status.bootId());
            assertThat(server.statuses().getFirst().sequence()).isEqualTo(1);
            assertThat(server.statuses()).extracting(NodeStatus::sequence).isSorted();
        }
    }

    @Test
    void reportsAgainAfterTheControlPlaneWasAway() {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);
            await().until(() -> !server.statuses().isEmpty());
            server.available(false);
            awaitError(node, "503");
            int before = server.statuses().size();

            server.available(true);

            await().atMost(Duration.ofSeconds(20))
                    .until(() -> server.statuses().size() > before
                            && server.statuses().getLast().lastError().isEmpty());
            assertThat(node.number()).isEqualTo(1);
        }
    }

    @Test
    void keepsItsKeyForItselfOnly() throws IOException {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);
        }

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("node.key"))))
                .isEqualTo("rw-------");
        assertThat(folder.resolve("revisions/1-1.dsse")).exists();
    }

    @Test
    void refusesAForeignSignature() {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);
            var good = server.signer();
            server.signWith(Signer.generate());
            orders("2.0.0");
            server.publish("forged");

            awaitError(node, "signature");
            assertThat(version(node, ORDERS)).hasToString("1.0.0");
            await().until(() -> server.statuses().getLast().lastError().contains("signature"));

            server.signWith(good);
            server.publish("good again");
            awaitNumber(node, 3);
            assertThat(node.lastError()).isEmpty();
        }
    }

    @Test
    void refusesChangedBytesUnderAGoodSignature() {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);
            var second = server.publish("second");
            server.serve(new RevisionServer.Served(
                    second.header(),
                    Digest.of(new byte[] {1}),
                    new Envelope(
                            Revision.TYPE,
                            java.util.Base64.getEncoder()
                                    .encodeToString(Json.text(second.header())
                                            .replace("second", "sec0nd")
                                            .getBytes(StandardCharsets.UTF_8)),
                            second.envelope().signatures())));

            // Whether the sound second was seen before it was changed is a race; what counts is that the changed one
            // never is.
            awaitError(node, "signature");
            assertThat(node.applied()).noneMatch(r -> r.header().cause().equals("sec0nd"));
        }
    }

    @Test
    void refusesATamperedObjectAndTakesItOnceItIsRight() {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);
            var changed = Samples.extension(ORDERS.value(), "orders", "2.0.0", List.of("westus"));
            var digest = Digest.of(Json.bytes(changed));
            server.objects().put(digest, "something else".getBytes(StandardCharsets.UTF_8));
            server.put(changed);
            server.publish("second");

            awaitError(node, "object " + digest, "digest: ");
            assertThat(node.number()).isEqualTo(1);
            assertThat(folder.resolve("objects/" + digest)).doesNotExist();
            assertThat(folder.resolve("revisions/1-2.dsse")).doesNotExist();

            server.objects().put(digest, Json.bytes(changed));
            awaitNumber(node, 2);
            assertThat(node.lastError()).isEmpty();
        }
    }

    @Test
    void refusesAMissingObjectAndTakesItOnceItIsThere() {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);
            var changed = Samples.extension(ORDERS.value(), "orders", "2.0.0", List.of("westus"));
            var digest = Digest.of(Json.bytes(changed));
            server.put(changed);
            synchronized (server) {
                // Holding the server's lock keeps the long-poll from answering in between.
                server.publish("second");
                server.objects().remove(digest);
            }

            awaitError(node, "object " + digest, "does not have it");
            assertThat(node.number()).isEqualTo(1);

            server.objects().put(digest, Json.bytes(changed));
            awaitNumber(node, 2);
        }
    }

    @Test
    void refusesALowerNumber() {
        var first = server.publish("first");
        server.publish("second");
        try (var node = follower()) {
            awaitNumber(node, 2);

            server.serve(first);

            awaitError(node, "revision 1.1", "lower than 1.2");
            assertThat(node.number()).isEqualTo(2);
            await().until(() -> server.statuses().getLast().lastError().contains("lower than"));
        }
    }

    @Test
    void takesALowerNumberOfAHigherEpoch() {
        server.publish("first");
        server.publish("second");
        try (var node = follower()) {
            awaitNumber(node, 2);

            server.publish("restored", header -> withPosition(header, 2, 1));

            await().until(() -> node.replica()
                    .state()
                    .current()
                    .orElseThrow()
                    .id()
                    .toString()
                    .equals("2.1"));
        }
    }

    @Test
    void refusesTheSameNumberWithAnotherDigest() {
        var first = server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);

            orders("2.0.0");
            server.publish("the same number", header -> withPosition(header, 1, 1));

            awaitError(node, "revision 1.1", "digest: ", first.digest().value());
            assertThat(version(node, ORDERS)).hasToString("1.0.0");
        }
    }

    @Test
    void refusesAnotherEnvironmentAndANewerSchema() {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);

            server.publish("other", header -> with(header, Revision.SCHEMA, new EnvironmentName("preview")));
            awaitError(node, "environment: preview (expected: prod)");

            server.publish("newer", header -> with(header, Revision.SCHEMA + 1, Samples.PROD));
            awaitError(node, "schema: 2 (expected: 1 to 1)");
            assertThat(node.number()).isEqualTo(1);
        }
    }

    @Test
    void refusesARevisionWhoseEnvironmentDocumentIsBroken() {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);

            server.put(new Key(Kind.environment, "prod"), "{}".getBytes(StandardCharsets.UTF_8));
            server.publish("broken");

            awaitError(node, "revision 1.2", "environment/prod");
            assertThat(node.number()).isEqualTo(1);
        }
    }

    @Test
    void oneBrokenExtensionKeepsItsDocumentAndTheOthersGoOn() {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);

            poisonOrders("{\"schema\":1,\"name\":");
            billing("2.0.0");
            server.publish("poisoned");
            awaitNumber(node, 2);

            assertThat(version(node, ORDERS)).hasToString("1.0.0");
            assertThat(version(node, BILLING)).hasToString("2.0.0");
            assertThat(node.replica().state().current().orElseThrow().quarantined())
                    .containsOnlyKeys(ORDERS);
            await().until(() -> server.statuses().getLast().quarantinedCount() == 1);

            billing("1.0.0");
            server.publish("rolled back");
            awaitNumber(node, 3);
            assertThat(version(node, ORDERS)).hasToString("1.0.0");
            assertThat(version(node, BILLING)).hasToString("1.0.0");

            orders("3.0.0");
            server.publish("healed");
            awaitNumber(node, 4);
            assertThat(version(node, ORDERS)).hasToString("3.0.0");
            assertThat(node.replica().state().current().orElseThrow().quarantined())
                    .isEmpty();
        }
    }

    @Test
    void aQuarantineSurvivesARestart() {
        server.publish("first");
        Map<ExtensionName, String> reasons;
        try (var node = follower()) {
            awaitNumber(node, 1);
            poisonOrders("no json");
            server.publish("poisoned");
            server.publish("poisoned still");
            awaitNumber(node, 3);
            reasons = node.replica().state().current().orElseThrow().quarantined();
        }

        try (var again = new Follower(NOWHERE, folder)) {
            assertThat(again.number()).isEqualTo(3);
            assertThat(version(again, ORDERS)).hasToString("1.0.0");
            assertThat(again.replica().state().current().orElseThrow().quarantined())
                    .isEqualTo(reasons)
                    .containsOnlyKeys(ORDERS);
        }
    }

    @Test
    void servesTheLastRevisionAfterARestartWithoutAnyServer() {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);
        }
        server.close();

        try (var again = new Follower(NOWHERE, folder)) {
            assertThat(again.number()).isEqualTo(1);
            assertThat(again.applied()).hasSize(1);
            again.started();
            awaitError(again, "sync: GET http://127.0.0.1:1/");
            assertThat(again.number()).isEqualTo(1);
        }
    }

    @Test
    void aDamagedNewestFallsBackToTheOneBefore() throws IOException {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);
            orders("2.0.0");
            server.publish("second");
            awaitNumber(node, 2);
        }
        Files.writeString(folder.resolve("revisions/1-2.dsse"), "{");

        try (var again = new Follower(server.uri(), folder)) {
            assertThat(again.number()).isEqualTo(1);
            assertThat(again.lastError()).contains("revision 1.2 on disk");

            again.started();
            awaitNumber(again, 2);
            assertThat(again.lastError()).isEmpty();
        }
    }

    @Test
    void aDamagedObjectFallsBackToTheRevisionBeforeAndIsFetchedAgain() throws IOException {
        server.publish("first");
        var changed = Samples.extension(ORDERS.value(), "orders", "2.0.0", List.of("westus"));
        var digest = Digest.of(Json.bytes(changed));
        try (var node = follower()) {
            awaitNumber(node, 1);
            server.put(changed);
            server.publish("second");
            awaitNumber(node, 2);
        }
        Files.writeString(folder.resolve("objects/" + digest), "rot");

        try (var again = new Follower(server.uri(), folder)) {
            assertThat(again.number()).isEqualTo(1);
            assertThat(again.lastError()).contains("object " + digest);

            again.started();
            awaitNumber(again, 2);
            assertThat(Files.readAllBytes(folder.resolve("objects/" + digest))).isEqualTo(Json.bytes(changed));
        }
    }

    @Test
    void followsANewKeyThatAnOldOneIntroduced() {
        server.publish("first");
        var first = server.signer();
        var second = Signer.generate();
        try (var node = follower()) {
            awaitNumber(node, 1);

            server.publish("introduces", h -> withKeys(h, List.of(first.publicKeyText(), second.publicKeyText())));
            awaitNumber(node, 2);
            server.signWith(second);
            server.publish("by the second", h -> withKeys(h, List.of(second.publicKeyText())));
            awaitNumber(node, 3);

            server.signWith(first);
            server.publish("by the dismissed first");
            awaitError(node, "signature");
            assertThat(node.number()).isEqualTo(3);
        }

        try (var again = new Follower(NOWHERE, folder)) {
            assertThat(again.number()).isEqualTo(3);
        }
    }

    @Test
    void aRevisionThatTheConsumerCannotApplyIsRefusedOnceAndSetAside() {
        server.publish("first");
        try (var node = new Follower(server.uri(), folder, FailPoints.NONE, Map.of(2L, "no room")).started()) {
            awaitNumber(node, 1);
            server.publish("second");
            awaitError(node, "revision 1.2: applying: no room");
            assertThat(folder.resolve("revisions/1-2.dsse")).doesNotExist();
            assertThat(folder.resolve("revisions/1-2.dsse.refused")).exists();

            server.publish("third");
            awaitNumber(node, 3);
        }

        try (var again = new Follower(NOWHERE, folder)) {
            assertThat(again.number()).isEqualTo(3);
        }
    }

    @Test
    void aStoredRevisionThatCannotBeAppliedAtStartIsSkipped() {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);
            server.publish("second");
            awaitNumber(node, 2);
        }

        try (var again = new Follower(NOWHERE, folder, FailPoints.NONE, Map.of(2L, "no room"))) {
            assertThat(again.number()).isEqualTo(1);
            assertThat(again.lastError()).contains("revision 1.2 on disk: applying: no room");
        }
    }

    @Test
    void anErrorWhileFollowingIsReportedAndTriedAgain() {
        server.publish("first");
        var hits = new AtomicInteger();
        FailPoints once = reached -> {
            if (reached == FailPoint.FETCH_OBJECTS_STORED && hits.incrementAndGet() == 1) {
                throw new StackOverflowError("deep");
            }
        };
        try (var node = new Follower(server.uri(), folder, once, Map.of()).started()) {
            awaitNumber(node, 1);
            assertThat(hits).hasValue(2);
        }
    }

    @ParameterizedTest
    @EnumSource(names = "FETCH_.*(ENVELOPE|OBJECT).*", mode = EnumSource.Mode.MATCH_ALL)
    void aStopAtAnyPointLeavesAWholeState(FailPoint point) {
        server.publish("first");
        var hits = new AtomicInteger();
        try (var node = follower()) {
            awaitNumber(node, 1);
        }
        orders("2.0.0");
        server.publish("second");
        FailPoints stop = reached -> {
            if (reached == point) {
                hits.incrementAndGet();
                throw new StoppedHere();
            }
        };
        try (var node = new Follower(server.uri(), folder, stop, Map.of()).started()) {
            await().until(() -> hits.get() > 0);
            assertThat(node.number()).isEqualTo(1);
        }

        try (var again = new Follower(server.uri(), folder)) {
            assertThat(again.number()).isEqualTo(point == FailPoint.FETCH_ENVELOPE_STORED ? 2 : 1);
            again.started();
            awaitNumber(again, 2);
            assertThat(version(again, ORDERS)).hasToString("2.0.0");
        }
    }

    private static final class StoppedHere extends RuntimeException {}

    @Test
    void aFolderOfAnotherEnvironmentIsRefused() throws IOException {
        var trust = Trust.pinned(
                new EnvironmentName("preview"), "node-westus", Signer.generate().publicKeyText());
        Files.write(folder.resolve("trust.json"), Json.bytes(trust));

        assertThatThrownBy(() -> new Follower(NOWHERE, folder)).hasMessageContaining("preview (expected: prod)");
    }

    @Test
    void joinsOnceForEver() {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);
        }
        server.forgetRequests();
        try (var again = follower()) {
            server.publish("second");
            awaitNumber(again, 2);
        }

        assertThat(server.requests()).doesNotContain("POST /v1/nodes");
    }

    @Test
    void askedForManyStatusesItSendsFew() {
        server.publish("first");
        try (var node = follower()) {
            awaitNumber(node, 1);
            await().until(() -> !server.statuses().isEmpty());
            int before = server.statuses().size();
            Set<Integer> asked = ConcurrentHashMap.newKeySet();
            for (int i = 0; i < 10_000; i++) {
                asked.add(i);
                node.replica().statusChanged();
            }

            await().until(() -> server.statuses().size() > before);
            assertThat(server.statuses().size() - before).isLessThan(asked.size() / 100);
        }
    }

    private static Revision withPosition(Revision h, long epoch, long number) {
        return new Revision(
                h.schema(),
                h.environment(),
                epoch,
                number,
                h.parent(),
                h.createdAt(),
                h.cause(),
                h.keys(),
                h.operatorKeys(),
                h.settledOverrides(),
                h.root());
    }

    private static Revision with(Revision h, int schema, EnvironmentName environment) {
        return new Revision(
                schema,
                environment,
                h.epoch(),
                h.number(),
                h.parent(),
                h.createdAt(),
                h.cause(),
                h.keys(),
                h.operatorKeys(),
                h.settledOverrides(),
                h.root());
    }

    private static Revision withKeys(Revision h, List<String> keys) {
        return new Revision(
                h.schema(),
                h.environment(),
                h.epoch(),
                h.number(),
                h.parent(),
                h.createdAt(),
                h.cause(),
                keys,
                h.operatorKeys(),
                h.settledOverrides(),
                h.root());
    }
}
