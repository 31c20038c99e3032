package io.portolan.placement.plan;

import io.portolan.placement.optimise.ExactSearch;
import io.portolan.placement.optimise.LocalSearch;
import io.portolan.placement.plan.Placement.ByP95;
import io.portolan.placement.plan.Placement.Figures;
import io.portolan.placement.plan.Placement.GreedyStep;
import io.portolan.placement.plan.Placement.Lens;
import io.portolan.placement.plan.Placement.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The frontier of one scene: the best plans of each number of regions, and how many it needs. Call {@link #search} once, then
 * {@link #plan}. One thread at a time; different scenes' searches share nothing that changes.
 */
final class FrontierPlanner {
    /** Without targets, a plan is enough when its mean is within so much of every region at once. */
    static final double ENOUGH = 1.10;

    private static final long MEAN_NODES = 1_500;

    private final Scene scene;
    private final Uncertainty uncertainty;
    private final Losses losses;
    private final P95Plans p95Plans;
    private final List<Found> found = new ArrayList<>();
    private final List<int[]> byMean = new ArrayList<>();
    private final List<int[]> byP95 = new ArrayList<>();

    FrontierPlanner(Scene scene, Uncertainty uncertainty, P95Plans p95Plans) {
        this.scene = scene;
        this.uncertainty = uncertainty;
        this.p95Plans = p95Plans;
        this.losses = new Losses(scene);
    }

    /** The choices with the least mean, by number of regions, of those that exist. */
    List<int[]> byMean() {
        return byMean;
    }

    List<int[]> byP95() {
        return byP95;
    }

    /** A choice with the least mean. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Found(int[] sites, double gap, Uncertainty.Bands bands) {}

    /** Finds the choices with the least mean: most of the work, and none of it depends on another scene. */
    void search() {
        int least = Math.max(
                Math.max(1, scene.required().length), scene.workload().choice().survive() ? 2 : 1);
        for (int k = least; k <= scene.workload().choice().most(); k++) {
            var best = ExactSearch.best(scene.rules(), k, starts(k), MEAN_NODES);
            if (best.exists()) {
                var sites = best.sites().stream().mapToInt(Integer::intValue).toArray();
                byMean.add(sites);
                found.add(new Found(sites, best.gap(), uncertainty.of(scene, sites)));
            }
        }
    }

    Lens plan() {
        int most = scene.workload().choice().most();
        var everywhere = scene.figures(scene.all());
        var steps = found.stream().map(this::step).toList();
        var needed = steps.stream().filter(step -> isEnough(step, everywhere)).findFirst();
        return new Lens(
                scene.name(),
                target(scene.p50Target()),
                target(scene.p95Target()),
                needed.map(Step::count).orElse(-1),
                reason(needed.map(Step::count).orElse(-1), steps, everywhere),
                steps,
                everywhere,
                greedy(most));
    }

    private static double target(double target) {
        return Double.isFinite(target) ? target : -1;
    }

    private List<int[]> starts(int k) {
        var rules = scene.rules();
        var starts = new ArrayList<int[]>();
        var greedy = LocalSearch.greedy(scene.required(), k, rules.sites(), scene::value);
        starts.add(LocalSearch.exchange(greedy, rules, rules::value));
        if (!byMean.isEmpty() && byMean.getLast().length == k - 1) {
            var grown = LocalSearch.greedy(byMean.getLast(), k, rules.sites(), scene::value);
            starts.add(LocalSearch.exchange(grown, rules, rules::value));
        }
        return starts;
    }

    private Step step(Found best) {
        var sites = best.sites();
        var p95 = p95(sites.length, sites);
        return new Step(
                sites.length,
                scene.names(sites),
                scene.figures(sites),
                best.gap(),
                best.bands().mean(),
                best.bands().p95(),
                scene.cost(sites),
                losses.worst(sites),
                scene.meets(sites) || scene.meets(byP95.getLast()),
                p95);
    }

    private ByP95 p95(int k, int[] mean) {
        var plan = p95Plans.of(k, mean);
        byP95.add(plan.sites());
        var figures = scene.figures(plan.sites());
        double least = Math.min(figures.p95(), scene.millis(plan.leastRtt()));
        double gap = figures.p95() > 0 ? (figures.p95() - least) / figures.p95() : 0;
        return new ByP95(scene.names(plan.sites()), figures, gap < 1e-6 ? 0 : gap);
    }

    private boolean isEnough(Step step, Figures everywhere) {
        return hasTarget() ? step.meets() : step.figures().mean() <= everywhere.mean() * ENOUGH;
    }

    private boolean hasTarget() {
        return Double.isFinite(scene.p50Target()) || Double.isFinite(scene.p95Target());
    }

    private String reason(int needs, List<Step> steps, Figures everywhere) {
        if (steps.isEmpty()) {
            return "no number of regions up to " + scene.workload().choice().most() + " keeps to every rule";
        }
        var last = steps.getLast();
        if (!hasTarget()) {
            return needs > 0
                    ? text(
                            "with %d the mean is within 10 %% of what all %d candidates together would give (%s)",
                            needs, scene.regions().size(), Words.time(everywhere.mean()))
                    : text(
                            "%d regions are still more than 10 %% above what all candidates together would give",
                            last.count());
        }
        var after = scene.workload().choice().survive() ? ", also with any one region gone" : "";
        return needs > 0
                ? text("%d is the least number that keeps %s%s", needs, targets(), after)
                : text(
                        "not even %d regions keep %s%s: p50 %s and p95 %s are the best found",
                        last.count(),
                        targets(),
                        after,
                        Words.time(last.figures().p50()),
                        Words.time(last.byP95().figures().p95()));
    }

    private String targets() {
        var p50 = Double.isFinite(scene.p50Target()) ? "p50 ≤ " + Words.time(scene.p50Target()) : "";
        var p95 = Double.isFinite(scene.p95Target()) ? "p95 ≤ " + Words.time(scene.p95Target()) : "";
        return p50.isEmpty() ? p95 : p95.isEmpty() ? p50 : p50 + " and " + p95;
    }

    private List<GreedyStep> greedy(int most) {
        var order = LocalSearch.greedy(scene.required(), most, scene.regions().size(), scene::value);
        var steps = new ArrayList<GreedyStep>();
        for (int n = 1; n <= order.length; n++) {
            var sites = Arrays.copyOf(order, n);
            steps.add(new GreedyStep(scene.names(sites).getLast(), scene.figures(sites)));
        }
        return steps;
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
