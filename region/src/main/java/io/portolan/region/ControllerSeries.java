package io.portolan.region;

import io.portolan.model.controller.ControllerState;
import io.portolan.protocol.ControllerReport;
import io.portolan.region.metrics.Series;
import java.util.List;
import java.util.function.ToLongFunction;

/** Metrics of controllers as a node reports them, in the text format of Prometheus. Stateless. */
final class ControllerSeries {
    private ControllerSeries() {}

    /** Adds the series of all of them. */
    static void write(StringBuilder text, List<ControllerReport> reports) {
        series(
                text,
                "controller_replicas_ready",
                "gauge",
                "Replicas that take calls.",
                reports,
                ControllerReport::ready);
        series(text, "controller_replicas_wanted", "gauge", "Replicas to have.", reports, ControllerReport::wanted);
        series(
                text,
                "controller_restarts_total",
                "counter",
                "Replicas started again since the controller was wanted first.",
                reports,
                ControllerReport::restarts);
        series(
                text,
                "controller_crash_loops",
                "gauge",
                "Whether a controller ends again and again.",
                reports,
                report -> report.state() == ControllerState.CRASH_LOOP ? 1 : 0);
    }

    private static void series(
            StringBuilder text,
            String name,
            String type,
            String help,
            List<ControllerReport> reports,
            ToLongFunction<ControllerReport> value) {
        Series.head(text, name, type, help);
        for (var report : reports) {
            // Labels are names that the model has checked: there is nothing in them to escape.
            text.append("portolan_node_")
                    .append(name)
                    .append("{extension=\"")
                    .append(report.extension())
                    .append("\",version=\"")
                    .append(report.version())
                    .append("\",controller=\"")
                    .append(report.controller())
                    .append("\"} ")
                    .append(value.applyAsLong(report))
                    .append('\n');
        }
    }
}
