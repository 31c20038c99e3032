package io.portolan.model.controller;

/**
 * What one replica may use at most. Immutable.
 *
 * @param cpuMillis   thousandths of a processor, 0 for no limit
 * @param memoryBytes bytes of memory, 0 for no limit
 */
public record Resources(int cpuMillis, long memoryBytes) {
    /** No limit. */
    public static final Resources UNLIMITED = new Resources(0, 0);

    /** Least memory that a limit may leave. */
    public static final long LEAST_MEMORY_BYTES = 4L << 20;

    public Resources {
        if (cpuMillis < 0) {
            throw new IllegalArgumentException("resources: cpuMillis: " + cpuMillis + " (expected: 0 or more)");
        }
        if (memoryBytes != 0 && memoryBytes < LEAST_MEMORY_BYTES) {
            throw new IllegalArgumentException("resources: memoryBytes: " + memoryBytes + " (expected: 0, or at least "
                    + LEAST_MEMORY_BYTES + ")");
        }
    }

    /** Whether anything is limited. */
    public boolean isLimited() {
        return cpuMillis > 0 || memoryBytes > 0;
    }
}
