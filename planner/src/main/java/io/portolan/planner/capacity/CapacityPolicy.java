package io.portolan.planner.capacity;

/**
 * What the rest of an environment must still be able to do. Immutable.
 *
 * @param headroom     the rest must carry the whole load times this, 1 or more
 * @param spareRegions how many of the largest regions that are left may be lost as well before the load (without headroom) is no
 *                     longer carried, 0 or more
 * @param assumedUse   share of its capacity that a region is taken to carry where its load is not measured, above 0, at most 1
 * @param mostOut      share of the regions that may be out together, above 0, at most 1: what automation is bound by
 */
public record CapacityPolicy(double headroom, int spareRegions, double assumedUse, double mostOut) {
    /** Headroom unless an environment says otherwise. */
    public static final double HEADROOM = 1.2;

    /** Use that is assumed where nothing is measured. */
    public static final double ASSUMED_USE = 0.5;

    /** {@code maxAutomaticRemoval} unless an environment says otherwise. */
    public static final double MAX_AUTOMATIC_REMOVAL = 0.5;

    /** For what a person asks for: the loss of one more region is survived; any share, but never the last. */
    public static final CapacityPolicy PERSON = new CapacityPolicy(HEADROOM, 1, ASSUMED_USE, 1);

    /** For what automation does by itself: as a person's, and never more than half of the regions. */
    public static final CapacityPolicy AUTOMATION = new CapacityPolicy(HEADROOM, 1, ASSUMED_USE, MAX_AUTOMATIC_REMOVAL);

    public CapacityPolicy {
        if (!(headroom >= 1) || Double.isInfinite(headroom)) {
            throw new IllegalArgumentException("headroom: " + headroom + " (expected: 1 or more)");
        }
        if (spareRegions < 0) {
            throw new IllegalArgumentException("spareRegions: " + spareRegions + " (expected: 0 or more)");
        }
        share("assumedUse", assumedUse);
        share("mostOut", mostOut);
    }

    /** The same, with another number of further losses that must be survived. */
    public CapacityPolicy spare(int regions) {
        return new CapacityPolicy(headroom, regions, assumedUse, mostOut);
    }

    private static void share(String name, double value) {
        if (!(value > 0 && value <= 1)) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: above 0, at most 1)");
        }
    }
}
