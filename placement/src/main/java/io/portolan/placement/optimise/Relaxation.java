package io.portolan.placement.optimise;

import java.util.Arrays;

/**
 * The Lagrangian relaxation of an {@link Instance}: that every client has one primary (and one backup), and the budget, are not
 * demanded but priced. What is left falls apart by site, so the bound of given prices costs one look at each cost. One thread at a
 * time.
 *
 * <p>For prices u (primaries), v (backups) and l ≥ 0 (money), and k sites: Σu + Σv − l·budget + the k least of
 * ρ(j) = l·price(j) + Σᵢ min(0, cᵢⱼ − uᵢ, bᵢⱼ − vᵢ). No choice of k sites has a lower value. After Cornuéjols, Fisher and Nemhauser,
 * "Location of bank accounts to optimize float" (Management Science 23, 1977); backups after Snyder and Daskin, "Reliability models
 * for facility location" (Transportation Science 39, 2005); prices are moved by the subgradient method of Held, Wolfe and Crowder.
 */
final class Relaxation {
    private static final double FIRST_STEP = 1.2;
    private static final double LAST_STEP = 0.01;
    private static final int PATIENCE = 8;

    private final Instance instance;
    private final int clients;
    private final int sites;
    /** With backups: costs by site, then client. */
    private final double[][] primary;

    private final double[][] backup;

    /** By client, its sites from the cheapest. Few cost less than a good price, and only those are looked at. */
    private final int[][] cheapest;

    private final int[][] cheapestBackup;

    private final double[] u;
    private final double[] v;
    private double money;

    private final double[] rho;
    private final int[] chosen;
    private final boolean[] taken;
    private final double[] slackU;
    private final double[] slackV;

    /** Best bound of the last {@link #improve}, with what it was found with. */
    private double bestBound;

    private final double[] bestU;
    private final double[] bestV;
    private double bestMoney;
    private final double[] bestRho;
    private int[] bestChosen = new int[0];

    Relaxation(Instance instance, int most) {
        this.instance = instance;
        this.clients = instance.clients();
        this.sites = instance.sites();
        primary = new double[instance.hasBackups() ? sites : 0][clients];
        backup = new double[instance.hasBackups() ? sites : 0][clients];
        for (int i = 0; i < clients && instance.hasBackups(); i++) {
            for (int j = 0; j < sites; j++) {
                primary[j][i] = instance.primary(i, j);
                backup[j][i] = instance.backups(i)[j];
            }
        }
        cheapest = new int[clients][];
        cheapestBackup = new int[backup.length > 0 ? clients : 0][];
        for (int i = 0; i < clients; i++) {
            cheapest[i] = ascending(instance.primaries(i));
            if (cheapestBackup.length > 0) {
                cheapestBackup[i] = ascending(instance.backups(i));
            }
        }
        u = new double[clients];
        v = new double[instance.hasBackups() ? clients : 0];
        bestU = new double[clients];
        bestV = new double[v.length];
        slackU = new double[clients];
        slackV = new double[v.length];
        rho = new double[sites];
        bestRho = new double[sites];
        chosen = new int[most];
        taken = new boolean[sites];
    }

    private static int[] ascending(double[] costs) {
        var order = new int[costs.length];
        for (int n = 0; n < order.length; n++) {
            int at = n;
            for (; at > 0 && costs[order[at - 1]] > costs[n]; at--) {
                order[at] = order[at - 1];
            }
            order[at] = n;
        }
        return order;
    }

    /** Prices of a search. */
    @SuppressWarnings("ArrayRecordComponent")
    record Prices(double[] u, double[] v, double money) {}

    Prices prices() {
        return new Prices(bestU.clone(), bestV.clone(), bestMoney);
    }

    void set(Prices prices) {
        System.arraycopy(prices.u(), 0, u, 0, u.length);
        System.arraycopy(prices.v(), 0, v, 0, v.length);
        money = prices.money();
    }

    /** Prices to begin with: what each client costs in a choice, or its cheapest site where there is none. */
    void startFrom(int[] choice) {
        for (int i = 0; i < clients; i++) {
            u[i] = typical(instance.primaries(i), choice);
            if (v.length > 0) {
                v[i] = typical(instance.backups(i), choice);
            }
        }
        money = 0;
    }

    private static double typical(double[] costs, int[] choice) {
        double least = Double.POSITIVE_INFINITY;
        for (int site : choice) {
            least = Math.min(least, costs[site]);
        }
        return Double.isFinite(least)
                ? least
                : Arrays.stream(costs).filter(Double::isFinite).min().orElse(0);
    }

    /** What a search does with the choices it passes. */
    interface Watcher {
        /** A choice that the prices suggest; answers the value that a better one has to be under, negative infinity to end. */
        double suggested(int[] choice);
    }

    /**
     * Moves the prices until the bound rises no more, or no better choice is possible.
     *
     * @param state     of each site: 1 in, -1 out, 0 free
     * @param k         sites in a choice
     * @param mostSteps of the subgradient method
     * @return the best bound
     */
    double improve(byte[] state, int k, int mostSteps, double ceiling, Watcher watcher) {
        bestBound = Double.NEGATIVE_INFINITY;
        double step = FIRST_STEP;
        int without = 0;
        for (int turn = 0; turn < mostSteps && step > LAST_STEP; turn++) {
            double bound = evaluate(state, k);
            double limit = watcher.suggested(Arrays.copyOf(chosen, k));
            if (limit == Double.NEGATIVE_INFINITY) {
                return Math.max(bestBound, bound);
            }
            if (bound > bestBound) {
                without = bound > bestBound + 1e-6 * Math.abs(bound) ? 0 : without + 1;
                keep(bound, k);
            } else {
                without++;
            }
            double target = Double.isFinite(limit) ? limit : ceiling;
            if (bestBound >= target * (1 - Solution.ROUNDING)) {
                return bestBound;
            }
            if (without >= PATIENCE) {
                step /= 2;
                without = 0;
            }
            if (!move(step, target, bound, k)) {
                // The choice keeps to every rule that was priced: the bound is its value.
                return bestBound;
            }
        }
        return bestBound;
    }

    private void keep(double bound, int k) {
        bestBound = bound;
        System.arraycopy(u, 0, bestU, 0, u.length);
        System.arraycopy(v, 0, bestV, 0, v.length);
        System.arraycopy(rho, 0, bestRho, 0, rho.length);
        bestMoney = money;
        bestChosen = Arrays.copyOf(chosen, k);
    }

    /** What a site adds to the bound; the less the better. */
    double rho(int site) {
        return bestRho[site];
    }

    /** The sites of the best bound. */
    int[] chosen() {
        return bestChosen;
    }

    private double evaluate(byte[] state, int k) {
        savings();
        for (int j = 0; j < sites; j++) {
            rho[j] = state[j] < 0 ? Double.POSITIVE_INFINITY : money * instance.price(j) + rho[j];
        }
        choose(state, k);
        double bound = money == 0 ? 0 : -money * instance.budget();
        for (double one : u) {
            bound += one;
        }
        for (double one : v) {
            bound += one;
        }
        for (int n = 0; n < k; n++) {
            bound += rho[chosen[n]];
        }
        return bound;
    }

    /**
     * What each site saves, into {@link #rho}. Compares by hand: {@code Math.min} minds NaN and -0.0, at three times the cost.
     */
    private void savings() {
        Arrays.fill(rho, 0);
        for (int i = 0; i < clients; i++) {
            var costs = instance.primaries(i);
            double price = u[i];
            for (int j : cheapest[i]) {
                double saving = costs[j] - price;
                if (!(saving < 0)) {
                    break;
                }
                if (v.length > 0) {
                    double other = instance.backups(i)[j] - v[i];
                    saving = other < saving ? other : saving;
                }
                rho[j] += saving;
            }
            if (v.length > 0) {
                backupSavings(i);
            }
        }
    }

    /** What sites save as a client's backup that would save nothing as its primary. */
    private void backupSavings(int client) {
        var costs = instance.primaries(client);
        var second = instance.backups(client);
        double price = v[client];
        for (int j : cheapestBackup[client]) {
            double saving = second[j] - price;
            if (!(saving < 0)) {
                break;
            }
            if (!(costs[j] - u[client] < 0)) {
                rho[j] += saving;
            }
        }
    }

    /** The sites that are in and, of the free ones, those with the least rho; of equal ones the first. */
    private void choose(byte[] state, int k) {
        int count = 0;
        Arrays.fill(taken, false);
        for (int j = 0; j < sites; j++) {
            if (state[j] > 0) {
                chosen[count++] = j;
                taken[j] = true;
            }
        }
        for (; count < k; count++) {
            int least = -1;
            for (int j = 0; j < sites; j++) {
                if (state[j] == 0 && !taken[j] && (least < 0 || rho[j] < rho[least])) {
                    least = j;
                }
            }
            chosen[count] = least;
            taken[least] = true;
        }
    }

    /** Moves the prices along the subgradient; false when it is zero. */
    private boolean move(double step, double target, double bound, int k) {
        Arrays.fill(slackU, 1);
        Arrays.fill(slackV, 1);
        double spent = 0;
        for (int n = 0; n < k; n++) {
            int j = chosen[n];
            spent += instance.price(j);
            if (v.length > 0) {
                serveWithBackups(j);
            }
        }
        if (v.length == 0) {
            serve();
        }
        double over = Double.isFinite(instance.budget()) ? spent - instance.budget() : 0;
        if (money == 0 && over < 0) {
            over = 0;
        }
        double length = over * over;
        for (double one : slackU) {
            length += one * one;
        }
        for (double one : slackV) {
            length += one * one;
        }
        if (length == 0) {
            return false;
        }
        double move = step * Math.max(target - bound, Math.abs(target) * 1e-6) / length;
        for (int i = 0; i < clients; i++) {
            u[i] += move * slackU[i];
            if (v.length > 0) {
                v[i] += move * slackV[i];
            }
        }
        money = Math.max(0, money + move * over);
        return true;
    }

    /** Counts off how many of the chosen sites would serve each client at its price. */
    private void serve() {
        for (int i = 0; i < clients; i++) {
            var costs = instance.primaries(i);
            double price = u[i];
            for (int j : cheapest[i]) {
                if (!(costs[j] - price < 0)) {
                    break;
                }
                if (taken[j]) {
                    slackU[i]--;
                }
            }
        }
    }

    private void serveWithBackups(int site) {
        for (int i = 0; i < clients; i++) {
            double first = primary[site][i] - u[i];
            double second = backup[site][i] - v[i];
            if (first < 0 && first <= second) {
                slackU[i]--;
            } else if (second < 0) {
                slackV[i]--;
            }
        }
    }
}
