package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.Stage;
import java.util.List;
import java.util.Map;

/**
 * Which regions an extension's placement takes in. Pure.
 *
 * <p>A placement names, by environment, regions or {@code "*"}; an environment that it does not name counts as {@code "*"}. Beside them,
 * or alone, it may name classes of residency ({@code "residency:eu"}): a fence around the rest. A region of another class, or of none,
 * is never taken in, whatever names it; classes alone take in every region of them, also one that is added later.
 */
public final class Placed {
    /** What entries begin with that name a class of residency. */
    public static final String RESIDENCY = "residency:";

    private Placed() {}

    /** Classes of residency that it is fenced in by, empty for none. */
    public static List<String> fence(Map<String, List<String>> placement, String environment) {
        return placement.getOrDefault(environment, List.of()).stream()
                .filter(entry -> entry.startsWith(RESIDENCY))
                .map(entry -> entry.substring(RESIDENCY.length()))
                .sorted()
                .toList();
    }

    /** Whether it takes a region in. {@code residency}: the region's class, empty text for none. */
    public static boolean takesIn(
            Map<String, List<String>> placement, String environment, RegionName region, String residency) {
        var wanted = placement.getOrDefault(environment, List.of(Stage.REST));
        var classes =
                wanted.stream().filter(entry -> entry.startsWith(RESIDENCY)).toList();
        if (!classes.isEmpty() && !classes.contains(RESIDENCY + residency)) {
            return false;
        }
        return wanted.contains(Stage.REST)
                || wanted.contains(region.value())
                || (!classes.isEmpty() && classes.size() == wanted.size());
    }
}
