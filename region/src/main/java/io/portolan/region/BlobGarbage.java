package io.portolan.region;

import io.portolan.model.Digest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Decides which blobs of a node may be deleted. Pure: same arguments, same answer.
 *
 * <p>A blob may go when no version needs it that a kept revision holds, nobody fetches it, no retained version needs it that is
 * within the bounds or was asked for lately, and it is older than the least age. Where nothing at all is held, nothing goes: an
 * empty inventory is no reason to delete.
 */
final class BlobGarbage {
    private BlobGarbage() {}

    /**
     * Bounds.
     *
     * @param leastAge         younger blobs stay
     * @param recent           retained versions asked for since stay
     * @param retainedVersions most retained versions of a node
     * @param retainedBytes    most bytes of blobs that retained versions alone need
     */
    record Limits(Duration leastAge, Duration recent, int retainedVersions, long retainedBytes) {
        /** A day, a day, 1,000 versions, 4 GiB. */
        static final Limits DEFAULTS = new Limits(Duration.ofHours(24), Duration.ofHours(24), 1_000, 4L << 30);

        Limits {
            Objects.requireNonNull(leastAge, "leastAge");
            Objects.requireNonNull(recent, "recent");
        }
    }

    /** A version that is kept for pages that are open. */
    record Retained(Instant lastUse, Set<Digest> blobs) {
        Retained {
            blobs = Set.copyOf(blobs);
        }
    }

    /** A blob on disk. */
    record Stored(long sizeBytes, Instant modified) {}

    /**
     * What lies on disk, and who needs it.
     *
     * @param held     blobs of versions that kept revisions hold in full
     * @param retained versions that are retained
     * @param busy     blobs that are being fetched or checked
     */
    record Inventory(Map<Digest, Stored> stored, Set<Digest> held, List<Retained> retained, Set<Digest> busy) {
        Inventory {
            stored = Map.copyOf(stored);
            held = Set.copyOf(held);
            retained = List.copyOf(retained);
            busy = Set.copyOf(busy);
        }
    }

    /** What may be deleted now, in order. */
    static List<Digest> deletable(Inventory inventory, Instant now, Limits limits) {
        if (inventory.held().isEmpty()) {
            return List.of();
        }
        var needed = new HashSet<>(inventory.held());
        needed.addAll(inventory.busy());
        keepRetained(inventory, now, limits, needed);
        var deletable = new ArrayList<Digest>();
        inventory.stored().forEach((digest, stored) -> {
            if (!needed.contains(digest)
                    && !stored.modified().plus(limits.leastAge()).isAfter(now)) {
                deletable.add(digest);
            }
        });
        deletable.sort(Comparator.naturalOrder());
        return List.copyOf(deletable);
    }

    /** Adds the blobs of those retained versions that stay: the last used first, until a bound is met. */
    private static void keepRetained(Inventory inventory, Instant now, Limits limits, Set<Digest> needed) {
        var lastFirst = inventory.retained().stream()
                .sorted(Comparator.comparing(Retained::lastUse).reversed())
                .toList();
        int versions = 0;
        long bytes = 0;
        for (var version : lastFirst) {
            long more = version.blobs().stream()
                    .filter(digest -> !needed.contains(digest))
                    .map(inventory.stored()::get)
                    .filter(Objects::nonNull)
                    .mapToLong(Stored::sizeBytes)
                    .sum();
            boolean recent = version.lastUse().plus(limits.recent()).isAfter(now);
            if (recent || (versions < limits.retainedVersions() && bytes + more <= limits.retainedBytes())) {
                versions++;
                bytes += more;
                needed.addAll(version.blobs());
            }
        }
    }
}
