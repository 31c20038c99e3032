package io.portolan.model.controller;

import java.time.Duration;
import java.util.Objects;

/** Bounds of durations. Stateless. */
final class Times {
    private Times() {}

    static void requireBetween(String name, Duration value, Duration least, Duration most) {
        Objects.requireNonNull(value, name);
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + " to " + most + ")");
        }
    }
}
