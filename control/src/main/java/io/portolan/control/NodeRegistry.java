package io.portolan.control;

import io.portolan.model.RegionName;
import io.portolan.protocol.NodeStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The last status of every node, in memory: after a restart of the control plane a node is unknown until it reports again, which
 * it does every few seconds. Thread-safe.
 */
final class NodeRegistry {
    /** A node that said nothing for so long may be out of rotation. */
    static final Duration SILENCE = Duration.ofSeconds(15);

    private final Map<String, Seen> nodes = new ConcurrentHashMap<>();

    /**
     * What was heard of a node.
     *
     * @param receivedAt receipt of the last status
     * @param changedAt  receipt of the first status that said what the last one says about revision, content and quarantine
     */
    record Seen(NodeStatus status, Instant receivedAt, Instant changedAt) {}

    /** What a status did. */
    enum Effect {
        /** Older than one already seen: ignored. */
        STALE,
        SAME,
        /** Something moved on, such as the bytes that are still missing. */
        CHANGED,
        /** Worth a row of the log: another revision, fault, quarantine or list of regions that are down, or content complete. */
        NOTABLE
    }

    /** What {@link #heard} would do now. */
    Effect effectOf(NodeStatus status) {
        return effect(nodes.get(status.id()), status);
    }

    Effect heard(NodeStatus status, Instant now) {
        var effect = new Effect[1];
        nodes.compute(status.id(), (id, before) -> {
            effect[0] = effect(before, status);
            return switch (effect[0]) {
                case STALE -> before;
                case SAME -> new Seen(status, now, before == null ? now : before.changedAt());
                case CHANGED, NOTABLE -> new Seen(status, now, now);
            };
        });
        return effect[0];
    }

    private static Effect effect(@Nullable Seen before, NodeStatus status) {
        if (before == null) {
            return Effect.NOTABLE;
        }
        var old = before.status();
        if (old.bootId().equals(status.bootId()) && status.sequence() <= old.sequence()) {
            return Effect.STALE;
        }
        if (notable(old, status)) {
            return Effect.NOTABLE;
        }
        return old.lacking().equals(status.lacking()) ? Effect.SAME : Effect.CHANGED;
    }

    private static boolean notable(NodeStatus old, NodeStatus status) {
        return old.epoch() != status.epoch()
                || old.revision() != status.revision()
                || !old.digest().equals(status.digest())
                || (old.lackingCount() == 0) != (status.lackingCount() == 0)
                || !old.quarantined().equals(status.quarantined())
                || !old.lastError().equals(status.lastError())
                || !old.down().equals(status.down());
    }

    Optional<Seen> of(String nodeId) {
        return Optional.ofNullable(nodes.get(nodeId));
    }

    /** blobsFetched of every region node, by {@code id/bootId}. */
    Map<String, Long> fetched() {
        var fetched = new HashMap<String, Long>();
        nodes.values().stream()
                .map(Seen::status)
                .filter(status -> status.kind().equals("region"))
                .forEach(status -> fetched.put(status.id() + "/" + status.bootId(), status.blobsFetched()));
        return fetched;
    }

    /** Whether a node counts: heard of lately, or still in an answer of a director that was heard of lately. */
    boolean inRotation(String nodeId, RegionName region, Instant now) {
        var seen = nodes.get(nodeId);
        if (seen != null && !silent(seen, now)) {
            return true;
        }
        var directors = nodes.values().stream()
                .filter(other -> other.status().kind().equals("director"))
                .filter(other -> !silent(other, now))
                .toList();
        return directors.isEmpty()
                || directors.stream()
                        .anyMatch(director -> !director.status().down().contains(region));
    }

    static boolean silent(Seen seen, Instant now) {
        return Duration.between(seen.receivedAt(), now).compareTo(SILENCE) > 0;
    }

    /** Directors heard of lately, the latest first. */
    List<NodeStatus> directors(Instant now) {
        return nodes.values().stream()
                .filter(seen -> seen.status().kind().equals("director"))
                .filter(seen -> !silent(seen, now))
                .sorted(Comparator.comparing(Seen::receivedAt).reversed())
                .map(Seen::status)
                .toList();
    }
}
