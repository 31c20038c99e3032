package io.portolan.control;

import io.portolan.model.RegionName;
import io.portolan.protocol.ControllerReport;
import io.portolan.protocol.NodeStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The last status of every node, in memory: after a restart of the control plane a node is unknown until it reports again, which
 * it does every few seconds. Of nodes that report to another process on the same database {@link FleetMirror} tells it. Thread-safe.
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
     * @param here       whether this process received it, and not another one
     */
    record Seen(NodeStatus status, Instant receivedAt, Instant changedAt, boolean here) {}

    /** What a status did. */
    enum Effect {
        /** Older than one already seen: ignored. */
        STALE,
        SAME,
        /** Something moved on, such as the bytes that are still missing or the state of a controller. */
        CHANGED,
        /** Worth a row of the log: another revision, fault, incident, quarantine or list of regions that are down, or content complete. */
        NOTABLE
    }

    /** What {@link #heard} would do now. */
    Effect effectOf(NodeStatus status) {
        return effect(nodes.get(status.id()), status);
    }

    /** Whether other processes have to know what this status says, beside that the node lives. */
    boolean matters(NodeStatus status) {
        var before = nodes.get(status.id());
        return switch (effect(before, status)) {
            case STALE -> false;
            case NOTABLE -> true;
            case CHANGED, SAME ->
                before == null
                        || !controllers(before.status()).equals(controllers(status))
                        || !before.status().bootId().equals(status.bootId())
                        || !lacked(before.status()).equals(lacked(status))
                        || !failed(before.status()).equals(failed(status));
        };
    }

    /** Failed calls of each controller: a gate asks for them, and the engine may run elsewhere. */
    private static List<Long> failed(NodeStatus status) {
        return status.controllers().stream().map(ControllerReport::errors).toList();
    }

    /** Controllers without the numbers that rise with every call. */
    private static List<ControllerReport> controllers(NodeStatus status) {
        return status.controllers().stream()
                .map(report -> report.counting(0, 0))
                .toList();
    }

    private static Set<String> lacked(NodeStatus status) {
        return status.lacking().stream()
                .map(entry -> entry.extension() + "/" + entry.version())
                .collect(Collectors.toSet());
    }

    /** A status that this process received. */
    Effect heard(NodeStatus status, Instant now) {
        return heard(status, now, true);
    }

    /** A status that another process received and recorded a moment ago. */
    Effect heardElsewhere(NodeStatus status, Instant now) {
        return heard(status, now, false);
    }

    /**
     * Another process heard of a node lately; gives whether that changes what is known.
     *
     * @param report what the node reported when it last mattered, of any boot
     */
    boolean livesElsewhere(String id, Records.Sign sign, Optional<NodeStatus> report, Instant now) {
        var changed = new boolean[1];
        nodes.compute(id, (same, before) -> {
            if (before != null
                    && before.status().bootId().equals(sign.bootId())
                    && sign.sequence() <= before.status().sequence()) {
                return before;
            }
            var known = before != null && before.status().bootId().equals(sign.bootId())
                    ? Optional.of(before.status())
                    : report.filter(status -> status.bootId().equals(sign.bootId()));
            if (known.isEmpty()) {
                return before;
            }
            changed[0] = before == null || silent(before, now);
            return new Seen(
                    known.get().later(sign.sequence(), sign.blobsFetched()),
                    now,
                    before == null ? now : before.changedAt(),
                    false);
        });
        return changed[0];
    }

    /** Signs of life of the nodes that report to this process. */
    Map<String, Records.Sign> heardHere(Instant now) {
        var signs = new HashMap<String, Records.Sign>();
        nodes.values().stream()
                .filter(seen -> seen.here() && !silent(seen, now))
                .forEach(seen -> signs.put(
                        seen.status().id(),
                        new Records.Sign(
                                seen.status().bootId(),
                                seen.status().sequence(),
                                seen.status().blobsFetched())));
        return signs;
    }

    private Effect heard(NodeStatus status, Instant now, boolean here) {
        var effect = new Effect[1];
        nodes.compute(status.id(), (id, before) -> {
            effect[0] = effect(before, status);
            return switch (effect[0]) {
                case STALE -> before;
                case SAME -> new Seen(status, now, before == null ? now : before.changedAt(), here);
                case CHANGED, NOTABLE -> new Seen(status, now, now, here);
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
        return old.lacking().equals(status.lacking()) && controllers(old).equals(controllers(status))
                ? Effect.SAME
                : Effect.CHANGED;
    }

    private static boolean notable(NodeStatus old, NodeStatus status) {
        return old.epoch() != status.epoch()
                || old.revision() != status.revision()
                || !old.digest().equals(status.digest())
                || (old.lackingCount() == 0) != (status.lackingCount() == 0)
                || !old.quarantined().equals(status.quarantined())
                || !old.lastError().equals(status.lastError())
                || !old.incidents().equals(status.incidents())
                || !old.down().equals(status.down())
                || !old.overrides().equals(status.overrides());
    }

    /** The last statuses of those that obey operators' overrides. */
    List<NodeStatus> overridden() {
        return nodes.values().stream()
                .map(Seen::status)
                .filter(status -> !status.overrides().isEmpty())
                .toList();
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
