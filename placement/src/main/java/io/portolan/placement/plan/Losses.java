package io.portolan.placement.plan;

import io.portolan.placement.plan.Placement.Figures;
import io.portolan.placement.plan.Placement.Loss;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** What a loss of one region does to a plan. Stateless but for its scene. */
final class Losses {
    private final Scene scene;

    Losses(Scene scene) {
        this.scene = scene;
    }

    /** Each region's loss, the worst first: those that leave somebody unserved, then by what they add to the mean. */
    List<Loss> of(int[] sites) {
        return Arrays.stream(sites)
                .mapToObj(gone -> loss(sites, gone))
                .sorted(Comparator.comparing((Loss loss) -> loss.figures().mean() >= 0)
                        .thenComparing(loss -> -loss.figures().mean()))
                .toList();
    }

    Loss worst(int[] sites) {
        return of(sites).getFirst();
    }

    private Loss loss(int[] sites, int gone) {
        var rest = Scene.without(sites, gone);
        var before = scene.times(sites);
        var after = scene.times(rest);
        double affected = 0;
        double added = 0;
        for (int i = 0; i < before.length; i++) {
            if (scene.server(i, sites) == gone) {
                affected += scene.weights()[i];
                added += scene.weights()[i] * (after[i] - before[i]);
            }
        }
        var figures = rest.length == 0 ? new Figures(-1, -1, -1) : scene.figures(rest);
        double mean = affected == 0 ? 0 : Double.isFinite(added) ? added / affected : -1;
        return new Loss(scene.regions().get(gone).name().value(), affected / scene.total(), mean, figures);
    }
}
