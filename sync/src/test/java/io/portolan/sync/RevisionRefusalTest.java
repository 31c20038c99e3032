package io.portolan.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.protocol.DocumentTree.Key;
import io.portolan.protocol.DocumentTree.Kind;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.Revision;
import io.portolan.protocol.Signer;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a replica refuses of a server that signs, serves and misbehaves, and when it takes it all the same. */
final class RevisionRefusalTest extends ReplicaScene {
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
