package io.portolan.director;

import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.OperatorOverride.Action;
import io.portolan.protocol.OverrideReport;
import io.portolan.protocol.Overrides;
import io.portolan.protocol.Revision;
import io.portolan.sync.OverrideRefused;
import io.portolan.sync.OverrideRefused.Code;
import io.portolan.sync.OverrideStore;
import io.portolan.sync.ReplicaSettings;
import io.portolan.sync.VerifiedRevision;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Operators' orders that a director obeys: regions that it does not answer while another one is able. Thread-safe.
 *
 * <p>On disk before they act, and across restarts; the last region that is able to serve is answered even so, because an answer that
 * may work beats none.
 */
final class DirectorOverrides {
    private final OverrideStore store;

    private DirectorOverrides(OverrideStore store) {
        this.store = store;
    }

    static DirectorOverrides open(Path folder, EnvironmentName environment, InstantSource clock, FailPoints failPoints)
            throws IOException {
        return new DirectorOverrides(OverrideStore.open(folder, environment, clock, failPoints));
    }

    /** Who is told when other regions are drained than before, before the order is answered; once, at start. */
    void whenChanged(Runnable listener) {
        store.whenTaken(listener);
    }

    /** Regions drained by orders that a revision does not list as settled. */
    Set<RegionName> drained(Revision revision) {
        return inForce(revision).stream()
                .filter(report -> report.action() == Action.DRAIN)
                .map(report -> new RegionName(report.region()))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Orders in force beside a revision. */
    List<OverrideReport> inForce(Revision revision) {
        return store.inForce(revision);
    }

    /** What was wrong with them on disk, empty text for nothing. */
    String problem() {
        return store.problem();
    }

    /** A revision is about to be applied. */
    void applying() {
        store.applying();
    }

    /** A status that tells of these was accepted; whether one of them ends by that. */
    boolean told(List<OverrideReport> orders, Revision revision) {
        return store.told(orders.stream().map(OverrideReport::id).toList(), revision);
    }

    /** Drops what an applied revision settles. */
    void settle(Revision revision) {
        store.settle(revision);
    }

    /**
     * Takes an order given over the wire.
     *
     * @param revision in use, empty before the first
     */
    Overrides.Answer take(
            byte[] envelope, Optional<VerifiedRevision> revision, boolean dryRun, ReplicaSettings director)
            throws OverrideRefused, IOException {
        if (revision.isEmpty()) {
            throw new OverrideRefused(
                    Code.NO_REVISION,
                    "override: this director has applied no revision yet, so it knows no operator's key");
        }
        var inUse = revision.get();
        var taken = store.offer(envelope, inUse.header(), order -> resolve(order, inUse), dryRun);
        return new Overrides.Answer(
                taken.order().id(),
                taken.order().action(),
                taken.outcome(),
                dryRun,
                director.nodeId(),
                director.region().value(),
                taken.order().extension(),
                taken.version(),
                taken.order().region());
    }

    private static String resolve(OperatorOverride order, VerifiedRevision revision) throws OverrideRefused {
        if (order.action() != Action.DRAIN) {
            throw new OverrideRefused(
                    Code.WRONG_ADDRESSEE,
                    "rolling back " + order.extension() + ": this is a director (expected: region nodes)");
        }
        if (!revision.regions().containsKey(new RegionName(order.region()))) {
            throw new OverrideRefused(
                    Code.NOT_KNOWN,
                    "draining region " + order.region() + ": revision " + revision.id()
                            + " has no such region (there are: "
                            + revision.regions().keySet().stream()
                                    .map(RegionName::value)
                                    .sorted()
                                    .collect(Collectors.joining(", "))
                            + ")");
        }
        return "";
    }
}
