package io.portolan.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.protocol.Json;
import io.portolan.protocol.Signer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a replica keeps on its disk, and what it makes of it after faults and restarts. */
final class RevisionRestartTest extends ReplicaScene {
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
}
