package io.portolan.kubernetes;

import java.util.HashSet;
import java.util.Map;
import java.util.Objects;

/**
 * Whether a watch still tells what happens. A connection that somebody between has forgotten stays open and silent: no error comes, and
 * the client would notice after ten minutes. What the watch told is compared with a list, again and again: it is behind for good if it
 * has not moved since the last time on something that the list had in another version then, and has now. Not thread-safe.
 */
final class Freshness {
    private Map<String, String> toldBefore = Map.of();
    private Map<String, String> listedBefore = Map.of();

    /**
     * Whether the watch is behind for good.
     *
     * @param told   versions of objects as the watch told them, by identity; taken before the list was asked for
     * @param listed the same as the server listed them
     */
    boolean isStale(Map<String, String> told, Map<String, String> listed) {
        var keys = new HashSet<>(toldBefore.keySet());
        keys.addAll(listedBefore.keySet());
        boolean stale = keys.stream().anyMatch(key -> {
            var before = toldBefore.get(key);
            return !Objects.equals(before, listedBefore.get(key))
                    && Objects.equals(before, told.get(key))
                    && !Objects.equals(told.get(key), listed.get(key));
        });
        toldBefore = stale ? Map.of() : Map.copyOf(told);
        listedBefore = stale ? Map.of() : Map.copyOf(listed);
        return stale;
    }
}
