package io.portolan.kubernetes;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ControllerState;
import io.portolan.runtime.ControllerId;
import io.portolan.runtime.ControllerInstance;
import io.portolan.runtime.ControllerStatus;
import io.portolan.runtime.Replica;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One controller in the cluster. Thread-safe; {@link #look} is called by one thread at a time, and alone asks the API server.
 *
 * <p>Each look compares what the cluster is known to have with what it is to have, and asks for the difference: the same look may be made
 * again after a crash at any line. While the server is away everything goes on as it is, and what was known of replicas stays known.
 */
final class KubernetesController {
    private static final Logger LOG = LoggerFactory.getLogger(KubernetesController.class);
    /** Answers by which a server refuses something for good, unless somebody changes something. */
    private static final Set<Integer> REFUSALS = Set.of(400, 403, 404, 422);

    private final ControllerId id;
    private final String key;
    private final Region region;
    /** The looking thread's. */
    private final ObjectKeeper keeper;

    @GuardedBy("this")
    private ControllerSpec spec;

    /** How it is to run, null when it is to end. */
    @GuardedBy("this")
    private @Nullable ControllerInstance wanted;

    /** Replicas that had calls when it was asked to end, and until when these may take. */
    @GuardedBy("this")
    private List<Replica> leaving = List.of();

    @GuardedBy("this")
    private Instant leaveUntil = Instant.MIN;

    @GuardedBy("this")
    private boolean everReady;

    @GuardedBy("this")
    private ControllerState state = ControllerState.STARTING;

    @GuardedBy("this")
    private Instant since;

    @GuardedBy("this")
    private final Restarts restarts = new Restarts();

    /** Why it cannot be run, empty text when it can. */
    @GuardedBy("this")
    private String refused = "";

    /** Why the server could not be asked, empty text when it could. */
    @GuardedBy("this")
    private String trouble = "";

    // The looking thread's:
    private @Nullable ControllerInstance tried;
    private Instant notBefore = Instant.MIN;
    private boolean ending;
    private boolean deleting;
    private boolean gone;

    KubernetesController(ControllerInstance first, Region region) {
        this.id = first.id();
        this.key = region.scope().key(id);
        this.spec = first.spec();
        this.region = region;
        this.keeper = new ObjectKeeper(id, region);
        this.since = region.clock().instant();
    }

    ControllerId id() {
        return id;
    }

    synchronized void ensure(ControllerInstance instance) {
        wanted = instance;
        spec = instance.spec();
        leaving = List.of();
    }

    synchronized void stop() {
        var now = wanted;
        if (now != null) {
            leaving = sight(now).ready();
            leaveUntil = region.clock().instant().plus(now.spec().drain());
            wanted = null;
            refused = "";
        }
    }

    private synchronized @Nullable ControllerInstance wanted() {
        return wanted;
    }

    /** Whether calls are in progress at replicas that are to end. */
    synchronized boolean isDraining() {
        return wanted == null && !leaving.isEmpty();
    }

    /** Whether nobody here wants it. */
    synchronized boolean isToEnd() {
        return wanted == null;
    }

    /** Asks the cluster for what it lacks, or has too much; answers whether nothing is left to do here for ever. */
    boolean look() {
        var now = wanted();
        if (now == null) {
            lookAtEnd();
            return gone && wanted() == null;
        }
        gone = false;
        ending = false;
        deleting = false;
        lookAtRun(now);
        return false;
    }

    private static String notMine(ControllerInstance now) {
        return "this runtime runs containers only (kind: "
                + now.spec().kind().name().toLowerCase(Locale.ROOT) + ")";
    }

    private void lookAtRun(ControllerInstance now) {
        if (now.spec().kind() != ControllerKind.CONTAINER) {
            said(notMine(now), "");
            return;
        }
        if (!region.watched().isComplete()) {
            said("", "the API server has not told yet what is there");
            return;
        }
        if (now.equals(tried) && region.clock().instant().isBefore(notBefore)) {
            return;
        }
        tried = now;
        notBefore = Instant.MIN;
        try {
            keeper.keep(now);
            said("", "");
        } catch (Refusal e) {
            said(String.valueOf(e.getMessage()), "");
            wait(region.settings().timings().secretsEvery());
        } catch (KubernetesClientException e) {
            failed(e);
        }
    }

    private void failed(KubernetesClientException e) {
        LOG.warn("controller={} the API server: {}", id, e.toString());
        if (REFUSALS.contains(e.getCode())) {
            said("the API server refuses it: " + said(e), "");
            wait(region.settings().timings().resync());
        } else {
            said("", "the API server cannot be asked: " + said(e));
            wait(region.settings().timings().retry());
        }
    }

    private static String said(KubernetesClientException e) {
        var status = e.getStatus() == null ? null : e.getStatus().getMessage();
        return status == null ? String.valueOf(e.getMessage()) : status;
    }

    private void wait(Duration time) {
        notBefore = region.clock().instant().plus(time);
    }

    private synchronized void said(String refusal, String problem) {
        refused = refusal;
        trouble = problem;
    }

    private void lookAtEnd() {
        if (!ending) {
            // What it waited for while it was to run is no reason to wait now.
            ending = true;
            tried = null;
            notBefore = Instant.MIN;
        }
        if (hasCalls()
                || !region.watched().isComplete()
                || region.clock().instant().isBefore(notBefore)) {
            return;
        }
        try {
            notBefore = Instant.MIN;
            if (!deleting) {
                end();
            }
            gone = gone
                    || (region.watched().deployment(key).isEmpty()
                            && region.watched().pods(key).isEmpty());
        } catch (KubernetesClientException e) {
            LOG.warn("controller={} cannot be ended, tried again: {}", id, e.toString());
            said("", "the API server cannot be asked: " + said(e));
            wait(region.settings().timings().retry());
        }
    }

    private synchronized boolean hasCalls() {
        boolean open = region.clock().instant().isBefore(leaveUntil)
                && leaving.stream().anyMatch(replica -> region.calls().of(replica.id()) > 0);
        if (!open) {
            leaving = List.of();
        }
        return open;
    }

    /** Takes this node's claim away, and the objects with it unless another node wants them. */
    private void end() {
        keeper.forget();
        var deployment = region.watched().deployment(key);
        if (deployment.isPresent()
                && Claims.byOthers(
                        deployment.get(), region.scope().claim(), region.clock().instant())) {
            region.api().annotate(region.scope().name(id), region.scope().claim(), "");
            LOG.info("controller={} is left to other nodes of the region", id);
            gone = true;
            return;
        }
        LOG.info("controller={} is deleted", id);
        delete(region.api(), region.scope().name(id));
        deleting = true;
    }

    /** Deletes everything of a controller; what it is found by goes last, so that a half-deleted one is found again. */
    static void delete(KubernetesApi api, String name) {
        KubernetesApi.KINDS.forEach(kind -> api.delete(kind, name));
    }

    private synchronized Sight sight(ControllerInstance now) {
        return Sight.of(
                now,
                region.watched().deployment(key),
                region.watched().object(Service.class, key).map(Service.class::cast),
                region.watched().pods(key),
                region.settings().addresses(),
                everReady);
    }

    /** How it is now. */
    synchronized ControllerStatus status() {
        restarts.see(region.watched().pods(key));
        var now = wanted;
        if (now == null) {
            become(ControllerState.STOPPING);
            return status(0, List.of(), trouble);
        }
        if (now.spec().kind() != ControllerKind.CONTAINER) {
            become(ControllerState.REFUSED);
            return status(now.spec().replicas().min(), List.of(), refused.isEmpty() ? notMine(now) : refused);
        }
        var sight = sight(now);
        everReady |= sight.state() == ControllerState.READY;
        become(refused.isEmpty() || sight.state() == ControllerState.READY ? sight.state() : ControllerState.REFUSED);
        var reasons = new ArrayList<String>();
        for (var reason : List.of(refused, sight.reason(), trouble)) {
            if (!reason.isEmpty()) {
                reasons.add(reason);
            }
        }
        return status(sight.wanted(), sight.ready(), String.join("; ", reasons));
    }

    @GuardedBy("this")
    private void become(ControllerState next) {
        if (next != state) {
            state = next;
            since = region.clock().instant();
        }
    }

    @GuardedBy("this")
    private ControllerStatus status(int replicas, List<Replica> ready, String reason) {
        return new ControllerStatus(id, spec, state, replicas, ready, restarts.count(), reason, since);
    }
}
