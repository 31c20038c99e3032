package io.portolan.planner.routing;

import io.portolan.planner.routing.Trace.Why;
import java.util.ArrayList;
import java.util.List;

/**
 * Lowest latency first. Immutable.
 *
 * <ul>
 *   <li>The client's network orders all regions; the first that holds a usable entry is taken.
 *   <li>Several entries at one place share its clients evenly, each client always at the same one.
 *   <li>An entry that takes only a share of its clients passes the others on to the next place.
 *   <li>Where a better region is down, a region that runs the same version as it is preferred to one that is hardly faster: a failover
 *       in mid-rollout should not move people between versions. A version that a rollback left is never preferred.
 *   <li>An entry that joins takes its share of the clients nearest to it and nobody else: none that come from a place that is down, and
 *       none because all others are; unless an operator had it stand in: then it takes all those whose better regions are down.
 * </ul>
 */
final class PerformanceNode extends ProfileNode {
    private static final int[] NOBODY = {};

    private final int[][] byRegion;
    private final int[] unplaced;
    private final int sameVersionWithinMillis;

    PerformanceNode(
            List<Entry> entries, int regions, int sameVersionWithinMillis, boolean enabled, boolean matchFamily) {
        super(entries, enabled, matchFamily);
        this.sameVersionWithinMillis = sameVersionWithinMillis;
        byRegion = new int[regions][];
        for (int region = 0; region < regions; region++) {
            byRegion[region] = at(region);
        }
        unplaced = at(-1);
    }

    private int[] at(int region) {
        var numbers = new ArrayList<Integer>();
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).region() == region) {
                numbers.add(i);
            }
        }
        return numbers.isEmpty()
                ? NOBODY
                : numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    String method() {
        return "performance";
    }

    @Override
    void choose(Choice choice, ClientNetwork network, Trace trace) {
        choice.dependsOn(network.scopePrefix());
        var why = network.known() ? Why.NEAREST : Why.DECLARED_ORDER;
        int chosen = nearest(choice, network, trace, true);
        if (chosen < 0) {
            chosen = nearest(
                    choice, network, trace, false); // nobody takes the client by share: then shares do not count
        }
        if (chosen < 0) {
            trace.empty(this, Why.NONE_ELIGIBLE);
            return;
        }
        int same = sameVersion(chosen, choice, network);
        if (same >= 0) {
            trace.passed(this, chosen, Why.OTHER_VERSION);
            chosen = same;
            why = Why.SAME_VERSION;
        }
        take(chosen, choice, network, trace, why);
    }

    private int nearest(Choice choice, ClientNetwork network, Trace trace, boolean byShare) {
        boolean settled = byShare;
        for (int position = 0; position < byRegion.length; position++) {
            var here = byRegion[network.regionAt(position)];
            int entry = at(here, choice, network, trace, byShare, settled);
            if (entry >= 0) {
                return entry;
            }
            settled &= !isDown(here);
        }
        return at(unplaced, choice, network, trace, byShare, settled);
    }

    private boolean isDown(int[] numbers) {
        for (int number : numbers) {
            if (entries.get(number).state() == EndpointState.DEGRADED) {
                return true;
            }
        }
        return false;
    }

    /** The entry at one place that takes the client, -1 for none. */
    private int at(int[] numbers, Choice choice, ClientNetwork network, Trace trace, boolean byShare, boolean settled) {
        int able = 0;
        for (int number : numbers) {
            if (!usable(number, choice)) {
                tellPassed(number, trace);
            } else if (!takes(entries.get(number), choice, network, byShare, settled)) {
                trace.passed(this, number, Why.SHARE);
            } else {
                able++;
            }
        }
        if (able == 0) {
            return -1;
        }
        int turn = able == 1 ? 0 : choice.clientDraw(network, -1 - numbers[0], able);
        int taken = -1;
        for (int number : numbers) {
            if (usable(number, choice) && takes(entries.get(number), choice, network, byShare, settled)) {
                if (turn-- == 0) {
                    taken = number;
                } else {
                    trace.passed(this, number, Why.OTHER_OF_REGION);
                }
            }
        }
        return taken;
    }

    private boolean takes(Entry entry, Choice choice, ClientNetwork network, boolean byShare, boolean settled) {
        if (!settled && entry.joining()) {
            return entry.standsIn();
        }
        return !byShare || admits(entry, choice, network);
    }

    /** A region hardly slower than the chosen one that runs the version of the better one that is down, -1 for none. */
    private int sameVersion(int chosen, Choice choice, ClientNetwork network) {
        int version = sameVersionWithinMillis > 0 ? lostVersion(chosen, choice, network) : NO_VERSION;
        int region = entries.get(chosen).region();
        if (version < 0 || version == entries.get(chosen).version() || region < 0) {
            return -1;
        }
        // Not a number compares false: nothing is known to be hardly slower then.
        double limit = network.rttMillis(region) + sameVersionWithinMillis;
        for (int position = 0; position < byRegion.length; position++) {
            int other = network.regionAt(position);
            if (!(network.rttMillis(other) <= limit)) {
                continue;
            }
            for (int number : byRegion[other]) {
                var entry = entries.get(number);
                if (entry.version() == version
                        && !entry.joining()
                        && usable(number, choice)
                        && admits(entry, choice, network)) {
                    return number;
                }
            }
        }
        return -1;
    }

    /** Version of the best region that would have been taken were it not down or drained. */
    private int lostVersion(int chosen, Choice choice, ClientNetwork network) {
        for (int position = 0; position < byRegion.length; position++) {
            for (int number : byRegion[network.regionAt(position)]) {
                if (number == chosen) {
                    return NO_VERSION;
                }
                var entry = entries.get(number);
                if (!usable(number, choice) && entry.version() >= 0 && entry.state() != EndpointState.DISABLED) {
                    return entry.version();
                }
            }
        }
        return NO_VERSION;
    }
}
