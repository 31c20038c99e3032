package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import io.portolan.region.BlobGarbage.Inventory;
import io.portolan.region.BlobGarbage.Limits;
import io.portolan.region.BlobGarbage.Retained;
import io.portolan.region.BlobGarbage.Stored;
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

/** Which blobs may go. */
class BlobGarbageTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final Duration DAY = Duration.ofHours(24);
    private static final Limits LIMITS = new Limits(DAY, DAY, 2, 100);

    private static Digest blob(int number) {
        return Digest.of(new byte[] {(byte) number});
    }

    private static Stored old(long sizeBytes) {
        return new Stored(sizeBytes, NOW.minus(DAY));
    }

    @Test
    void anEmptyAnswerDeletesNothing() {
        var inventory = new Inventory(Map.of(blob(1), old(1)), Set.of(), List.of(), Set.of());

        assertThat(BlobGarbage.deletable(inventory, NOW, LIMITS)).isEmpty();
    }

    @Test
    void onlyWhatIsOldAndNeededByNobodyGoes() {
        var stored = Map.of(
                blob(1),
                old(1),
                blob(2),
                old(1),
                blob(3),
                old(1),
                blob(4),
                new Stored(1, NOW.minus(DAY).plusMillis(1)));
        var inventory = new Inventory(stored, Set.of(blob(1)), List.of(), Set.of(blob(2)));

        assertThat(BlobGarbage.deletable(inventory, NOW, LIMITS)).containsExactly(blob(3));
    }

    @Test
    void ofRetainedVersionsTheLeastRecentlyUsedGoFirst() {
        var stored = new HashMap<Digest, Stored>();
        var retained = new ArrayList<Retained>();
        for (int i = 0; i < 4; i++) {
            stored.put(blob(i), old(10));
            retained.add(new Retained(NOW.minus(DAY.multipliedBy(i + 2L)), Set.of(blob(i))));
        }

        var inventory = new Inventory(stored, Set.of(blob(100)), retained, Set.of());

        assertThat(BlobGarbage.deletable(inventory, NOW, LIMITS)).containsExactlyInAnyOrder(blob(2), blob(3));
    }

    @Test
    void propertiesOfRandomInventories() {
        long seed = 20261123;
        System.out.println("seed=" + seed);
        var random = new Random(seed);
        for (int i = 0; i < 5_000; i++) {
            var inventory = inventory(random);
            var gone = Set.copyOf(BlobGarbage.deletable(inventory, NOW, LIMITS));
            for (var digest : inventory.stored().keySet()) {
                boolean recentUse = inventory.retained().stream()
                        .anyMatch(version -> version.lastUse().plus(DAY).isAfter(NOW)
                                && version.blobs().contains(digest));
                boolean mustStay = inventory.held().isEmpty()
                        || inventory.held().contains(digest)
                        || inventory.busy().contains(digest)
                        || recentUse
                        || inventory.stored().get(digest).modified().plus(DAY).isAfter(NOW);
                boolean retained = inventory.retained().stream()
                        .anyMatch(version -> version.blobs().contains(digest));
                assertThat(gone.contains(digest) && mustStay)
                        .as("inventory %d", i)
                        .isFalse();
                assertThat(gone.contains(digest) || mustStay || retained)
                        .as("inventory %d", i)
                        .isTrue();
            }
            // What stays of the retained versions alone is within the bounds, but for those in use.
            long whole = inventory.retained().stream()
                    .filter(version -> !version.lastUse().plus(DAY).isAfter(NOW))
                    .filter(version -> version.blobs().stream().noneMatch(gone::contains))
                    .filter(version -> version.blobs().stream().anyMatch(digest -> aloneAndOld(inventory, digest)))
                    .filter(version -> version.blobs().stream().noneMatch(digest -> inventory.retained().stream()
                            .anyMatch(other -> other != version && other.blobs().contains(digest))))
                    .count();
            if (!inventory.held().isEmpty()) {
                assertThat(whole).isLessThanOrEqualTo(LIMITS.retainedVersions());
            }
        }
    }

    private static boolean aloneAndOld(Inventory inventory, Digest digest) {
        var stored = inventory.stored().get(digest);
        return stored != null
                && !inventory.held().contains(digest)
                && !inventory.busy().contains(digest)
                && !stored.modified().plus(DAY).isAfter(NOW);
    }

    private static Inventory inventory(Random random) {
        var stored = new HashMap<Digest, Stored>();
        for (int i = 0; i < 20; i++) {
            if (random.nextBoolean()) {
                stored.put(blob(i), new Stored(random.nextInt(60), NOW.minus(Duration.ofHours(random.nextInt(48)))));
            }
        }
        var retained = new ArrayList<Retained>();
        for (int i = random.nextInt(6); i > 0; i--) {
            retained.add(new Retained(NOW.minus(Duration.ofHours(random.nextInt(96))), some(random, 4)));
        }
        return new Inventory(stored, some(random, 5), retained, some(random, 2));
    }

    private static Set<Digest> some(Random random, int most) {
        var digests = new HashSet<Digest>();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            digests.add(blob(random.nextInt(20)));
        }
        return digests;
    }
}
