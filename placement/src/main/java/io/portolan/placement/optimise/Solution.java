package io.portolan.placement.optimise;

import java.util.List;

/**
 * The best choice that a search found. Immutable.
 *
 * @param sites      chosen sites, ascending; empty when there is no choice that keeps to every rule
 * @param value      value of the choice, infinite when there is none
 * @param lowerBound no choice has a lower value; equal to the value, but for rounding, when it is proved to be the best
 * @param nodes      how many parts the search looked at
 */
public record Solution(List<Integer> sites, double value, double lowerBound, long nodes) {
    /** Relative difference that counts as none. */
    static final double ROUNDING = 1e-9;

    public Solution {
        sites = List.copyOf(sites);
    }

    /** Whether there is a choice. */
    public boolean exists() {
        return !sites.isEmpty();
    }

    /** How much better another choice could be at most, as a share of the value; 0 when it is proved that none is. */
    public double gap() {
        if (!exists() || value <= 0) {
            return 0;
        }
        double gap = (value - lowerBound) / value;
        return gap <= 10 * ROUNDING ? 0 : gap;
    }
}
