package io.portolan.planner.routing;

import io.portolan.planner.routing.Trace.Why;
import java.util.List;

/** First usable by priority. Immutable. */
final class PriorityNode extends ProfileNode {
    /** @param entries in order of priority */
    PriorityNode(List<Entry> entries, boolean enabled, boolean matchFamily) {
        super(entries, enabled, matchFamily);
    }

    @Override
    String method() {
        return "priority";
    }

    @Override
    void choose(Choice choice, ClientNetwork network, Trace trace) {
        int first = -1;
        for (int i = 0; i < entries.size(); i++) {
            if (!usable(i, choice)) {
                tellPassed(i, trace);
                continue;
            }
            if (admits(entries.get(i), choice, network)) {
                take(i, choice, network, trace, Why.PRIORITY);
                return;
            }
            trace.passed(this, i, Why.SHARE);
            first = first < 0 ? i : first;
        }
        if (first >= 0) {
            take(first, choice, network, trace, Why.PRIORITY);
        } else {
            trace.empty(this, Why.NONE_ELIGIBLE);
        }
    }
}
