package io.portolan.placement.plan;

import io.portolan.placement.plan.Placement.Change;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** One region more or less than a plan has. Stateless but for its scene. */
final class Changes {
    private static final int SHOWN = 10;
    /** A difference that nobody notices. */
    private static final double SAME_MILLIS = 1e-6;

    private final Scene scene;

    Changes(Scene scene) {
        this.scene = scene;
    }

    /** Regions that help most when they are added, best first, at most {@value #SHOWN}. */
    List<Change> next(int[] base) {
        return IntStream.range(0, scene.regions().size())
                .filter(site -> Arrays.stream(base).noneMatch(has -> has == site))
                .mapToObj(site -> change(
                        base,
                        IntStream.concat(Arrays.stream(base), IntStream.of(site))
                                .toArray(),
                        site))
                .filter(Change::possible)
                .sorted(Comparator.comparingDouble(Change::mean).thenComparing(Change::region))
                .limit(SHOWN)
                .toList();
    }

    /** What leaving each region out costs, least first; those that cannot be left out come last. */
    List<Change> drop(int[] base) {
        return Arrays.stream(base)
                .mapToObj(site -> change(base, Scene.without(base, site), site))
                .sorted(Comparator.comparing((Change change) -> !change.possible())
                        .thenComparingDouble(Change::mean)
                        .thenComparing(Change::region))
                .toList();
    }

    private Change change(int[] base, int[] changed, int site) {
        var before = scene.times(base);
        var after = scene.times(changed);
        double affected = 0;
        for (int i = 0; i < before.length; i++) {
            affected += Math.abs(after[i] - before[i]) > SAME_MILLIS ? scene.weights()[i] : 0;
        }
        boolean possible = changed.length > 0
                && Double.isFinite(scene.rules().value(changed))
                && (changed.length > base.length || !scene.rules().isRequired(site));
        var from = scene.figures(base);
        var to = scene.figures(changed);
        boolean known = changed.length > 0 && from.mean() >= 0 && to.mean() >= 0;
        return new Change(
                scene.regions().get(site).name().value(),
                known ? to.mean() - from.mean() : 0,
                known ? to.p95() - from.p95() : 0,
                affected / scene.total(),
                scene.cost(changed) - scene.cost(base),
                possible);
    }
}
