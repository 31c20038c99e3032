package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portolan.artifact.DiskReserve;
import io.portolan.artifact.FolderBlobStore;
import io.portolan.model.Digest;
import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.VersionState;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.protocol.Revision;
import io.portolan.sync.OverrideStore;
import io.portolan.sync.VerifiedRevision;
import io.portolan.testkit.MutableClock;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node deletes and finds damaged, on a real folder with a clock that the test moves. */
class ContentKeeperTest {
    private static final Release ONE = Release.simple("Contoso_Orders", "1.0");
    private static final Release TWO = Release.simple("Contoso_Orders", "2.0");
    private static final Release THREE = Release.simple("Contoso_Orders", "3.0");

    @TempDir
    private Path folder;

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final List<ExtensionDocument> kept = new ArrayList<>();
    private final List<Digest> damaged = new CopyOnWriteArrayList<>();
    private FolderBlobStore store;
    private DiskReserve reserve;
    private NodeBlobs blobs;
    private RevisionApplier applier;
    private ContentCache cache;

    @BeforeEach
    void start() throws IOException {
        store = new FolderBlobStore(folder, FailPoints.NONE);
        reserve = new DiskReserve(folder, 1);
        blobs = new NodeBlobs(
                folder,
                new BlobSource(
                        URI.create("http://127.0.0.1:1"),
                        Duration.ofSeconds(1),
                        0,
                        java.util.List::of,
                        java.time.InstantSource.system()),
                1 << 20,
                Duration.ofSeconds(1),
                reserve,
                clock,
                FailPoints.NONE);
        blobs.whenDamaged(new DamageListener() {
            @Override
            public void damaged(BlobInspector.Damage damage) {
                damaged.add(damage.digest());
            }

            @Override
            public void repaired(Digest digest) {}
        });
        cache = new ContentCache(blobs);
        var faults = new Faults();
        var records = Files.createDirectories(folder.resolve("records"));
        applier = new RevisionApplier(
                Extension.REGION,
                List.of(),
                new ServingRecord(records),
                new Holdings(blobs, cache, faults),
                blobs,
                faults,
                new Incidents(records, "node-westus", clock),
                OverrideStore.open(records, Samples.PROD, clock, FailPoints.NONE),
                FailPoints.NONE);
    }

    @AfterEach
    void stop() {
        blobs.close();
    }

    private ContentKeeper keeper(ContentKeeper.Kept documents) {
        return new ContentKeeper(ContentSettings.DEFAULTS, reserve, blobs, cache, applier, documents, clock);
    }

    private Digest place(Release release) throws IOException {
        var manifest = release.manifest();
        for (var file : List.of("index.html", "app.js", "img/logo é.svg")) {
            store.put(release.bytes(file));
        }
        return store.put(manifest.toJson());
    }

    private void age(Duration by) throws IOException {
        for (var file : store.list()) {
            Files.setLastModifiedTime(
                    store.path(file.digest()),
                    java.nio.file.attribute.FileTime.from(clock.instant().minus(by)));
        }
    }

    private ExtensionDocument document(Release release, boolean held) throws IOException {
        return new Extension("Contoso_Orders", "orders")
                .version(release, place(release), VersionState.PUBLISHED, false, held)
                .document();
    }

    private void apply(long number, ExtensionDocument document) {
        var root = Digest.of(new byte[] {(byte) number});
        var header = new Revision(
                Revision.SCHEMA,
                Samples.PROD,
                1,
                number,
                "",
                clock.instant(),
                "test",
                List.of(),
                List.of(),
                List.of(),
                root);
        var region = Samples.region("westus", new GeoPoint(1, 1), "127.0.0.1", "http://127.0.0.1:1");
        applier.apply(new VerifiedRevision(
                header,
                root,
                Samples.environment(),
                Map.of(new RegionName("westus"), region),
                Map.of(document.name(), document),
                Map.of()));
        kept.add(document);
    }

    private boolean isThere(Release release) {
        return store.has(release.digest("app.js"))
                && store.has(Digest.of(release.manifest().toJson()));
    }

    @Test
    void deletesWhatNoKeptRevisionNamesOnceItIsADayOld() throws IOException {
        place(ONE);
        apply(2, document(TWO, true));
        age(Duration.ofHours(24).minusSeconds(1));

        assertThat(keeper(() -> kept).collect()).isZero();
        clock.advance(Duration.ofSeconds(1));
        assertThat(keeper(() -> kept).collect()).isEqualTo(4);

        assertThat(isThere(ONE)).isFalse();
        assertThat(isThere(TWO)).isTrue();
    }

    @Test
    void keepsWhatAnOlderKeptRevisionNames() throws IOException {
        apply(1, document(ONE, true));
        apply(2, document(TWO, true));
        age(Duration.ofDays(9));

        assertThat(keeper(() -> kept).collect()).isZero();
    }

    @Test
    void deletesNothingWhereSomethingCannotBeRead() throws IOException {
        place(ONE);
        apply(2, document(TWO, true));
        age(Duration.ofDays(9));

        assertThat(keeper(List::of).collect()).isZero();
        assertThatThrownBy(() -> keeper(() -> {
                            throw new IOException("reading revision 1.1: damaged");
                        })
                        .collect())
                .hasMessageContaining("1.1");
        store.remove(Digest.of(TWO.manifest().toJson()));
        assertThatThrownBy(() -> keeper(() -> kept).collect()).hasMessageContaining("manifest");

        assertThat(isThere(ONE)).isTrue();
    }

    @Test
    void startsOverWhenARevisionIsAppliedMeanwhile() throws IOException {
        var three = document(THREE, true);
        place(ONE);
        apply(2, document(TWO, true));
        age(Duration.ofDays(9));
        var looks = new AtomicInteger();

        int deleted = keeper(() -> {
                    var before = List.copyOf(kept);
                    if (looks.incrementAndGet() == 1) {
                        // Comes between the inventory, which does not name it, and the deletion.
                        apply(3, three);
                    }
                    return before;
                })
                .collect();

        assertThat(looks).hasValue(2);
        assertThat(deleted).isEqualTo(4);
        assertThat(isThere(THREE)).isTrue();
        assertThat(isThere(ONE)).isFalse();
    }

    @Test
    void keepsARetainedVersionThatWasUsedLately() throws IOException {
        kept.add(document(ONE, false));
        apply(2, document(TWO, true));
        age(Duration.ofDays(9));
        var day = Duration.ofHours(24);
        var none = new ContentSettings(day, day, 0, 0, Duration.ofHours(1), Duration.ofMinutes(1), 1, 1);
        var keeper = new ContentKeeper(none, reserve, blobs, cache, applier, () -> kept, clock);
        clock.advance(Duration.ofHours(30));
        blobs.await(ONE.digest("app.js"), ONE.bytes("app.js").length);
        blobs.open(ONE.digest("app.js"));

        assertThat(keeper.collect()).isZero();
        clock.advance(Duration.ofHours(24));
        assertThat(keeper.collect()).isEqualTo(4);
        assertThat(isThere(TWO)).isTrue();
    }

    @Test
    void theScrubFindsDamageAfterTheFirstServeAndReportsItOnce() throws IOException {
        apply(2, document(TWO, true));
        var app = TWO.digest("app.js");
        blobs.await(app, TWO.bytes("app.js").length);
        assertThat(blobs.open(app)).containsInstanceOf(NodeBlobs.Opened.InMemory.class);
        var bytes = Files.readAllBytes(store.path(app));
        bytes[3] ^= 1;
        Files.write(store.path(app), bytes);
        // What is in memory was hashed: the damage on disk reaches nobody.
        assertThat(blobs.open(app))
                .hasValueSatisfying(opened ->
                        assertThat(((NodeBlobs.Opened.InMemory) opened).bytes()).isEqualTo(TWO.bytes("app.js")));
        var keeper = keeper(() -> kept);

        keeper.scrub();
        keeper.scrub();
        keeper.scrub();
        keeper.scrub();

        await().until(() -> !damaged.isEmpty());
        assertThat(damaged).containsExactly(app);
        assertThat(blobs.damagedCount()).isEqualTo(1);
        assertThat(store.has(app)).isFalse();
        assertThat(keeper.scrubbedCount()).isGreaterThanOrEqualTo(4);
    }

    @Test
    void theScrubDoesNotReadASmallFolderAgainAndAgain() throws IOException {
        var keeper = keeper(() -> kept);
        var now = clock.instant();
        // The first call lists what there is, the second reads it, the third finds the end of the pass.
        for (int tick = 0; tick < 10; tick++) {
            keeper.scrubIfDue(now.plusSeconds(tick));
        }
        long once = keeper.scrubbedCount();
        assertThat(once).isEqualTo(store.list().size());

        keeper.scrubIfDue(now.plus(ContentKeeper.PASS).plusSeconds(10));

        assertThat(keeper.scrubbedCount()).isEqualTo(2 * once);
    }
}
