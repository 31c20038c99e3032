package io.portolan.planner.routing;

import io.portolan.planner.routing.Trace.Why;
import java.util.List;
import java.util.Optional;

/**
 * One profile of a compiled tree: its entries with their states, and which of them may be taken. Immutable.
 *
 * <p>Which may be taken is decided once, here, for every method: those servable; if there are none, all that are eligible, as if they were
 * online (the reference's rule for "all degraded"); never one that is stopped or disabled. With {@code matchFamily} the same rule is
 * applied first to the entries that have an address of the family asked for.
 */
abstract sealed class ProfileNode
        permits PerformanceNode, PriorityNode, WeightedNode, GeographicNode, MultiValueNode, SubnetNode, TurningNode {
    /** Index into {@link #usable} for a question that is about neither family. */
    static final int ANY_FAMILY = 0;

    /** Of an entry that runs no version. */
    static final int NO_VERSION = -1;

    private static final int FAMILIES = 3;

    final List<Entry> entries;
    final boolean enabled;
    final boolean allDegraded;

    /** By family (any, IPv4, IPv6), then entry. */
    final boolean[][] usable;

    /**
     * An endpoint of the node.
     *
     * @param leaf     number of its compiled endpoint, -1 where it is nested
     * @param child    the nested profile, or nothing
     * @param families bit 1 for IPv4, bit 2 for IPv6
     * @param region   number of the region that it stands in (for latency), -1 for none
     * @param version  number of the version that a region runs, -1 for none, -2 for one that was withdrawn
     * @param admitted share of its clients that it takes, in thousandths
     * @param joining  whether it is a new region that takes no more than its share, and nobody from a region that is down
     * @param standsIn whether it takes all clients of regions that are down whose next it is, though it joins
     */
    record Entry(
            String name,
            int leaf,
            List<ProfileNode> child,
            EndpointState state,
            int families,
            int region,
            int version,
            int admitted,
            boolean joining,
            boolean standsIn) {}

    ProfileNode(List<Entry> entries, boolean enabled, boolean matchFamily) {
        this.entries = List.copyOf(entries);
        this.enabled = enabled;
        boolean[] any = usable(entries, ~0);
        usable = new boolean[FAMILIES][];
        usable[ANY_FAMILY] = any;
        for (int family = 1; family < FAMILIES; family++) {
            var those = matchFamily ? usable(entries, family) : any;
            usable[family] = isEmpty(those) ? any : those;
        }
        allDegraded = !isEmpty(any)
                && entries.stream().noneMatch(entry -> entry.state().servable());
    }

    private static boolean[] usable(List<Entry> entries, int families) {
        var servable = new boolean[entries.size()];
        var eligible = new boolean[entries.size()];
        boolean known = false;
        for (int i = 0; i < servable.length; i++) {
            var entry = entries.get(i);
            boolean fits = (entry.families() & families) != 0;
            servable[i] = fits && entry.state().servable();
            eligible[i] = fits && entry.state().eligible();
            known |= servable[i] && (!entry.joining() || entry.standsIn());
        }
        // One that joins is no reason to give the others up.
        return known ? servable : eligible;
    }

    private static boolean isEmpty(boolean[] flags) {
        for (boolean flag : flags) {
            if (flag) {
                return false;
            }
        }
        return true;
    }

    /** Takes entries into the choice; leaves it empty where the method has no answer. */
    abstract void choose(Choice choice, ClientNetwork network, Trace trace);

    /** The profile that decides for everybody where this one only leads to it. */
    Optional<ProfileNode> settled() {
        return Optional.empty();
    }

    /** How the method is called. */
    abstract String method();

    /** Families that an answer may have. */
    int families() {
        int families = 0;
        for (int i = 0; i < entries.size(); i++) {
            if (usable[ANY_FAMILY][i]) {
                families |= entries.get(i).families();
            }
        }
        return families;
    }

    final boolean usable(int entry, Choice choice) {
        return usable[choice.family][entry];
    }

    /** Whether the entry takes this client, by its share; looks at the client only where there is one. */
    final boolean admits(Entry entry, Choice choice, ClientNetwork network) {
        return entry.admitted() >= HealthView.ALL
                || choice.clientDraw(network, entry.region(), HealthView.ALL) < entry.admitted();
    }

    /** Takes an entry: itself, or what its child takes. */
    final void take(int number, Choice choice, ClientNetwork network, Trace trace, Why why) {
        var entry = entries.get(number);
        trace.took(this, number, why);
        if (entry.leaf() >= 0) {
            choice.add(entry.leaf());
        } else {
            choice.nextDraw();
            entry.child().getFirst().choose(choice, network, trace);
        }
    }

    /** Tells why an entry that may not be taken was passed over. */
    final void tellPassed(int number, Trace trace) {
        var entry = entries.get(number);
        trace.passed(
                this,
                number,
                switch (entry.state()) {
                    case DISABLED -> Why.DISABLED;
                    case STOPPED -> Why.STOPPED;
                    case DEGRADED -> Why.DEGRADED;
                    case ONLINE, CHECKING, UNMONITORED -> Why.OTHER_FAMILY;
                });
    }

    /** State of the whole profile, as its parent sees it. */
    EndpointState state(int minChildEndpoints) {
        boolean active = entries.stream().anyMatch(entry -> entry.state().eligible());
        if (!enabled || !active) {
            return EndpointState.STOPPED;
        }
        long online = entries.stream()
                .filter(entry -> entry.state() == EndpointState.ONLINE || entry.state() == EndpointState.UNMONITORED)
                .count();
        if (online >= minChildEndpoints) {
            return EndpointState.ONLINE;
        }
        long checking = entries.stream()
                .filter(entry -> entry.state() == EndpointState.CHECKING)
                .count();
        return online + checking >= minChildEndpoints ? EndpointState.CHECKING : EndpointState.DEGRADED;
    }
}
