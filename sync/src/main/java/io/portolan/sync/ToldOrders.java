package io.portolan.sync;

import io.portolan.protocol.Revision;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which of an operator's orders the control plane has heard of from this node. Thread-safe.
 *
 * <p>One that it has not heard of is not over when a revision lists it as settled: it was settled for others. Heard of only after that,
 * it ends with the next revision that is applied, which may be about it, or else with the second accepted status. A memory of the
 * process: after a restart everything is told again.
 */
final class ToldOrders {
    private final Set<String> once = new HashSet<>();
    private volatile Set<String> ending = Set.of();

    /** Whether the order is over beside the revision. */
    boolean ends(String id, Revision revision) {
        return ending.contains(id) && revision.settledOverrides().contains(id);
    }

    /** A revision is about to be applied: whoever made it, or makes the next one, knows what was told before. */
    synchronized void applying() {
        end(once);
    }

    /**
     * A status was accepted that tells of these.
     *
     * @param inForce  orders that this node has by now; others are forgotten
     * @param revision in use
     * @return whether one of them is over beside that revision and was not before
     */
    synchronized boolean accepted(Collection<String> ids, Set<String> inForce, Revision revision) {
        var again = ids.stream().filter(once::contains).toList();
        boolean ends = again.stream()
                .anyMatch(id ->
                        !ending.contains(id) && revision.settledOverrides().contains(id));
        once.addAll(ids);
        once.retainAll(inForce);
        end(again);
        if (!inForce.containsAll(ending)) {
            ending = ending.stream().filter(inForce::contains).collect(Collectors.toUnmodifiableSet());
        }
        return ends;
    }

    private synchronized void end(Collection<String> ids) {
        if (!ending.containsAll(ids)) {
            var more = new HashSet<>(ending);
            more.addAll(ids);
            ending = Set.copyOf(more);
        }
    }
}
