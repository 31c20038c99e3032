package io.portolan.planner.routing;

import io.portolan.planner.routing.Trace.Why;
import java.util.List;

/** Every usable entry, at random where there are more than the maximum. Immutable. */
final class MultiValueNode extends ProfileNode {
    private final int maxReturn;

    /** @param entries leaves only */
    MultiValueNode(List<Entry> entries, int maxReturn, boolean enabled, boolean matchFamily) {
        super(entries, enabled, matchFamily);
        this.maxReturn = maxReturn;
    }

    @Override
    String method() {
        return "multivalue";
    }

    @Override
    void choose(Choice choice, ClientNetwork network, Trace trace) {
        if (sample(choice, network, trace, true) == 0 && sample(choice, network, trace, false) == 0) {
            trace.empty(this, Why.NONE_ELIGIBLE);
        }
    }

    /** Reservoir sampling (Vitter's algorithm R): each of n entries with probability max/n, without memory. */
    private int sample(Choice choice, ClientNetwork network, Trace trace, boolean byShare) {
        int seen = 0;
        for (int i = 0; i < entries.size(); i++) {
            if (!usable(i, choice)) {
                tellPassed(i, trace);
                continue;
            }
            if (byShare && !admits(entries.get(i), choice, network)) {
                trace.passed(this, i, Why.SHARE);
                continue;
            }
            trace.took(this, i, Why.ONE_OF_MANY);
            if (seen++ < maxReturn) {
                choice.add(entries.get(i).leaf());
            } else {
                choice.nextDraw();
                int place = choice.draw(seen);
                if (place < maxReturn) {
                    choice.set(place, entries.get(i).leaf());
                }
            }
        }
        return seen;
    }
}
