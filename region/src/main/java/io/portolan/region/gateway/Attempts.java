package io.portolan.region.gateway;

import io.portolan.region.gateway.ClientSide.Unanswered;
import io.portolan.region.gateway.UpstreamMetrics.Event;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a call is tried: at replicas here, one after the other, and when none of them took it, at other nodes. On the event loop of the
 * call.
 */
final class Attempts {
    private final Gateway gateway;
    private final UpstreamState state;
    private final CallTarget target;
    private final List<Endpoint> tried = new ArrayList<>(2);
    private @Nullable Iterator<Endpoint> regions;
    private @Nullable Unanswered whyNotHere;
    private String detailHere = "";
    private int count;
    private boolean renewed;

    Attempts(Gateway gateway, UpstreamState state, CallTarget target) {
        this.gateway = gateway;
        this.state = state;
        this.target = target;
    }

    /** Whether other nodes are asked. */
    boolean isElsewhere() {
        return regions != null;
    }

    /** Whether another node may be asked yet. */
    boolean isAnotherLeft() {
        return regions != null && regions.hasNext();
    }

    /** Whether a connection that had been used before turned out to be closed: from then on only new ones are used. */
    boolean isRenewed() {
        return renewed;
    }

    /** Where to try next; null for nowhere. */
    @Nullable
    Endpoint next(long now) {
        var others = regions;
        if (others != null) {
            return others.hasNext() ? others.next() : null;
        }
        if (count > 0) {
            // A while has passed: replicas may have gone, and others come.
            target.now().get().ifPresent(upstream -> state.update(upstream, now));
        }
        return state.balancer.pick(tried, now);
    }

    /** An attempt begins. */
    void begun() {
        count++;
    }

    /** Whether others may follow the present attempt here. */
    boolean mayFollow() {
        return !isLast() && state.balancer.size() > 1;
    }

    /** Whether there were as many as there may be. */
    boolean isLast() {
        return count >= gateway.settings().attempts();
    }

    /** Whether every replica was tried. */
    boolean areAllTried() {
        return state.balancer.size() <= tried.size();
    }

    /** Whether none was. */
    boolean isNoneTried() {
        return tried.isEmpty();
    }

    /** The present attempt failed, and not for a connection that was closed before. */
    void failed(Endpoint at) {
        tried.add(at);
    }

    /** It failed for that. */
    void renew() {
        renewed = true;
    }

    /** Whether too many calls of this controller were tried again already; else one more is. */
    boolean areTooMany(long now) {
        boolean taken = state.retries.take(now);
        state.metrics.count(taken ? Event.RETRIES : Event.BUDGET_EMPTY);
        return !taken;
    }

    /** Goes on to other nodes, once; false where there are none to ask. */
    boolean goElsewhere(Unanswered why, String detail, long now) {
        if (regions != null || !target.via().isEmpty()) {
            return false;
        }
        var others = gateway.regions(target.others().get(), now);
        if (others.isEmpty()) {
            return false;
        }
        whyNotHere = why;
        detailHere = detail;
        regions = others.iterator();
        state.metrics.count(Event.FAILOVERS);
        return true;
    }

    /** What the client is told: where no other node has a replica either, what is wrong here is the answer. */
    Unanswered why(Unanswered last) {
        var here = whyNotHere;
        return here == null ? last : here;
    }

    /** The same in words. */
    String detail(String last) {
        var said = whyNotHere == null ? last : detailHere;
        return said.isEmpty() ? "no replica takes calls now" : said;
    }
}
