package io.portolan.director;

import io.portolan.planner.routing.ObserverReport;
import io.portolan.planner.routing.Quorum;
import io.portolan.protocol.ObservationTable;
import java.time.Duration;
import java.util.List;

/**
 * Whether the control plane's word on regions counts: it hears of nodes by their acknowledgements. Stateless.
 *
 * <p>What it hears is no probe: it may tip the scales among probes, not weigh against a single one. Where it is gone, or not heard of
 * lately, it is no place that is missing either; and one that hears nobody any more has lost its network, which must not pass for a second
 * place that sees the world go down.
 */
final class ControlWitness {
    /** Others that probe, beside this director. */
    private static final int PROBES_BESIDE_IT = 2;

    private ControlWitness() {}

    /**
     * Takes the control plane's reports out where they do not count.
     *
     * @param others what others than this director say; changed
     * @param life   how long a report counts
     */
    static void dismissUnfit(List<ObserverReport> others, Duration life) {
        long probing = others.stream()
                .filter(report -> !report.place().equals(ObservationTable.CONTROL))
                .count();
        others.removeIf(report -> report.place().equals(ObservationTable.CONTROL)
                && (probing < PROBES_BESIDE_IT
                        || report.age().compareTo(life) > 0
                        || Quorum.isSick(report.tried(), report.bad())));
    }
}
