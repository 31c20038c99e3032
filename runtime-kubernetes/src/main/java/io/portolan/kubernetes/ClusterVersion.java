package io.portolan.kubernetes;

import java.util.Optional;

/**
 * The version of a cluster's API server, as far as what is asked of it depends on it. Immutable.
 *
 * @param major the first number, 1
 * @param minor the second number
 */
record ClusterVersion(int major, int minor) {
    /** What is reckoned with where a server does not tell. */
    static final ClusterVersion NEWEST = new ClusterVersion(1, Integer.MAX_VALUE);

    /** From here on pods may be told to sleep before they end; an older server refuses a workload that says so. */
    private static final int PODS_SLEEP = 30;

    /** As a server tells it: the second number may have a sign behind it ({@code 25+}). Empty where these are no numbers. */
    static Optional<ClusterVersion> of(String major, String minor) {
        try {
            return Optional.of(new ClusterVersion(number(major), number(minor)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Whether a pod can sleep before it ends without a program of its image that does. */
    boolean podsSleep() {
        return major > 1 || minor >= PODS_SLEEP;
    }

    private static int number(String text) {
        return Integer.parseInt(text.replaceAll("\\D.*", ""));
    }
}
