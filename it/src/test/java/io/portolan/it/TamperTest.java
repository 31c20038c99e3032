package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.artifact.FolderBlobStore;
import io.portolan.artifact.IngestedPackage;
import io.portolan.artifact.PackageIngest;
import io.portolan.artifact.PackageLimits;
import io.portolan.artifact.PackageWriter;
import io.portolan.artifact.VariantIndex;
import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.NodeStatus;
import io.portolan.protocol.Revision;
import io.portolan.protocol.Signer;
import io.portolan.region.RegionNode;
import io.portolan.region.RegionSettings;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.RevisionServer.Served;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A control plane that lies: the node refuses its revision whole, says why, and serves its last good one, also after a restart. */
@Timeout(120)
class TamperTest {
    private static final String NAME = "Contoso_Orders";
    private static final String NODE = "node-westus";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private Release one;
    private Release two;

    @BeforeEach
    void releases() throws IOException {
        var random = new Random(Long.getLong("portolan.seed", 20261123));
        one = Release.write(folder, "1.0", random, 2, 2_000);
        two = Release.write(folder, "2.0", random, 2, 2_000);
    }

    /** How the control plane lies, and what of the reason must be told. */
    enum Lie {
        CHANGED_AFTER_SIGNING("signature"),
        FOREIGN_KEY("signature"),
        LOWER_NUMBER("number: lower than"),
        SAME_NUMBER_OTHER_DIGEST("under the same number");

        private final String reason;

        Lie(String reason) {
            this.reason = reason;
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesTheRevisionAndServesTheLastGoodOne(Lie lie) throws Exception {
        try (var server = RevisionServer.start(Samples.PROD)) {
            server.put(Samples.environment());
            server.put(Samples.region("westus", new GeoPoint(37.783, -122.417), "127.0.1.3", "http://127.0.1.3:7080"));
            server.put(document(one, store(server, one), List.of()));
            server.publish("one before");
            server.put(document(one, store(server, one), List.of(two)));
            store(server, two);
            var good = server.publish("one");
            try (var node = start(server)) {
                awaitApplied(node, good);
                awaitServed(node, "1.0");

                server.put(document(two, store(server, two), List.of()));
                tell(server, lie, good);

                assertRefused(server, node, lie.reason);
                assertServed(node, "1.0");
            }
            try (var again = start(server)) {
                assertServed(again, "1.0");
                assertRefused(server, again, lie.reason);
                assertServed(again, "1.0");

                server.publish(
                        "two, and true",
                        header -> numbered(header, good.header().number() + 2));
                awaitServed(again, "2.0");
                await().atMost(LIMIT)
                        .untilAsserted(() -> assertThat(server.lastStatus(NODE).map(NodeStatus::lastError))
                                .contains(""));
            }
        }
    }

    /** Serves a revision that names version 2.0 (or, changed after it was signed, claims to be newer) and must not be used. */
    private static void tell(RevisionServer server, Lie lie, Served good) {
        long number = good.header().number();
        switch (lie) {
            case LOWER_NUMBER -> server.publish("a lie", header -> numbered(header, number - 1));
            case SAME_NUMBER_OTHER_DIGEST -> server.publish("a lie", header -> numbered(header, number));
            case FOREIGN_KEY -> {
                var own = server.signer();
                server.signWith(Signer.generate());
                server.publish("a lie", header -> numbered(header, number + 1));
                server.signWith(own);
            }
            case CHANGED_AFTER_SIGNING -> {
                var header = numbered(good.header(), number + 1);
                var payload = Json.bytes(header);
                server.serve(new Served(
                        header,
                        Digest.of(payload),
                        new Envelope(
                                Revision.TYPE,
                                Base64.getEncoder().encodeToString(payload),
                                good.envelope().signatures())));
            }
        }
    }

    private static Revision numbered(Revision header, long number) {
        return new Revision(
                header.schema(),
                header.environment(),
                header.epoch(),
                number,
                header.parent(),
                header.createdAt(),
                header.cause(),
                header.keys(),
                header.operatorKeys(),
                header.settledOverrides(),
                header.root());
    }

    private void assertRefused(RevisionServer server, RegionNode node, String reason) {
        await().atMost(LIMIT).untilAsserted(() -> {
            try (var http = new KeepAlive(node.uri())) {
                var diagnostics =
                        Json.mapper().readTree(http.get("/api/diagnostics").body());
                assertThat(diagnostics.at("/lastSync/ok").asBoolean(true)).isFalse();
                assertThat(diagnostics.at("/lastSync/error").asString()).contains(reason);
                assertThat(diagnostics.at("/extensions/" + NAME + "/serving").asString())
                        .isEqualTo("1.0");
            }
            assertThat(server.lastStatus(NODE).map(NodeStatus::lastError).orElse(""))
                    .contains(reason);
        });
    }

    private RegionNode start(RevisionServer server) {
        var replica = new ReplicaSettings(
                NODE,
                "region",
                Samples.PROD,
                new RegionName("westus"),
                "",
                server.uri(),
                RevisionServer.TOKEN,
                folder.resolve("node"),
                Duration.ofSeconds(5),
                Duration.ofMillis(200));
        return RegionNode.start(RegionSettings.of(replica, "127.0.0.1", 0), InstantSource.system(), FailPoints.NONE);
    }

    private static void awaitApplied(RegionNode node, Served revision) {
        await().atMost(LIMIT).until(() -> node.syncState()
                .current()
                .filter(current -> current.digest().equals(revision.digest()))
                .isPresent());
    }

    private void awaitServed(RegionNode node, String version) {
        await().atMost(LIMIT).untilAsserted(() -> assertServed(node, version));
    }

    private void assertServed(RegionNode node, String version) throws IOException {
        try (var visitor = new Visitor(node.uri(), "orders", List.of(one, two))) {
            var seen = visitor.visit();
            assertThat(seen.wrong()).isEmpty();
            assertThat(seen.version()).isEqualTo(version);
        }
    }

    /** The document that gives westus one release, and lets it hold others. */
    private ExtensionDocument document(Release release, IngestedPackage content, List<Release> others)
            throws Exception {
        var plain = Samples.extension(NAME, "orders", release.version(), content.manifestDigest(), List.of("westus"));
        var versions = new HashMap<VersionLabel, ExtensionDocument.HeldVersion>();
        versions.put(new VersionLabel(release.version()), held(content));
        for (var other : others) {
            versions.put(new VersionLabel(other.version()), held(ingest(other)));
        }
        return new ExtensionDocument(
                plain.schema(),
                plain.name(),
                plain.route(),
                plain.profile(),
                plain.regions(),
                Map.of(),
                Map.of(),
                Map.of(),
                versions);
    }

    private static ExtensionDocument.HeldVersion held(IngestedPackage content) {
        return new ExtensionDocument.HeldVersion(
                content.manifestDigest(), content.identity(), VersionState.PUBLISHED, false, true, List.of("region"));
    }

    /** Puts the blobs of a release into the server's store. */
    private IngestedPackage store(RevisionServer server, Release release) throws Exception {
        var content = ingest(release);
        try (var files = Files.walk(folder.resolve("blobs-" + release.version()))) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                server.blob(Files.readAllBytes(file));
            }
        }
        return content;
    }

    private IngestedPackage ingest(Release release) throws Exception {
        var zip = folder.resolve(release.version() + ".zip");
        if (!Files.exists(zip)) {
            PackageWriter.pack(release.folder(), new VersionLabel(release.version()), zip);
        }
        return new PackageIngest(
                        new FolderBlobStore(folder.resolve("blobs-" + release.version()), FailPoints.NONE),
                        PackageLimits.DEFAULT,
                        VariantIndex.inMemory(),
                        FailPoints.NONE)
                .ingest(zip, new ExtensionName(NAME), new VersionLabel(release.version()));
    }
}
