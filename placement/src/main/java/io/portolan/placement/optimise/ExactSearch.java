package io.portolan.placement.optimise;

import java.util.Arrays;
import java.util.List;

/**
 * Finds the best k sites of an {@link Instance} and proves it: depth first over "with this site, without it", with the bound of
 * {@link Relaxation} at each part, sites fixed by what they add to the bound, and a limit on the parts after which it answers the
 * best choice so far with the bound that is left. Deterministic. One thread at a time.
 */
public final class ExactSearch {
    /** Parts after which a search gives up proving. */
    public static final long USUAL_NODES = 4_000;

    private static final int FIRST_STEPS = 400;
    private static final int LATER_STEPS = 60;
    private static final byte IN = 1;
    private static final byte OUT = -1;

    private final Instance instance;
    private final int k;
    private final long mostNodes;
    private final Relaxation relaxation;
    private final double ceiling;
    private final double goal;

    private final boolean[] last;
    private int lastCount;
    private int[] best = new int[0];
    private double bestValue;
    private double unexplored = Double.POSITIVE_INFINITY;
    private long nodes;
    private boolean done;

    private ExactSearch(Instance instance, int k, long mostNodes, double limit, double goal) {
        this.instance = instance;
        this.k = k;
        this.mostNodes = mostNodes;
        this.relaxation = new Relaxation(instance, k);
        this.ceiling = instance.ceiling();
        this.bestValue = limit;
        this.last = new boolean[instance.sites()];
        this.goal = goal;
    }

    /**
     * The best choice of k sites.
     *
     * @param known choices to begin with; better ones find the end sooner
     */
    public static Solution best(Instance instance, int k, List<int[]> known, long mostNodes) {
        var search = new ExactSearch(instance, k, mostNodes, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
        return search.run(known);
    }

    /**
     * Any choice whose value is at most the goal.
     *
     * @return such a choice; or none, and then the bound is over the goal when it is proved that there is none
     */
    public static Solution within(Instance instance, int k, double goal, List<int[]> known, long mostNodes) {
        double above = goal + Math.max(1e-12, Math.abs(goal) * 1e-9);
        return new ExactSearch(instance, k, mostNodes, above, goal).run(known);
    }

    private Solution run(List<int[]> known) {
        if (k < Math.max(1, instance.requiredCount()) || k > instance.sites()) {
            return new Solution(List.of(), Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 0);
        }
        known.stream().filter(choice -> choice.length == k).forEach(this::suggested);
        if (!done) {
            var state = new byte[instance.sites()];
            for (int j = 0; j < state.length; j++) {
                state[j] = instance.isRequired(j) ? IN : 0;
            }
            relaxation.startFrom(best.length > 0 ? best : known.isEmpty() ? best : known.getFirst());
            explore(state, Double.NEGATIVE_INFINITY, FIRST_STEPS);
        }
        var sites = Arrays.stream(best).sorted().boxed().toList();
        double value = best.length > 0 ? bestValue : Double.POSITIVE_INFINITY;
        // Nothing below the limit that was asked for exists in what was explored.
        return new Solution(sites, value, Math.min(unexplored, bestValue), nodes);
    }

    private double suggested(int[] choice) {
        // Prices move little by little and mostly suggest what they suggested before.
        if (isLast(choice)) {
            return done ? Double.NEGATIVE_INFINITY : bestValue;
        }
        double value = instance.value(choice);
        if (value < bestValue) {
            bestValue = value;
            best = choice.clone();
            done = value <= goal * (1 + Solution.ROUNDING);
        }
        return done ? Double.NEGATIVE_INFINITY : bestValue;
    }

    /** Whether the sites, in whatever order, are those of the last call; remembers them. */
    private boolean isLast(int[] choice) {
        boolean same = choice.length == lastCount;
        for (int n = 0; n < choice.length && same; n++) {
            same = last[choice[n]];
        }
        if (!same) {
            Arrays.fill(last, false);
            for (int site : choice) {
                last[site] = true;
            }
            lastCount = choice.length;
        }
        return same;
    }

    private void explore(byte[] state, double known, int steps) {
        if (done) {
            return;
        }
        if (nodes >= mostNodes) {
            unexplored = Math.min(unexplored, known);
            return;
        }
        nodes++;
        if (isImpossible(state)) {
            return;
        }
        if (count(state, IN) == k) {
            suggested(sites(state, IN));
            return;
        }
        double bound = Math.max(known, relaxation.improve(state, k, steps, ceiling, this::suggested));
        if (done || isBeaten(bound)) {
            return;
        }
        fix(state, bound);
        int next = branch(state);
        if (next < 0) {
            // Every chosen site is fixed: one choice is left.
            suggested(sites(state, IN));
            return;
        }
        var prices = relaxation.prices();
        var with = state.clone();
        with[next] = IN;
        explore(with, bound, LATER_STEPS);
        relaxation.set(prices);
        state[next] = OUT;
        explore(state, bound, LATER_STEPS);
    }

    private boolean isBeaten(double bound) {
        return bound >= Math.min(bestValue, ceiling) * (1 - Solution.ROUNDING);
    }

    /** Too many or too few sites, or no way to keep to the budget. */
    private boolean isImpossible(byte[] state) {
        int in = count(state, IN);
        int missing = k - in;
        if (missing < 0 || count(state, (byte) 0) < missing) {
            return true;
        }
        double spent = 0;
        for (int j : sites(state, IN)) {
            spent += instance.price(j);
        }
        double cheapest = Arrays.stream(sites(state, (byte) 0))
                .mapToDouble(instance::price)
                .sorted()
                .limit(missing)
                .sum();
        return spent + cheapest > instance.budget() + 1e-9;
    }

    /** Fixes sites without which, or with which, the bound is beaten. */
    private void fix(byte[] state, double bound) {
        var chosen = relaxation.chosen();
        var isChosen = new boolean[state.length];
        double worstChosen = Double.NEGATIVE_INFINITY;
        double bestOther = Double.POSITIVE_INFINITY;
        for (int j : chosen) {
            isChosen[j] = true;
        }
        for (int j = 0; j < state.length; j++) {
            if (state[j] == 0 && isChosen[j]) {
                worstChosen = Math.max(worstChosen, relaxation.rho(j));
            } else if (state[j] == 0) {
                bestOther = Math.min(bestOther, relaxation.rho(j));
            }
        }
        for (int j = 0; j < state.length; j++) {
            if (state[j] == 0 && !isChosen[j] && isBeaten(bound + relaxation.rho(j) - worstChosen)) {
                state[j] = OUT;
            } else if (state[j] == 0 && isChosen[j] && isBeaten(bound + bestOther - relaxation.rho(j))) {
                state[j] = IN;
            }
        }
    }

    /** The free site that the relaxation wants most: without it, the bound rises most. */
    private int branch(byte[] state) {
        int next = -1;
        for (int j : relaxation.chosen()) {
            if (state[j] == 0 && (next < 0 || relaxation.rho(j) < relaxation.rho(next))) {
                next = j;
            }
        }
        return next;
    }

    private static int count(byte[] state, byte wanted) {
        int count = 0;
        for (byte one : state) {
            count += one == wanted ? 1 : 0;
        }
        return count;
    }

    private static int[] sites(byte[] state, byte wanted) {
        var sites = new int[count(state, wanted)];
        int n = 0;
        for (int j = 0; j < state.length; j++) {
            if (state[j] == wanted) {
                sites[n++] = j;
            }
        }
        return sites;
    }
}
