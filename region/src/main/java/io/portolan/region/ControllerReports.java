package io.portolan.region;

import io.portolan.model.RegionName;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ControllerState;
import io.portolan.protocol.ControllerReport;
import io.portolan.region.ControllerWants.Key;
import io.portolan.region.gateway.Gateway;
import io.portolan.runtime.ControllerId;
import io.portolan.runtime.ControllerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a node says of its controllers, to whoever reads its status or wonders why they run. Thread-safe. */
final class ControllerReports {
    private final RegionName region;
    private volatile Counts counts = Counts.NONE;

    ControllerReports(RegionName region) {
        this.region = region;
    }

    /** What the directory says of a version. */
    record Offer(List<ControllerSpec> specs, boolean runs, boolean atOnce, Duration drain) {}

    /** What a gateway has counted of a controller. */
    @FunctionalInterface
    interface Counts {
        /** Nobody counts. */
        Counts NONE = (extension, version, controller) -> new Gateway.Counted(0, 0);

        /** Of one controller. */
        Gateway.Counted of(String extension, String version, String controller);
    }

    /**
     * Why the controllers of a version run here, for people who wonder when an old one goes.
     *
     * @param until when they end unless a page or a call of the version is seen before; empty text where only a revision ends them
     */
    record Stay(String why, String until) {
        /** They do not run. */
        static final Stay NONE = new Stay("", "");

        /** Of a version that was used last at that time. */
        static Stay of(Offer offer, Instant last) {
            if (!offer.runs()) {
                return NONE;
            }
            return offer.atOnce()
                    ? new Stay("the revision wants it in this region", "")
                    : new Stay(
                            "pages or calls of it were seen last at " + last + ", or it was replaced then; drain time "
                                    + offer.drain(),
                            last.plus(offer.drain()).toString());
        }
    }

    /** Who counts the calls of controllers; once, before the start. */
    void counting(Counts whoCounts) {
        counts = whoCounts;
    }

    /**
     * Of all that run, or are to.
     *
     * @param states what runs
     * @param offers what is to run
     * @param since  when that was looked at first
     */
    List<ControllerReport> of(Map<ControllerId, ControllerStatus> states, Map<Key, Offer> offers, Instant since) {
        var reports = new ArrayList<ControllerReport>();
        states.values().forEach(status -> reports.add(report(status)));
        offers.forEach((key, offer) -> {
            if (offer.runs()) {
                for (var spec : offer.specs()) {
                    var id = ControllerInstances.id(key, spec);
                    if (!states.containsKey(id)) {
                        reports.add(missing(id, spec, since));
                    }
                }
            }
        });
        return reports;
    }

    private ControllerReport report(ControllerStatus status) {
        var id = status.id();
        var counted = counts.of(id.extension().value(), id.version().value(), id.name());
        return new ControllerReport(
                        id.extension(),
                        id.version(),
                        id.name(),
                        status.state(),
                        status.ready().size(),
                        status.wanted(),
                        status.restarts(),
                        status.reason(),
                        status.since())
                .counting(counted.calls(), counted.errors());
    }

    private ControllerReport missing(ControllerId id, ControllerSpec spec, Instant since) {
        boolean placed = spec.placement().includes(region);
        return new ControllerReport(
                id.extension(),
                id.version(),
                id.name(),
                placed ? ControllerState.STARTING : ControllerState.NOT_PLACED,
                0,
                placed ? spec.replicas().min() : 0,
                0,
                placed ? "" : "its placement leaves this region out",
                since);
    }
}
