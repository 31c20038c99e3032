package io.portolan.cli;

import io.portolan.protocol.rest.BringUpBody;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code region show}. One thread at a time. */
@Command(
        name = "show",
        description = "Shows how far a region is: what it has, what it waits for, and each of its steps.",
        footer = {"", "Example:", "  portolan region show japaneast"})
final class RegionShow extends Verb {
    @Parameters(paramLabel = "REGION", description = "Name of the region.")
    private String name;

    @Option(names = "--evidence", description = "Also what each step was decided from.")
    private boolean evidence;

    @Override
    protected int run() {
        var reply = api().get("/v1/regions/" + Api.segment(name));
        portolan().print(reply, () -> lines(reply.as(BringUpBody.class)));
        return ExitCode.DONE;
    }

    private List<String> lines(BringUpBody region) {
        var lines = new ArrayList<String>();
        lines.add(region.name() + "  " + Paint.state(region.state().name())
                + (region.heldIn() == null ? "" : " in " + region.heldIn()) + "  " + region.environment() + ", "
                + region.stage() + (region.residency().isEmpty() ? "" : ", data of " + region.residency()) + "  since "
                + seconds(region.since())
                + (region.sharePermille() == 0
                        ? ""
                        : String.format(Locale.ROOT, "  %.1f %% of its clients", region.sharePermille() / 10.0)));
        if (region.standsInUntil() != null) {
            lines.add("  takes clients of regions that are down until " + seconds(region.standsInUntil())
                    + " or until it is LIVE, as an operator said");
        }
        var waits = region.waitingFor();
        if (waits != null) {
            lines.add("  " + waits.text() + (waits.until() == null ? "" : " (until " + seconds(waits.until()) + ")"));
            if (!waits.actors().isEmpty()) {
                lines.add("  who can act: " + String.join("; ", waits.actors()));
            }
        }
        long there = region.extensions().stream()
                .filter(cell -> cell.state().equals("SERVING"))
                .count();
        if (!region.extensions().isEmpty()) {
            lines.add("  " + there + " of " + region.extensions().size() + " extensions are served, "
                    + (region.missingBytes() == 0 ? "nothing" : When.size(region.missingBytes())) + " to fetch");
        }
        region.extensions().stream()
                .filter(cell -> !cell.state().equals("SERVING") || !cell.text().isEmpty())
                .limit(20)
                .forEach(cell -> lines.add("    " + cell.extension() + " " + cell.version() + " " + cell.state()
                        + (cell.text().isEmpty() ? "" : ": " + cell.text())));
        if (region.nodes().size() > 1 || region.nodes().stream().anyMatch(node -> !node.part())) {
            region.nodes()
                    .forEach(node -> lines.add("  " + node.id() + " " + node.url()
                            + (node.part()
                                    ? ""
                                    : ": joined late, is verified first"
                                            + (node.text().isEmpty() ? "" : ": " + node.text()))));
        }
        for (var step : region.timeline()) {
            var way = step.before().equals(step.after()) ? step.after() : step.before() + " -> " + step.after();
            lines.add("  " + seconds(step.at()) + "  " + way + "  " + step.cause());
            if (evidence) {
                step.evidence().forEach(line -> lines.add("      " + line));
            }
        }
        return lines;
    }

    private static String seconds(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
