package io.portolan.placement.report;

import io.portolan.placement.plan.Placement;
import java.util.List;

/** The frontier as CSV, a row for each lens and number of regions. Stateless. */
public final class PlacementCsv {
    private static final String HEADER =
            "interaction,regions_count,regions,mean_ms,p50_ms,p95_ms,mean_low_ms,mean_high_ms,"
                    + "p95_low_ms,p95_high_ms,mean_gap,cost,meets_targets,best_p95_regions,best_p95_ms,best_p95_gap,"
                    + "worst_loss_region,worst_loss_users_share,worst_loss_added_ms\n";

    private PlacementCsv() {}

    /** The text. */
    public static String of(Placement placement) {
        var csv = new StringBuilder(HEADER);
        for (var lens : placement.lenses()) {
            for (var step : lens.frontier()) {
                csv.append(Markup.f(
                        "%s,%d,%s,%.2f,%.2f,%.2f,%.2f,%.2f,%.2f,%.2f,%.5f,%.2f,%s,%s,%.2f,%.5f,%s,%.4f,%.2f%n",
                        quoted(lens.name()),
                        step.count(),
                        names(step.regions()),
                        step.figures().mean(),
                        step.figures().p50(),
                        step.figures().p95(),
                        step.meanBand().low(),
                        step.meanBand().high(),
                        step.p95Band().low(),
                        step.p95Band().high(),
                        step.meanGap(),
                        step.cost(),
                        step.meets(),
                        names(step.byP95().regions()),
                        step.byP95().figures().p95(),
                        step.byP95().gap(),
                        step.worstLoss().region(),
                        step.worstLoss().affected(),
                        step.worstLoss().added()));
            }
        }
        return csv.toString().replace(System.lineSeparator(), "\n");
    }

    private static String names(List<String> names) {
        return String.join(" ", names);
    }

    /** A spreadsheet must not take a name for a formula. */
    private static String quoted(String text) {
        var safe = text.matches("[=+\\-@\\t].*") ? "'" + text : text;
        return "\"" + safe.replace("\"", "\"\"") + "\"";
    }
}
