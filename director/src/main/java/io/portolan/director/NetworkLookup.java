package io.portolan.director;

import io.portolan.planner.routing.ClientNetwork;

/** Finds what is known of a client's network by its address; bound to one revision's regions. Immutable. */
@FunctionalInterface
interface NetworkLookup {
    /**
     * Looks an address up.
     *
     * @param width 32 or 128
     * @param high  upper 64 bits, see {@link Bits128}
     */
    ClientNetwork find(int width, long high, long low);
}
