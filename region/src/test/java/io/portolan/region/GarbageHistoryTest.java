package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.artifact.DiskReserve;
import io.portolan.artifact.FolderBlobStore;
import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.Route;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.model.document.Delivery;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.Profile;
import io.portolan.protocol.Revision;
import io.portolan.sync.OverrideStore;
import io.portolan.sync.VerifiedRevision;
import io.portolan.testkit.MutableClock;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random histories of publishing, switching, visiting and deleting, on a real folder with a clock that the test moves. */
class GarbageHistoryTest {
    private static final long SEED = 20261123;
    private static final int HISTORIES = 12;
    private static final int STEPS = 40;
    private static final Duration WINDOW = Duration.ofHours(24);
    private static final ContentSettings SETTINGS =
            new ContentSettings(WINDOW, WINDOW, 1, 200, Duration.ofHours(1), Duration.ofMinutes(1), 0, 1);

    @TempDir
    private Path folder;

    @Test
    void row_5_9_nothingThatAStageANameASlotOrARecentPageNeedsIsEverDeleted() throws IOException {
        System.out.println("seed=" + SEED);
        var deleted = 0;
        for (int i = 0; i < HISTORIES; i++) {
            try (var history = new History(folder.resolve("h" + i), new Random(SEED + i))) {
                for (int step = 0; step < STEPS; step++) {
                    history.step();
                }
                deleted += history.end();
            }
        }
        // Or else keeping everything would pass.
        assertThat(deleted).isGreaterThan(HISTORIES * 5);
    }

    @Test
    void rule_F8_aVersionThatNothingNamesAnyMoreIsServedForAsLongAsPagesAreOpenAndThenDeleted() throws IOException {
        try (var history = new History(folder, new Random(SEED))) {
            var old = history.publish();
            var next = history.publish();
            history.apply(Set.of(old), Set.of(old, next));
            history.visit(old);
            history.forgetOlderRevisions();
            history.apply(Set.of(next), Set.of(old, next));
            history.forgetOlderRevisions();

            for (int hour = 0; hour < 72; hour += 12) {
                history.clock.advance(Duration.ofHours(12));
                history.visit(old);
                history.collect();
                assertThat(history.isWhole(old)).as("hour %d", hour).isTrue();
            }
            // Nobody asks for it any more, and newer ones take its place among the retained.
            history.clock.advance(WINDOW);
            history.apply(Set.of(next), Set.of(next));
            history.forgetOlderRevisions();
            history.collect();

            assertThat(history.isWhole(old)).isFalse();
            assertThat(history.isWhole(next)).isTrue();
        }
    }

    /** One node's life. */
    private static final class History implements AutoCloseable {
        private final Random random;
        private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T12:00:00Z"));
        private final FolderBlobStore store;
        private final NodeBlobs blobs;
        private final ContentCache cache;
        private final RevisionApplier applier;
        private final ContentKeeper keeper;
        private final List<Release> published = new ArrayList<>();
        private final List<ExtensionDocument> kept = new ArrayList<>();
        private final Map<String, Instant> seen = new HashMap<>();
        private long number;

        History(Path folder, Random random) throws IOException {
            this.random = random;
            Files.createDirectories(folder);
            store = new FolderBlobStore(folder, FailPoints.NONE);
            var reserve = new DiskReserve(folder, 1);
            blobs = new NodeBlobs(
                    folder,
                    new BlobSource(URI.create("http://127.0.0.1:1"), Duration.ofSeconds(1), 0, List::of, clock),
                    1 << 20,
                    Duration.ofSeconds(1),
                    reserve,
                    clock,
                    FailPoints.NONE);
            cache = new ContentCache(blobs);
            var faults = new Faults();
            applier = new RevisionApplier(
                    Extension.REGION,
                    List.of(),
                    new ServingRecord(folder),
                    new Holdings(blobs, cache, faults),
                    blobs,
                    faults,
                    new Incidents(folder, "node-westus", clock),
                    OverrideStore.open(folder, Samples.PROD, clock, FailPoints.NONE),
                    FailPoints.NONE);
            keeper = new ContentKeeper(SETTINGS, reserve, blobs, cache, applier, () -> List.copyOf(kept), clock);
        }

        void step() throws IOException {
            switch (random.nextInt(6)) {
                case 0 -> publish();
                case 1, 2 -> applyRandom();
                case 3 -> visitRandom();
                case 4 -> clock.advance(Duration.ofHours(random.nextInt(20)));
                default -> collect();
            }
        }

        Release publish() throws IOException {
            var release = Release.simple("Contoso_Orders", published.size() + ".0")
                    .file("shared.js", "shared by " + published.size() / 3);
            for (var path : List.of("index.html", "app.js", "img/logo é.svg", "shared.js")) {
                place(release.bytes(path));
            }
            place(release.manifest().toJson());
            published.add(release);
            return release;
        }

        private void place(byte[] bytes) throws IOException {
            var digest = Digest.of(bytes);
            if (!store.has(digest)) {
                store.put(bytes);
                Files.setLastModifiedTime(store.path(digest), FileTime.from(clock.instant()));
            }
        }

        private void applyRandom() {
            var there = published.stream().filter(this::isWhole).toList();
            if (!there.isEmpty()) {
                var named = new HashSet<Release>();
                for (int i = 1 + random.nextInt(4); i > 0; i--) {
                    named.add(there.get(random.nextInt(there.size())));
                }
                var all = new HashSet<>(named);
                there.stream().filter(release -> random.nextInt(3) > 0).forEach(all::add);
                apply(named, all);
                // At least three revisions stay on disk.
                while (kept.size() > 3) {
                    kept.removeFirst();
                }
            }
        }

        /** A revision that names some versions, each in one way, and lists more. */
        void apply(Set<Release> named, Set<Release> all) {
            number++;
            var regions = new HashMap<RegionName, ExtensionDocument.Pointer>();
            var stages = new HashMap<String, VersionLabel>();
            var names = new HashMap<String, VersionLabel>();
            var slots = new HashMap<Slot, VersionLabel>();
            for (var release : named) {
                var label = new VersionLabel(release.label());
                switch (random.nextInt(4)) {
                    case 0 ->
                        regions.put(Extension.REGION, new ExtensionDocument.Pointer(label, "stage4", "", 100, number));
                    case 1 -> stages.put("stage" + stages.size(), label);
                    case 2 -> names.put("name" + names.size(), label);
                    default -> slots.put(Slot.values()[slots.size() % Slot.values().length], label);
                }
            }
            var referenced = new HashSet<VersionLabel>();
            regions.values().forEach(pointer -> referenced.add(pointer.version()));
            referenced.addAll(stages.values());
            referenced.addAll(names.values());
            referenced.addAll(slots.values());
            var versions = new HashMap<VersionLabel, ExtensionDocument.HeldVersion>();
            for (var release : all) {
                var label = new VersionLabel(release.label());
                versions.put(
                        label,
                        new ExtensionDocument.HeldVersion(
                                Digest.of(release.manifest().toJson()),
                                release.identity(),
                                VersionState.PUBLISHED,
                                false,
                                // What the compiler says of what is named in any way.
                                referenced.contains(label),
                                List.of()));
            }
            var document = new ExtensionDocument(
                    ExtensionDocument.SCHEMA,
                    new ExtensionName("Contoso_Orders"),
                    new Route("orders"),
                    Profile.standard(),
                    regions,
                    stages,
                    names,
                    slots,
                    versions);
            var root = Digest.of(Long.toString(number).getBytes(java.nio.charset.StandardCharsets.UTF_8));
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
            applier.apply(new VerifiedRevision(
                    header,
                    root,
                    Samples.environment(),
                    Map.of(
                            Extension.REGION,
                            Samples.region("westus", new GeoPoint(1, 1), "127.0.0.1", "http://127.0.0.1:1")),
                    Map.of(document.name(), document),
                    Map.of()));
            kept.add(document);
        }

        void forgetOlderRevisions() {
            kept.subList(0, kept.size() - 1).clear();
        }

        private void visitRandom() {
            var listed = kept.isEmpty()
                    ? List.<Release>of()
                    : published.stream()
                            .filter(release -> kept.getLast().versions().containsKey(new VersionLabel(release.label())))
                            .filter(this::isWhole)
                            .toList();
            if (!listed.isEmpty()) {
                visit(listed.get(random.nextInt(listed.size())));
            }
        }

        /** A browser has the page of the version open: it asks for the page, or for a file. */
        void visit(Release release) {
            if (random.nextBoolean()) {
                var manifest = Digest.of(release.manifest().toJson());
                cache.page(new PageKey(
                        "Contoso_Orders",
                        "orders",
                        release.label(),
                        manifest,
                        "host",
                        "",
                        "westus",
                        "",
                        "",
                        Delivery.Worker.ON,
                        Delivery.FirstVisit.GO,
                        Delivery.Telemetry.ON));
            } else {
                cache.isReady(release.digest("app.js"));
            }
            seen.put(release.label(), clock.instant());
        }

        int collect() throws IOException {
            int before = store.list().size();
            keeper.collect();
            for (var document : kept) {
                var needed = new HashSet<VersionLabel>();
                document.regions().values().forEach(pointer -> needed.add(pointer.version()));
                needed.addAll(document.stages().values());
                needed.addAll(document.names().values());
                needed.addAll(document.slots().values());
                document.versions().keySet().stream()
                        .filter(label -> seen.containsKey(label.value())
                                && seen.get(label.value()).plus(WINDOW).isAfter(clock.instant()))
                        .forEach(needed::add);
                for (var release : published) {
                    if (needed.contains(new VersionLabel(release.label()))) {
                        assertThat(isWhole(release)).as(release.label()).isTrue();
                    }
                }
            }
            return before - store.list().size();
        }

        /** Nothing but one version is named or used any more. */
        int end() throws IOException {
            var last = publish();
            int before = store.list().size();
            apply(Set.of(last), Set.of(last));
            forgetOlderRevisions();
            clock.advance(Duration.ofDays(9));
            collect();
            assertThat(store.list()).hasSize(5);
            return before - 5;
        }

        boolean isWhole(Release release) {
            return store.has(Digest.of(release.manifest().toJson()))
                    && List.of("index.html", "app.js", "img/logo é.svg", "shared.js").stream()
                            .allMatch(path -> store.has(release.digest(path)));
        }

        @Override
        public void close() {
            blobs.close();
        }
    }
}
