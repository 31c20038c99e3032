package io.portolan.region;

import io.portolan.region.ControllerWants.Key;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * When the versions with controllers were used last: a page or an asset given out, a call. Thread-safe; whoever tells of a use takes no
 * lock and makes no objects.
 */
final class VersionUses {
    private final InstantSource clock;

    /** By extension and version, as texts. */
    private volatile Map<String, Map<String, Use>> uses = Map.of();

    /** When it was, in milliseconds since the epoch, 0 for never; {@code runs} spares the way to the looking thread. */
    private record Use(AtomicLong last, boolean runs) {}

    VersionUses(InstantSource clock) {
        this.clock = clock;
    }

    /** Knows these versions from now on, with whether they run; what was known of them stays. One thread at a time. */
    void know(Map<Key, Boolean> versions) {
        var next = new HashMap<String, Map<String, Use>>();
        versions.forEach((key, runs) -> {
            var use = of(key);
            next.computeIfAbsent(key.extension().value(), extension -> new HashMap<>())
                    .put(key.version().value(), new Use(use == null ? new AtomicLong() : use.last(), runs));
        });
        next.replaceAll((extension, each) -> Map.copyOf(each));
        uses = Map.copyOf(next);
    }

    /** A version was used; answers whether it is known and does not run. */
    boolean used(String extension, String version) {
        var use = of(extension, version);
        if (use == null) {
            return false;
        }
        use.last().set(clock.millis());
        return !use.runs();
    }

    /** Whether the last use is no longer ago than that. */
    boolean isUsed(Key key, Duration within) {
        var use = of(key);
        return use != null
                && use.last().get() > 0
                && clock.millis() - use.last().get() < within.toMillis();
    }

    /** When a version was used last; the beginning of 1970 for never. */
    Instant last(Key key) {
        var use = of(key);
        return Instant.ofEpochMilli(use == null ? 0 : use.last().get());
    }

    private @Nullable Use of(Key key) {
        return of(key.extension().value(), key.version().value());
    }

    private @Nullable Use of(String extension, String version) {
        var versions = uses.get(extension);
        return versions == null ? null : versions.get(version);
    }
}
