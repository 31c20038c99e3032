package io.portolan.region;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Places for requests that wait for content from the store: so many in all, and at most half of them for one extension, so that one whose content
 * does not come leaves room for the others. Thread-safe.
 */
final class WaitingRoom {
    /** One extension gets at most one part in so many. */
    private static final int SHARES = 2;

    private final int places;
    private final int placesOfOne;
    /** Those that wait, by extension. Nobody stands with 0. */
    @GuardedBy("this")
    private final Map<String, Integer> waiting = new HashMap<>();

    @GuardedBy("this")
    private int taken;

    WaitingRoom(int places) {
        this.places = places;
        this.placesOfOne = Math.max(1, places / SHARES);
    }

    /** A place, given back by closing it, once. */
    interface Place extends AutoCloseable {
        @Override
        void close();
    }

    /** A place for a request that is to wait for content of an extension; empty when there is none. */
    synchronized Optional<Place> enter(String whose) {
        if (taken >= places || waiting.getOrDefault(whose, 0) >= placesOfOne) {
            return Optional.empty();
        }
        taken++;
        waiting.merge(whose, 1, Integer::sum);
        return Optional.of(() -> leave(whose));
    }

    private synchronized void leave(String whose) {
        taken--;
        int left = waiting.getOrDefault(whose, 1) - 1;
        if (left == 0) {
            waiting.remove(whose);
        } else {
            waiting.put(whose, left);
        }
    }
}
