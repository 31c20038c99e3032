package io.portolan.planner.routing;

import io.portolan.planner.routing.Trace.Why;
import java.util.List;

/**
 * At random among the usable, in proportion to weight. Immutable.
 *
 * <p>An entry that takes only a share of its clients has its weight reduced by that share.
 */
final class WeightedNode extends ProfileNode {
    /** By family, then entry: sum of the weights up to and with the entry. */
    private final int[][] sums;

    /** @param weights of the entries, 1 to 1000 each */
    WeightedNode(List<Entry> entries, int[] weights, boolean enabled, boolean matchFamily) {
        super(entries, enabled, matchFamily);
        sums = new int[usable.length][];
        for (int family = 0; family < sums.length; family++) {
            sums[family] = sums(weights, family);
        }
    }

    private int[] sums(int[] weights, int family) {
        var shared = new int[weights.length];
        var plain = new int[weights.length];
        int sumShared = 0;
        int sumPlain = 0;
        for (int i = 0; i < weights.length; i++) {
            if (usable[family][i]) {
                sumShared += weights[i] * entries.get(i).admitted();
                sumPlain += weights[i];
            }
            shared[i] = sumShared;
            plain[i] = sumPlain;
        }
        return sumShared > 0 ? shared : plain;
    }

    @Override
    String method() {
        return "weighted";
    }

    @Override
    void choose(Choice choice, ClientNetwork network, Trace trace) {
        var sum = sums[choice.family];
        int total = sum.length == 0 ? 0 : sum[sum.length - 1];
        if (total == 0) {
            trace.empty(this, Why.NONE_ELIGIBLE);
            return;
        }
        int drawn = choice.draw(total);
        for (int i = 0; i < sum.length; i++) {
            if (!usable(i, choice)) {
                tellPassed(i, trace);
            } else if (drawn < sum[i]) {
                take(i, choice, network, trace, Why.DRAWN);
                return;
            }
        }
    }
}
