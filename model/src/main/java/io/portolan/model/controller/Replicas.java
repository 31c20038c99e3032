package io.portolan.model.controller;

/**
 * How many replicas a controller has in a region. Immutable.
 *
 * @param min              started, 1 or more
 * @param max              most that an engine that scales may run, {@code min} or more, at most {@link #MOST}
 * @param targetCpuPercent use of the requested CPU at which such an engine adds replicas, 1 to 100
 */
public record Replicas(int min, int max, int targetCpuPercent) {
    /** Most replicas of a controller in a region. */
    public static final int MOST = 64;

    /** One. */
    public static final Replicas ONE = fixed(1);

    public Replicas {
        if (min < 1 || min > MOST) {
            throw new IllegalArgumentException("replicas: min: " + min + " (expected: 1 to " + MOST + ")");
        }
        if (max < min || max > MOST) {
            throw new IllegalArgumentException("replicas: max: " + max + " (expected: " + min + " to " + MOST + ")");
        }
        if (targetCpuPercent < 1 || targetCpuPercent > 100) {
            throw new IllegalArgumentException(
                    "replicas: targetCpuPercent: " + targetCpuPercent + " (expected: 1 to 100)");
        }
    }

    /** Always so many. */
    public static Replicas fixed(int count) {
        return new Replicas(count, count, 70);
    }
}
