package io.portolan.placement.workload;

/**
 * What is wrong with one value of a workload. Immutable.
 *
 * @param path     where it stands, such as {@code interactions[0].serverTime}
 * @param actual   the value as given, or {@code nothing}
 * @param expected what would be right
 */
public record Violation(String path, String actual, String expected) {
    @Override
    public String toString() {
        return path + ": " + actual + " (expected: " + expected + ")";
    }
}
