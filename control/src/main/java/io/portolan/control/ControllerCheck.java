package io.portolan.control;

import io.portolan.control.RegionVerification.Backend;
import io.portolan.control.RegionVerification.Subject;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.planner.bringup.Cell;
import io.portolan.planner.bringup.Check;
import io.portolan.storage.Reader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Asks whether the controllers that a joining region is to run are ready there: each replica, in exactly the version of its page, as its
 * nodes report, and then by a call of each through the gateway, as a page makes it. Thread-safe.
 *
 * <p>It asks about extensions that the region serves or is about to. One whose controllers do not come up is quarantined, with the reason,
 * and keeps the others from nothing.
 */
final class ControllerCheck {
    private static final String NAME = "controllers";
    /** Names that are told in one line. */
    private static final int TOLD = 12;

    private final FleetObserver observer;
    private final RegionInspector inspector;

    ControllerCheck(FleetObserver observer, RegionInspector inspector) {
        this.observer = observer;
        this.inspector = inspector;
    }

    /** What was found, with names and numbers. */
    private static final class Found {
        final List<String> lacks = new ArrayList<>();
        final List<String> ready = new ArrayList<>();
        final List<String> elsewhere = new ArrayList<>();
        final List<Backend> backends = new ArrayList<>();
        int replicas;
    }

    /** {@code nodes}: those of the region that are asked about. */
    Check of(
            Reader reader,
            EnvironmentName environment,
            Subject subject,
            List<Records.Node> nodes,
            List<Cell> cells,
            Instant now) {
        var found = new Found();
        for (var cell : cells) {
            if (cell.state() == Cell.State.SERVING || cell.state() == Cell.State.VERIFIED) {
                look(reader, environment, subject, nodes, cell, found, now);
            }
        }
        if (!found.lacks.isEmpty()) {
            return Check.pending(NAME, String.join("; ", found.lacks));
        }
        if (found.ready.isEmpty()) {
            return Check.skipped(
                    NAME,
                    found.elsewhere.isEmpty()
                            ? "none of the extensions that it serves has any"
                            : "none runs here; placed elsewhere: " + names(found.elsewhere));
        }
        if (!found.backends.isEmpty()) {
            var called = inspector.call(subject, found.backends);
            if (called.result() != Check.Result.PASS) {
                return called;
            }
        }
        return Check.pass(
                NAME,
                found.ready.size() + " ready with " + found.replicas + " replicas a node, " + found.backends.size()
                        + " called through the gateway: " + names(found.ready)
                        + (found.elsewhere.isEmpty() ? "" : "; placed elsewhere: " + names(found.elsewhere)));
    }

    private void look(
            Reader reader,
            EnvironmentName environment,
            Subject subject,
            List<Records.Node> nodes,
            Cell cell,
            Found found,
            Instant now) {
        var name = new ExtensionName(cell.extension());
        var version = new VersionLabel(cell.version());
        var declared = Table.VERSIONS
                .get(reader, Table.key(name, version))
                .map(row -> row.value().controllers())
                .orElse(List.of());
        if (declared.isEmpty()) {
            return;
        }
        var seen = observer.look(
                        reader,
                        environment,
                        name,
                        Lookup.deployment(reader, environment, name),
                        Map.of(subject.region(), nodes))
                .at(subject.region(), Optional.of(version), now)
                .controllers();
        if (!seen.ready()) {
            found.lacks.add(seen.lacks());
        }
        var route =
                Table.EXTENSIONS.get(reader, name.value()).orElseThrow().value().route();
        for (var controller : declared) {
            var text = name + " " + version + ": " + controller.name();
            if (!controller.placement().includes(subject.region())) {
                found.elsewhere.add(text);
                continue;
            }
            found.ready.add(text);
            found.replicas += controller.replicas();
            path(controller)
                    .ifPresent(path -> found.backends.add(
                            new Backend(name.value(), route.value(), version.value(), controller.name(), path)));
        }
    }

    /** Where the gateway takes its health check; empty where the state does not say. */
    private static Optional<String> path(Records.Controller controller) {
        var mount = controller.mount();
        var health = controller.health();
        return mount == null || health == null
                ? Optional.empty()
                : Optional.of(mount.isEmpty() ? health.substring(1) : mount + health);
    }

    private static String names(List<String> all) {
        return String.join(", ", all.subList(0, Math.min(TOLD, all.size())))
                + (all.size() > TOLD ? " and " + (all.size() - TOLD) + " more" : "");
    }
}
