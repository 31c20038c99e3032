package io.portolan.planner.routing;

import io.portolan.planner.routing.Trace.Why;
import java.util.List;
import java.util.Optional;

/**
 * A profile that replaces another step by step: a share of the clients gets the new one, the others still the old one. Immutable.
 *
 * <p>A client network gets the same one for as long as the share stays, and once it has the new one it keeps it while the share rises.
 * Regions are not looked at: each of the two decides with the health it knows.
 */
final class TurningNode extends ProfileNode {
    private static final int NEW = 0;
    private static final int OLD = 1;

    /** Apart from the salts of regions, so that a client's place in this ramp says nothing of its place in theirs. */
    private static final int SALT = 0x7475726e;

    private final int share;

    /** @param share of the clients that get the new one, in thousandths */
    TurningNode(ProfileNode wanted, ProfileNode replaced, int share) {
        super(List.of(entry("new profile", wanted), entry("replaced profile", replaced)), true, false);
        this.share = share;
    }

    private static Entry entry(String name, ProfileNode child) {
        return new Entry(
                name,
                -1,
                List.of(child),
                child.state(1),
                child.families(),
                -1,
                NO_VERSION,
                HealthView.ALL,
                false,
                false);
    }

    @Override
    String method() {
        return "change";
    }

    private ProfileNode child(int entry) {
        return entries.get(entry).child().getFirst();
    }

    @Override
    void choose(Choice choice, ClientNetwork network, Trace trace) {
        if (share >= HealthView.ALL) {
            give(child(NEW), choice, network, trace);
            return;
        }
        boolean turned = choice.clientDraw(network, SALT, HealthView.ALL) < share;
        trace.took(this, turned ? NEW : OLD, turned ? Why.TURNED : Why.NOT_YET_TURNED);
        choice.nextDraw();
        give(child(turned ? NEW : OLD), choice, network, trace);
    }

    private static void give(ProfileNode child, Choice choice, ClientNetwork network, Trace trace) {
        if (child.enabled) {
            child.choose(choice, network, trace);
        } else {
            choice.noName();
        }
    }

    @Override
    Optional<ProfileNode> settled() {
        return share >= HealthView.ALL ? Optional.of(child(NEW)) : Optional.empty();
    }

    /** The new profile's, once it is that of everybody: it is what the whole is asked for. */
    @Override
    EndpointState state(int minChildEndpoints) {
        return share >= HealthView.ALL ? child(NEW).state(minChildEndpoints) : super.state(minChildEndpoints);
    }
}
