package io.portolan.runtime;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ControllerState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One controller with its replicas. Thread-safe.
 *
 * <p>Replicas that are to be another way (their secrets were rotated) are replaced one at a time: the new one is started beside them, and
 * when it is ready the old one takes no new calls. As long as the new one does not get ready, the old ones stay.
 */
final class ProcessController {
    private final ControllerId id;
    private final ProcessHost host;
    private final Publisher publisher;

    @GuardedBy("this")
    private ControllerSpec spec;

    /** How it is to run, null when it is to end. */
    @GuardedBy("this")
    private @Nullable ControllerInstance wanted;

    @GuardedBy("this")
    private final List<ProcessReplica> active = new ArrayList<>();

    /** Retired, and not ended yet. */
    @GuardedBy("this")
    private final List<ProcessReplica> leaving = new ArrayList<>();

    /** Takes the place of an active one when it gets ready. */
    @GuardedBy("this")
    private @Nullable ProcessReplica successor;

    @GuardedBy("this")
    private String refused = "";

    @GuardedBy("this")
    private boolean gone;

    @GuardedBy("this")
    private int numbers;

    @GuardedBy("this")
    private long endedRestarts;

    @GuardedBy("this")
    private ControllerState state = ControllerState.STARTING;

    @GuardedBy("this")
    private Instant since;

    /** Takes what is to be shown; called with this controller's lock held. */
    interface Publisher {
        void show(ControllerStatus status);

        void gone(ControllerId id);
    }

    ProcessController(ControllerInstance first, ProcessHost host, Publisher publisher) {
        this.id = first.id();
        this.spec = first.spec();
        this.host = host;
        this.publisher = publisher;
        this.since = host.clock().instant();
    }

    /** Whether it could be asked: one that is gone is no more to be used. */
    synchronized boolean ensure(ControllerInstance instance) {
        if (gone) {
            return false;
        }
        if (!instance.equals(wanted)) {
            change(instance);
        }
        return true;
    }

    @GuardedBy("this")
    private void change(ControllerInstance instance) {
        wanted = instance;
        spec = instance.spec();
        refused = refusal(instance);
        if (!refused.isEmpty()) {
            endAll();
            changed();
            return;
        }
        while (active.size() > spec.replicas().min()) {
            retire(active.removeLast());
        }
        // What runs otherwise and is not ready serves nobody; what is ready is replaced one at a time.
        for (var replica : List.copyOf(active)) {
            if (!replica.instance().equals(instance) && replica.health().ready() == null) {
                active.remove(replica);
                retire(replica);
            }
        }
        while (active.size() < spec.replicas().min()) {
            active.add(startOne(instance));
        }
        rotate(Map.of(), false);
        changed();
    }

    private String refusal(ControllerInstance instance) {
        var kind = instance.spec().kind();
        if (kind != ControllerKind.PROCESS) {
            return "this node runs processes only (kind: " + kind.name().toLowerCase(Locale.ROOT) + ")";
        }
        if (!host.settings().allows(id.extension().value())) {
            return "this node's settings do not allow processes of " + id.extension() + " (controllers-allow)";
        }
        return "";
    }

    synchronized void stop() {
        if (wanted != null) {
            wanted = null;
            refused = "";
            endAll();
        }
        changed();
    }

    /** Ends without waiting for calls. */
    synchronized void hurry() {
        wanted = null;
        endAll();
        leaving.forEach(ProcessReplica::hurry);
        changed();
    }

    @GuardedBy("this")
    private void endAll() {
        var next = successor;
        if (next != null) {
            successor = null;
            retire(next);
        }
        var ending = List.copyOf(active);
        active.clear();
        ending.forEach(this::retire);
    }

    @GuardedBy("this")
    private void retire(ProcessReplica replica) {
        leaving.add(replica);
        replica.retire(replica.instance().spec().drain());
    }

    /** Looks at the secrets again: what waits for them tries again, what has older ones is replaced. */
    synchronized void lookAtSecrets() {
        var now = wanted;
        if (now == null || !refused.isEmpty()) {
            return;
        }
        try {
            var secrets = Environment.resolve(now, host.secrets()).secrets();
            rotate(secrets, true);
            Stream.concat(active.stream(), Stream.ofNullable(successor))
                    .filter(replica -> replica.health().phase() == ProcessReplica.Phase.WAITING)
                    .forEach(ProcessReplica::lookAgain);
        } catch (Environment.Missing e) {
            // What runs goes on with what it was given; what waits goes on waiting.
        }
    }

    @GuardedBy("this")
    private void rotate(Map<String, String> secrets, boolean known) {
        var now = wanted;
        if (now == null || successor != null) {
            return;
        }
        boolean outdated =
                active.stream().anyMatch(replica -> isOutdated(replica, now) || (known && replica.isOutdated(secrets)));
        if (outdated) {
            var next = startOne(now);
            successor = next;
        }
    }

    private static boolean isOutdated(ProcessReplica replica, ControllerInstance now) {
        return !replica.instance().equals(now);
    }

    @GuardedBy("this")
    private ProcessReplica startOne(ControllerInstance instance) {
        var replica = new ProcessReplica(instance, ++numbers, host, this::replicaChanged);
        replica.start();
        return replica;
    }

    private synchronized void replicaChanged() {
        var next = successor;
        if (next != null && next.health().ready() != null) {
            successor = null;
            replaceOne(next);
            rotate(Map.of(), false);
        }
        for (var replica : List.copyOf(leaving)) {
            if (replica.health().phase() == ProcessReplica.Phase.ENDED) {
                leaving.remove(replica);
                endedRestarts += replica.health().restarts();
            }
        }
        changed();
    }

    /** Takes the place of the oldest: replicas that are outdated are older than those that are not. */
    @GuardedBy("this")
    private void replaceOne(ProcessReplica next) {
        active.add(next);
        if (active.size() > next.instance().spec().replicas().min()) {
            retire(active.removeFirst());
        }
    }

    @GuardedBy("this")
    private void changed() {
        if (wanted == null && active.isEmpty() && leaving.isEmpty()) {
            if (!gone) {
                gone = true;
                publisher.gone(id);
            }
            return;
        }
        var next = stateNow();
        if (next != state) {
            state = next;
            since = host.clock().instant();
        }
        var ready = active.stream()
                .map(replica -> replica.health().ready())
                .filter(Objects::nonNull)
                .<Replica>map(Objects::requireNonNull)
                .toList();
        long restarts = endedRestarts
                + active.stream()
                        .mapToLong(replica -> replica.health().restarts())
                        .sum();
        publisher.show(new ControllerStatus(
                id, spec, state, wanted == null ? 0 : spec.replicas().min(), ready, restarts, reason(), since));
    }

    @GuardedBy("this")
    private ControllerState stateNow() {
        if (wanted == null) {
            return ControllerState.STOPPING;
        }
        if (!refused.isEmpty()) {
            return ControllerState.REFUSED;
        }
        if (active.size() >= spec.replicas().min()
                && active.stream().allMatch(replica -> replica.health().ready() != null)) {
            return ControllerState.READY;
        }
        var phases = active.stream().map(replica -> replica.health().phase()).toList();
        if (phases.contains(ProcessReplica.Phase.CRASH_LOOP) || active.stream().anyMatch(this::startsAfterLoop)) {
            return ControllerState.CRASH_LOOP;
        }
        if (phases.contains(ProcessReplica.Phase.WAITING)) {
            return ControllerState.REFUSED;
        }
        return active.stream().anyMatch(replica -> replica.health().failures() > 0)
                ? ControllerState.UNHEALTHY
                : ControllerState.STARTING;
    }

    /** One more try does not end a loop: only a replica that gets ready does. */
    private boolean startsAfterLoop(ProcessReplica replica) {
        return replica.health().ready() == null
                && replica.health().failures() >= host.settings().crashLoop();
    }

    @GuardedBy("this")
    private String reason() {
        if (!refused.isEmpty()) {
            return refused;
        }
        var next = successor;
        var reasons = Stream.of(
                        active.stream()
                                .map(replica -> replica.health().reason())
                                .filter(reason -> !reason.isEmpty())
                                .limit(1),
                        Stream.of(
                                next == null || next.health().reason().isEmpty()
                                        ? ""
                                        : "its replacement: " + next.health().reason(),
                                spec.resources().isLimited() ? host.groups().why() : "",
                                spec.replicas().max() > spec.replicas().min()
                                        ? "processes are not scaled: "
                                                + spec.replicas().min() + " of at most "
                                                + spec.replicas().max() + " run"
                                        : "",
                                host.command().why()))
                .flatMap(each -> each)
                .filter(reason -> !reason.isEmpty())
                .toList();
        return String.join("; ", reasons);
    }
}
