package io.portolan.placement.plan;

import io.portolan.placement.plan.Placement.Lens;
import io.portolan.placement.plan.Placement.Step;
import io.portolan.placement.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A placement in plain words. Stateless. */
final class Explanation {
    private Explanation() {}

    static List<String> of(Placement placement, Workload workload) {
        var said = new ArrayList<String>();
        var recommended = placement.recommended();
        if (recommended.regions().isEmpty()) {
            said.add("No plan keeps to every rule: " + recommended.reason() + ".");
            return said;
        }
        headline(placement).ifPresent(said::add);
        said.add("Plan for everything together: " + Words.list(recommended.regions()) + " ("
                + Words.regions(recommended.regions().size()) + "): " + recommended.reason() + ".");
        for (var lens : placement.lenses()) {
            if (!lens.frontier().isEmpty()) {
                said.add(gain(lens));
            }
        }
        var worst = placement.losses().getFirst();
        said.add(
                worst.figures().mean() < 0
                        ? "Without " + worst.region() + ", some users would have nowhere to go"
                                + (recommended.regions().size() == 1
                                        ? ": it is the only one."
                                        : ": no other region of this plan is inside their fence.")
                        : "The worst region to lose is " + worst.region() + ": its users, "
                                + Words.share(worst.affected()) + " of all, would wait " + Words.time(worst.added())
                                + " longer.");
        changes(placement, workload, said);
        if (placement.lenses().stream()
                .flatMap(lens -> lens.frontier().stream())
                .anyMatch(step -> step.meanGap() > 0)) {
            said.add("Some plans are not proved to be the best; the table gives the gap of each.");
        }
        return said;
    }

    /** The sentence that the whole tool is for. */
    private static java.util.Optional<String> headline(Placement placement) {
        var parts = placement.lenses().stream()
                .filter(lens -> !lens.name().equals(PlacementPlanner.SESSION))
                .map(lens -> lens.needs() > 0
                        ? "your " + lens.name() + " "
                                + (lens.needs() == 1 ? "would do with 1 region" : "needs " + lens.needs() + " regions")
                        : "your " + lens.name() + " stays slower than you want with any number looked at")
                .toList();
        if (parts.isEmpty()) {
            return java.util.Optional.empty();
        }
        var text = parts.stream().collect(Collectors.joining("; "));
        return java.util.Optional.of(Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".");
    }

    private static String gain(Lens lens) {
        var first = lens.frontier().getFirst();
        var last = lens.frontier().getLast();
        var ratio = first.figures().mean() / Math.max(1e-9, last.figures().mean());
        return lens.name() + ": mean " + Words.time(first.figures().mean()) + " with " + Words.regions(first.count())
                + ", "
                + middle(lens)
                + Words.time(last.figures().mean()) + " with " + last.count() + "; that is "
                + (ratio < 1.15
                        ? "hardly any difference"
                        : String.format(java.util.Locale.ROOT, "%.1f times as fast", ratio))
                + ". " + Character.toUpperCase(lens.reason().charAt(0))
                + lens.reason().substring(1) + ".";
    }

    private static String middle(Lens lens) {
        return lens.frontier().stream()
                .filter(step -> step.count() == lens.needs())
                .filter(step -> step != lens.frontier().getFirst()
                        && step != lens.frontier().getLast())
                .findFirst()
                .map((Step step) -> Words.time(step.figures().mean()) + " with " + step.count() + ", ")
                .orElse("");
    }

    private static void changes(Placement placement, Workload workload, List<String> said) {
        boolean today = !workload.choice().current().isEmpty();
        var base = today ? "Today's regions" : "This plan";
        if (!placement.next().isEmpty()) {
            var next = placement.next().getFirst();
            said.add((today ? "Beside today's regions" : "Beside this plan") + ", the next one to add is "
                    + next.region()
                    + ": the mean falls by " + Words.time(Math.abs(next.mean())) + ", for "
                    + Words.share(next.affected())
                    + " of the users.");
        }
        var least = placement.drop().stream().filter(Placement.Change::possible).findFirst();
        if (placement.base().size() > 1) {
            said.add(
                    least.isEmpty()
                            ? base + (today ? " have" : " has") + " none that can be left out."
                            : base + " could most easily do without "
                                    + least.get().region() + ": the mean rises by "
                                    + Words.time(least.get().mean()) + ", for "
                                    + Words.share(least.get().affected())
                                    + " of the users.");
        }
    }
}
