package io.portolan.planner.capacity;

import io.portolan.model.RegionName;
import java.util.Objects;

/**
 * What one region can carry and carries. Immutable.
 *
 * @param capacity what it can carry, above 0, in any unit that all regions of a question share (declared capacity is relative)
 * @param load     what it carries
 */
public record RegionCapacity(RegionName region, double capacity, Load load, Standing standing) {
    public RegionCapacity {
        Objects.requireNonNull(region, "region");
        Objects.requireNonNull(load, "load");
        Objects.requireNonNull(standing, "standing");
        if (!(capacity > 0) || Double.isInfinite(capacity)) {
            throw new IllegalArgumentException(
                    "capacity of " + region + ": " + capacity + " (expected: a number above 0)");
        }
    }

    /** A region of which only the declared capacity is known. */
    public static RegionCapacity declared(RegionName region, int capacity, Standing standing) {
        return new RegionCapacity(region, capacity, new Load.NotMeasured(), standing);
    }

    /** Whether the region counts among those that carry load. */
    public enum Standing {
        /** Live, healthy and answered: it carries load and can take more. */
        SERVING,
        /** Drained, on its way back, or down: it is not counted on, and the users that it had are with the other regions. */
        AWAY,
        /** Not in service yet or any more: it carries nothing, takes nothing and has no users elsewhere. */
        OUT,
        /** Nothing is known of its health: its load has to be carried, and it is not counted on. */
        UNKNOWN
    }

    /** What a region carries. */
    public sealed interface Load {
        /** So much, in the unit of the capacity, 0 or more. */
        record Measured(double amount) implements Load {
            public Measured {
                if (!(amount >= 0) || Double.isInfinite(amount)) {
                    throw new IllegalArgumentException("load: " + amount + " (expected: 0 or more)");
                }
            }
        }

        /** Not known: the policy's {@link CapacityPolicy#assumedUse()} of its capacity is taken for it. */
        record NotMeasured() implements Load {}
    }
}
