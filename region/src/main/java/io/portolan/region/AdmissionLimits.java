package io.portolan.region;

import java.time.Duration;
import java.util.Objects;

/**
 * How many requests that cannot be answered from memory are worked on at a time, and how many may wait for that. Immutable. What is beyond
 * is answered 503 with {@code Retry-After} and counted in {@code portolan_node_shed_total}.
 *
 * @param running     most that read the disk, hash or put a page together at a time
 * @param pages       most that wait of pages, manifests and files that a page cannot begin without
 * @param files       most that wait of other files
 * @param prefetches  most that wait of what nobody needs yet; none while anything else waits
 * @param longestWait whatever waits longer is not worked on any more: whoever asked has gone elsewhere
 * @param prefetchLag prefetches are refused while the threads of the sockets are so late
 */
public record AdmissionLimits(
        int running, int pages, int files, int prefetches, Duration longestWait, Duration prefetchLag) {
    /** The defaults. */
    public static final AdmissionLimits DEFAULTS =
            new AdmissionLimits(64, 1024, 2048, 64, Duration.ofSeconds(5), Duration.ofMillis(100));

    public AdmissionLimits {
        if (running < 1 || pages < 1 || files < 1 || prefetches < 0) {
            throw new IllegalArgumentException("admission: running " + running + ", pages " + pages + ", files " + files
                    + ", prefetches " + prefetches + " (expected: 1 or more, prefetches 0 or more)");
        }
        Objects.requireNonNull(longestWait, "longestWait");
        Objects.requireNonNull(prefetchLag, "prefetchLag");
    }
}
