package io.portolan.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.protocol.NodeStatus;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A replica follows, joins and reports: against a real HTTP server that signs, serves and misbehaves. */
final class RevisionReplicaTest extends ReplicaScene {
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
}
