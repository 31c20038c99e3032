package io.portolan.runtime;

import java.time.Duration;

/** Comparing durations. Stateless. */
final class Times {
    private Times() {}

    static Duration least(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
