package io.portolan.control;

import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerState;
import io.portolan.planner.rollout.Observation;
import io.portolan.protocol.ControllerReport;
import io.portolan.protocol.NodeStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads from nodes' reports how the controllers of one version are in one region. Pure. */
final class ControllerSights {
    private ControllerSights() {}

    /** A node in rotation and what it said last; empty while nothing was heard of it. */
    record OfNode(String id, Optional<NodeStatus> status) {}

    /**
     * Everything that is known.
     *
     * @param declared what the version has; a controller that its placement leaves out here is not asked for
     */
    static Observation.Controllers of(
            ExtensionName extension,
            VersionLabel version,
            RegionName region,
            List<Records.Controller> declared,
            List<OfNode> nodes,
            Instant now) {
        var lacks = new ArrayList<String>();
        var failures = new ArrayList<String>();
        long restarts = 0;
        long calls = 0;
        long errors = 0;
        for (var controller : declared) {
            if (!controller.placement().includes(region)) {
                continue;
            }
            for (var node : nodes) {
                var where = nodes.size() == 1 ? "" : " on " + node.id();
                var report = report(node, extension, version, controller);
                if (report.isEmpty()) {
                    lacks.add(controller.name() + " 0/" + controller.replicas() + where + " (" + absent(node) + ")");
                    continue;
                }
                var said = report.get();
                restarts += said.restarts();
                calls += said.calls();
                errors += said.errors();
                if (!said.isSettled()) {
                    lacks.add(controller.name() + " " + said.ready() + "/" + said.wanted() + where + " (" + said.state()
                            + ", " + age(said, now) + (said.reason().isEmpty() ? "" : ": " + said.reason()) + ")");
                }
                if (said.state() == ControllerState.CRASH_LOOP || said.state() == ControllerState.REFUSED) {
                    failures.add("controller " + controller.name() + " of " + version + " on " + node.id() + " is "
                            + said.state() + (said.reason().isEmpty() ? "" : ": " + said.reason()));
                }
            }
        }
        return new Observation.Controllers(
                lacks.isEmpty(),
                lacks.isEmpty()
                        ? ""
                        : "controllers of " + version + " not ready in " + region + ": " + String.join(", ", lacks),
                String.join("; ", failures),
                restarts,
                calls,
                errors);
    }

    private static Optional<ControllerReport> report(
            OfNode node, ExtensionName extension, VersionLabel version, Records.Controller controller) {
        return node.status().flatMap(status -> status.controllers(extension, version).stream()
                .filter(report -> report.controller().equals(controller.name()))
                .findFirst());
    }

    /** Nothing reported is never ready. */
    private static String absent(OfNode node) {
        if (node.status().isEmpty()) {
            return "not reported since the control plane started";
        }
        var status = node.status().get();
        return status.controllerCount() < 0
                ? "the node is of a build that runs no controllers"
                : status.controllerCount() > status.controllers().size()
                        ? "the node runs more controllers than it can list"
                        : "not started";
    }

    private static String age(ControllerReport said, Instant now) {
        return Math.max(0, Duration.between(said.since(), now).toSeconds()) + " s";
    }
}
