package io.portolan.cli;

import io.portolan.placement.plan.Placement;
import io.portolan.placement.plan.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A placement on a terminal. Stateless. */
final class PlacementView {
    private static final int CHANGES_SHOWN = 3;
    private static final int BAR = 24;

    private PlacementView() {}

    static List<String> lines(Placement placement) {
        var lines = new ArrayList<String>();
        var explanation = placement.explanation();
        if (!explanation.isEmpty()) {
            lines.add(Paint.GOOD.mark(explanation.getFirst()));
            explanation.stream().skip(1).limit(1).forEach(lines::add);
        }
        for (var lens : placement.lenses()) {
            lines.add("");
            lines.add(lens.name() + ": " + lens.reason());
            lines.addAll(frontier(lens));
        }
        lines.add("");
        lines.addAll(losses(placement));
        lines.add("");
        lines.addAll(changes(placement));
        return lines;
    }

    private static List<String> frontier(Placement.Lens lens) {
        var table = new Table("REGIONS", "MEAN", "", "P50", "P95", "LEAST P95", "COST", "LEAST MEAN WITH");
        double most = lens.frontier().stream()
                .mapToDouble(step -> step.figures().mean())
                .max()
                .orElse(1);
        String before = "";
        for (var step : lens.frontier()) {
            int length = (int) Math.round(BAR * step.figures().mean() / most);
            table.row(
                    step.count() + (step.count() == lens.needs() ? " *" : ""),
                    Words.time(step.figures().mean()),
                    "█".repeat(Math.max(1, length)),
                    Words.time(step.figures().p50()),
                    Words.time(step.figures().p95()),
                    Words.time(step.byP95().figures().p95()),
                    step.cost() == 0 ? "" : String.format(Locale.ROOT, "%.0f", step.cost()),
                    difference(before, step.regions()));
            before = String.join(",", step.regions());
        }
        return table.lines();
    }

    /** What is new against the line before, and what is gone: whole lists would not fit. */
    private static String difference(String before, List<String> regions) {
        var old = before.isEmpty() ? List.<String>of() : List.of(before.split(","));
        var parts = new ArrayList<String>();
        regions.stream().filter(region -> !old.contains(region)).forEach(region -> parts.add("+" + region));
        old.stream().filter(region -> !regions.contains(region)).forEach(region -> parts.add("-" + region));
        return String.join(" ", parts);
    }

    private static List<String> losses(Placement placement) {
        var table = new Table("IF LOST", "ITS USERS", "WAIT LONGER BY");
        placement
                .losses()
                .forEach(loss -> table.row(
                        loss.region(),
                        Words.share(loss.affected()),
                        loss.figures().mean() < 0 ? "some have nowhere to go" : Words.time(loss.added())));
        return table.lines();
    }

    private static List<String> changes(Placement placement) {
        var table = new Table("CHANGE", "MEAN", "P95", "USERS AFFECTED");
        placement.next().stream().limit(CHANGES_SHOWN).forEach(change -> row(table, "add " + change.region(), change));
        placement.drop().stream()
                .limit(CHANGES_SHOWN)
                .forEach(change -> row(table, "leave out " + change.region(), change));
        return table.lines();
    }

    private static void row(Table table, String what, Placement.Change change) {
        table.row(
                what,
                change.possible() ? sign(change.mean()) : "breaks a rule",
                change.possible() ? sign(change.p95()) : "",
                Words.share(change.affected()));
    }

    private static String sign(double millis) {
        return (millis > 0 ? "+" : "") + Words.time(millis);
    }
}
