package io.portolan.planner.bringup;

import java.util.Objects;

/**
 * One thing that was looked at before a region may go on. Immutable.
 *
 * @param name   such as {@code clock}
 * @param text   what was seen, with figures
 */
public record Check(String name, Result result, String text) {
    public Check {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(result, "result");
        Objects.requireNonNull(text, "text");
    }

    /** What came of it. */
    public enum Result {
        PASS,
        FAIL,
        /** Nothing that holds the region, and something that somebody should look at. */
        WARN,
        /** Not known yet: never a pass. */
        PENDING,
        /** What it would look at does not exist here yet; the text says why. */
        SKIPPED
    }

    public static Check pass(String name, String text) {
        return new Check(name, Result.PASS, text);
    }

    public static Check fail(String name, String text) {
        return new Check(name, Result.FAIL, text);
    }

    public static Check warn(String name, String text) {
        return new Check(name, Result.WARN, text);
    }

    public static Check pending(String name, String text) {
        return new Check(name, Result.PENDING, text);
    }

    public static Check skipped(String name, String text) {
        return new Check(name, Result.SKIPPED, text);
    }

    /** The same, of one node of several. */
    public Check of(String node) {
        return new Check(name, result, node + ": " + text);
    }

    @Override
    public String toString() {
        return name + ": " + (result == Result.PASS ? "" : result + ", ") + text;
    }
}
