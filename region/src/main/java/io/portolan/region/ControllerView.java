package io.portolan.region;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerState;
import io.portolan.protocol.ControllerReport;
import io.portolan.runtime.ControllerId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A controller as diagnostics show it. Immutable; nothing in it is a secret.
 *
 * @param replicas those that take calls
 * @param reason   why it is not ready, or what holds for it beside; empty text for nothing
 * @param stays    why it runs; empty text for one that does not
 * @param until    when it ends unless a page or a call of its version is seen before; empty text where only a revision ends it
 */
record ControllerView(
        VersionLabel version,
        String name,
        ControllerState state,
        int ready,
        int wanted,
        long restarts,
        String reason,
        Instant since,
        List<At> replicas,
        String stays,
        String until) {
    /** A replica that takes calls. */
    record At(String id, String address, Instant readySince) {}

    /** The controllers of each extension; none before there is anybody who runs some. */
    static Map<ExtensionName, List<ControllerView>> of(@Nullable HostedControllers hosted) {
        var views = new TreeMap<ExtensionName, List<ControllerView>>();
        if (hosted != null) {
            var states = hosted.states();
            for (var report : hosted.reports()) {
                var id = new ControllerId(report.extension(), report.version(), report.controller());
                var status = states.get(id);
                var replicas = status == null
                        ? List.<At>of()
                        : status.ready().stream()
                                .map(replica -> new At(
                                        replica.id(),
                                        replica.address().getHostString() + ":"
                                                + replica.address().getPort(),
                                        replica.readySince()))
                                .toList();
                views.computeIfAbsent(report.extension(), name -> new ArrayList<>())
                        .add(view(report, replicas, hosted.stay(report.extension(), report.version())));
            }
        }
        return views;
    }

    private static ControllerView view(ControllerReport report, List<At> replicas, ControllerReports.Stay stay) {
        return new ControllerView(
                report.version(),
                report.controller(),
                report.state(),
                report.ready(),
                report.wanted(),
                report.restarts(),
                report.reason(),
                report.since(),
                replicas,
                stay.why(),
                stay.until());
    }
}
