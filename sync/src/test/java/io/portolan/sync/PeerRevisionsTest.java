package io.portolan.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.protocol.Json;
import io.portolan.protocol.Signer;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Revisions from other nodes while the control plane is away, and joining again, over real HTTP. */
class PeerRevisionsTest {
    private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

    private final RevisionServer server = RevisionServer.start(Samples.PROD);

    @TempDir
    private Path folder;

    @BeforeEach
    void documents() {
        server.put(Samples.environment());
        server.put(Samples.extension("Contoso_Orders", "orders", "1.0", List.of("westus")));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(20));
    }

    private Follower holder(long number) {
        var holder = new Follower(server.uri(), folder.resolve("holder")).started();
        await().until(() -> holder.number() == number);
        return holder;
    }

    private Follower cold(String trustKey, URI... peers) {
        return new Follower(NOWHERE, folder.resolve("cold"), new PeerSettings(List.of(peers), trustKey)).started();
    }

    @Test
    void aNodeWithAnEmptyDiskStartsFromAPeer() throws IOException {
        server.publish("first");
        var key = server.signer().publicKeyText();
        try (var holder = holder(1);
                var peer = new PeerServer(holder.replica());
                var cold = cold(key, NOWHERE, peer.uri())) {
            await().until(() -> cold.number() == 1);

            assertThat(cold.lastError()).contains("127.0.0.1:1/v1");
            assertThat(Json.read(Files.readAllBytes(folder.resolve("cold/trust.json")), Trust.class)
                            .keys())
                    .containsExactly(key);
        }
        try (var again = new Follower(NOWHERE, folder.resolve("cold"))) {
            assertThat(again.number()).isEqualTo(1);
        }
    }

    @Test
    void aNodeThatKnowsNoKeyTrustsNoPeerAndSaysSo() throws IOException {
        server.publish("first");
        try (var holder = holder(1);
                var peer = new PeerServer(holder.replica());
                var cold = cold("", peer.uri())) {
            await().until(() -> cold.lastError().contains("no key is trusted yet"));

            assertThat(cold.lastError()).contains("trust.json", "trust-key");
            assertThat(cold.number()).isZero();
            assertThat(peer.requests()).isEmpty();
        }
    }

    @Test
    void aPeerWhoseRevisionIsSignedByAnotherKeyIsRefused() throws IOException {
        server.publish("first");
        var other = Signer.generate().publicKeyText();
        try (var holder = holder(1);
                var peer = new PeerServer(holder.replica());
                var cold = cold(other, peer.uri())) {
            await().until(() -> cold.lastError().contains("no trusted key signed it"));

            assertThat(cold.lastError()).contains("peer " + peer.uri());
            assertThat(cold.number()).isZero();
            assertThat(folder.resolve("cold/trust.json"))
                    .as("a wrong key can be corrected")
                    .doesNotExist();
        }
    }

    @Test
    void aPeerThatFalsifiesIsPassedOverForTheNext() throws IOException {
        server.publish("first");
        try (var holder = holder(1);
                var forger = new PeerServer(
                        holder.replica(),
                        bytes -> new String(bytes, StandardCharsets.UTF_8)
                                .replace("payload\":\"e", "payload\":\"f")
                                .getBytes(StandardCharsets.UTF_8),
                        bytes -> new byte[bytes.length]);
                var liar = new PeerServer(holder.replica(), bytes -> bytes, bytes -> new byte[bytes.length]);
                var honest = new PeerServer(holder.replica());
                var cold = cold(server.signer().publicKeyText(), forger.uri(), liar.uri(), honest.uri())) {
            await().until(() -> cold.number() == 1);

            assertThat(cold.lastError()).contains("peer " + forger.uri() + ": revision");
            assertThat(liar.requests()).anyMatch(path -> path.startsWith(PeerPaths.OBJECTS));
            assertThat(honest.requests()).anyMatch(path -> path.startsWith(PeerPaths.OBJECTS));
        }
    }

    @Test
    void followsPeersWhileTheControlPlaneIsAwayAndNeverBackwards() throws IOException {
        server.publish("first");
        try (var holder = holder(1);
                var peer = new PeerServer(holder.replica())) {
            // Joined and at 1, then alone.
            try (var joined = new Follower(server.uri(), folder.resolve("cold")).started()) {
                await().until(() -> joined.number() == 1);
            }
            server.publish("second");
            await().until(() -> holder.number() == 2);
            try (var alone = cold("", peer.uri())) {
                await().until(() -> alone.number() == 2);
            }
            // The other way round: this one is ahead of its peer.
            try (var behind = new Follower(server.uri(), folder.resolve("behind")).started()) {
                await().until(() -> behind.number() == 2);
                server.publish("third");
                await().until(() -> holder.number() == 3 && behind.number() == 3);
            }
            try (var old = new PeerServer(holder.replica());
                    var ahead =
                            new Follower(NOWHERE, folder.resolve("behind"), new PeerSettings(List.of(old.uri()), ""))) {
                var older = server.served().orElseThrow();
                ahead.started();
                await().until(() -> old.requests().size() > 2);
                assertThat(ahead.number()).isEqualTo(older.header().number());
                assertThat(ahead.applied()).hasSize(1);
            }
        }
    }

    @Test
    void aPeerThatLagsBehindChangesNothingAndIsNoError() throws IOException {
        server.publish("first");
        try (var holder = holder(1)) {
            var first = holder.replica().signed().orElseThrow().envelope();
            try (var lagging = new PeerServer(holder.replica(), bytes -> first, bytes -> bytes)) {
                server.publish("second");
                await().until(() -> holder.number() == 2);
                try (var joined = new Follower(server.uri(), folder.resolve("cold")).started()) {
                    await().until(() -> joined.number() == 2);
                }
                try (var alone = cold("", lagging.uri())) {
                    await().until(() -> lagging.requests().size() > 2);

                    assertThat(alone.number()).isEqualTo(2);
                    assertThat(alone.lastError()).doesNotContain("peer");
                }
            }
        }
    }

    @Test
    void joinsAgainWhenTheControlPlaneHasForgottenIt() {
        server.publish("first");
        try (var node = holder(1)) {
            await().until(() -> server.lastStatus("node-westus").isPresent());
            int before = server.statuses().size();

            server.forgetNode("node-westus");
            node.replica().statusChanged();

            await().until(() -> server.statuses().size() > before + 1);
            assertThat(server.joined()).containsKey("node-westus");
            assertThat(server.requests().stream().filter("POST /v1/nodes"::equals))
                    .hasSize(2);
        }
    }

    @Test
    void joinsAgainWithTheKeyThatItMadeWhenItLostItsDisk() throws IOException {
        server.publish("first");
        var key = server.signer().publicKeyText();
        var node = holder(1);
        await().until(() -> server.lastStatus("node-westus").isPresent());
        node.close();
        int before = server.statuses().size();

        // Told whom to trust, it does not join before it is told that its key is unknown.
        try (var again =
                new Follower(server.uri(), folder.resolve("new disk"), new PeerSettings(List.of(), key)).started()) {
            await().until(() -> again.number() == 1 && server.statuses().size() > before);
        }
        assertThat(server.requests().stream().filter("POST /v1/nodes"::equals)).hasSize(2);
    }

    @Test
    void aNodeThatStartedFromPeersJoinsOnceTheControlPlaneIsBack() throws IOException {
        server.publish("first");
        var key = server.signer().publicKeyText();
        try (var holder = holder(1);
                var peer = new PeerServer(holder.replica())) {
            server.available(false);
            server.forgetNode("node-westus");
            try (var cold =
                    new Follower(server.uri(), folder.resolve("cold"), new PeerSettings(List.of(peer.uri()), key))) {
                cold.started();
                await().until(() -> cold.number() == 1);

                server.available(true);

                await().until(() -> server.joined().containsKey("node-westus"));
                await().until(() -> cold.lastError().isEmpty());
            }
        }
    }

    @Test
    void peersAreOrderedByRegionPairAndDistance() {
        var here = region("westus", new GeoPoint(37, -122), List.of("http://10.0.0.1", "http://10.0.0.2"));
        var revision = revision(Map.of(
                "westus",
                here,
                "southcentralus",
                region("southcentralus", new GeoPoint(29, -98), List.of("http://10.0.1.1")),
                "westeurope",
                region("westeurope", new GeoPoint(52, 4), List.of("http://10.0.2.1", "no url")),
                "old",
                Samples.region(
                        "old", new GeoPoint(37, -122), List.of(), List.of("http://10.0.9.1"), RegionState.RETIRED)));

        var order = Peers.of(
                Optional.of(revision),
                new RegionName("westus"),
                "http://10.0.0.1",
                List.of(URI.create("http://10.0.2.1"), URI.create("http://10.0.3.1")));

        assertThat(order)
                .extracting(URI::toString)
                .containsExactly("http://10.0.0.2", "http://10.0.1.1", "http://10.0.2.1", "http://10.0.3.1");
    }

    private static io.portolan.model.document.RegionDocument region(String name, GeoPoint point, List<String> urls) {
        return Samples.region(name, point, List.of(), urls, RegionState.LIVE);
    }

    private VerifiedRevision revision(Map<String, io.portolan.model.document.RegionDocument> regions) {
        var served = server.publish("for its header");
        var byName = new java.util.HashMap<RegionName, io.portolan.model.document.RegionDocument>();
        regions.forEach((name, region) -> byName.put(new RegionName(name), region));
        return new VerifiedRevision(
                served.header(), served.digest(), Samples.environment(), byName, Map.of(), Map.of());
    }

    @Test
    void settingsRefuseWhatIsNoPeer() {
        assertThatThrownBy(() -> new PeerSettings(List.of(URI.create("ftp://a")), ""))
                .hasMessage("peers: ftp://a (expected: http://HOST:PORT)");
        assertThatThrownBy(() -> new PeerSettings(List.of(), "no key")).isInstanceOf(IllegalArgumentException.class);
    }
}
