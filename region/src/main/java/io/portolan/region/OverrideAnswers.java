package io.portolan.region;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.OverrideReport;
import io.portolan.protocol.Overrides;
import io.portolan.protocol.Problem;
import io.portolan.region.metrics.Series;
import io.portolan.sync.OverrideRefused;
import io.portolan.sync.OverrideRefused.Code;
import io.portolan.sync.OverrideStore;
import io.portolan.sync.ReplicaSettings;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes operators' orders at {@code /-/override} of a node's own address, and lists those in force. Thread-safe.
 *
 * <p>Whoever can reach the node may give one: what counts is the signature. When the answer is sent, the order is on disk and every
 * later answer goes by it. A list leaves out why an override was ordered, unless it is read on this machine.
 */
final class OverrideAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(OverrideAnswers.class);

    private final ReplicaSettings settings;
    private final OverrideStore store;
    private final RevisionApplier applier;
    private final Runnable changed;
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    /** {@code changed}: told when something else is in force. */
    OverrideAnswers(ReplicaSettings settings, OverrideStore store, RevisionApplier applier, Runnable changed) {
        this.settings = settings;
        this.store = store;
        this.applier = applier;
        this.changed = changed;
    }

    Outcome answer(Request request) {
        return switch (request.method()) {
            // Checking and writing an order waits for the disk.
            case "POST" -> (Outcome.Later) () -> take(request);
            case "GET", "HEAD" -> json(200, listing(request.operator()));
            default -> Failures.methodNotAllowed(request);
        };
    }

    private Response take(Request request) {
        var state = applier.state();
        boolean dryRun = request.parameter("dryRun").equals("true");
        try {
            if (state.isEmpty()) {
                throw new OverrideRefused(
                        Code.NO_REVISION,
                        "override: this node has applied no revision yet, so it knows no operator's key");
            }
            var header = state.get().revision().header();
            var answer = store.offer(request.body(), header, order -> resolve(order, state.get()), dryRun);
            if (!dryRun) {
                taken.incrementAndGet();
                changed.run();
            }
            return json(
                    200,
                    new Overrides.Answer(
                            answer.order().id(),
                            answer.order().action(),
                            answer.outcome(),
                            dryRun,
                            settings.nodeId(),
                            settings.region().value(),
                            answer.order().extension(),
                            answer.version(),
                            answer.order().region()));
        } catch (OverrideRefused e) {
            refused.incrementAndGet();
            LOG.warn("node={} refused: {}", settings.nodeId(), e.getMessage());
            return problem(
                    e.code().status(), e.code().name(), "the override is not obeyed", String.valueOf(e.getMessage()));
        } catch (IOException e) {
            LOG.error("node={} override could not be written", settings.nodeId(), e);
            return problem(500, "NOT_WRITTEN", "the override is not obeyed", "override: it could not be written: " + e);
        }
    }

    /** The version that an order leads to: of a slot that is set, not revoked, and wholly on this disk. */
    private String resolve(OperatorOverride order, ServingState state) throws OverrideRefused {
        if (order.action() == OperatorOverride.Action.DRAIN) {
            throw new OverrideRefused(
                    Code.WRONG_ADDRESSEE,
                    "draining region " + order.region() + ": " + settings.nodeId()
                            + " is a region node (expected: a director)");
        }
        var name = new ExtensionName(order.extension());
        var what = "rolling back " + name + " to " + order.slot() + " on " + settings.nodeId() + ": ";
        var document = state.revision().extensions().get(name);
        if (document == null) {
            throw new OverrideRefused(
                    Code.NOT_KNOWN, what + "revision " + state.revision().id() + " has no such extension");
        }
        if (document.pointer(settings.region()).isEmpty()) {
            throw new OverrideRefused(Code.NOT_KNOWN, what + "the extension has no version in " + settings.region());
        }
        VersionLabel version = document.slots().get(order.target());
        if (version == null) {
            throw new OverrideRefused(
                    Code.NO_SUCH_SLOT, what + "the slot is empty (set: " + set(document.slots()) + ")");
        }
        var extension = state.routes().get(document.route().value());
        var served = extension == null ? null : extension.versions().get(version.value());
        if (served == null || served.isRevoked()) {
            throw new OverrideRefused(Code.NO_SUCH_SLOT, what + version + " was revoked or is not named any more");
        }
        if (!served.isComplete()) {
            throw new OverrideRefused(
                    Code.NOT_HELD,
                    what + applier.missingBytes(served) + " bytes of " + version
                            + " are missing (expected: all of it on" + " this node's disk)");
        }
        return version.value();
    }

    private static String set(Map<io.portolan.model.Slot, VersionLabel> slots) {
        var set = new java.util.TreeMap<>(slots)
                .entrySet().stream()
                        .map(entry -> entry.getKey().label() + " " + entry.getValue())
                        .toList();
        return set.isEmpty() ? "none" : String.join(", ", set);
    }

    private Overrides.Listing listing(boolean local) {
        return new Overrides.Listing(
                settings.nodeId(),
                settings.kind(),
                settings.region().value(),
                settings.environment(),
                applier.state().map(state -> state.revision().id().toString()).orElse(null),
                inForce(local));
    }

    /** Overrides in force; for others than this machine without the order itself, which says why. */
    private List<OverrideReport> inForce(boolean local) {
        var all = applier.overridesInForce();
        return local ? all : all.stream().map(OverrideReport::withoutOrder).toList();
    }

    /** Adds what was counted to the metrics. */
    void write(StringBuilder text) {
        Series.single(
                text,
                "overrides_in_force",
                "gauge",
                "Operator overrides in force.",
                applier.overridesInForce().size());
        Series.single(text, "overrides_taken_total", "counter", "Orders of operators obeyed since start.", taken.get());
        Series.single(text, "overrides_refused_total", "counter", "Orders not obeyed since start.", refused.get());
    }

    private static Response problem(int status, String code, String title, String detail) {
        return new Response(
                status,
                Map.of("Content-Type", Problem.TYPE, "Cache-Control", "no-store", "X-Content-Type-Options", "nosniff"),
                new Response.Body.Bytes(Json.bytes(Problem.of(status, code, title, String.valueOf(detail)))));
    }

    private static Response json(int status, Object body) {
        return new Response(
                status,
                Map.of(
                        "Content-Type",
                        "application/json",
                        "Cache-Control",
                        "no-store",
                        "X-Content-Type-Options",
                        "nosniff"),
                new Response.Body.Bytes(Json.bytes(body)));
    }
}
