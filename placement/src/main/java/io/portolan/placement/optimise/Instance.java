package io.portolan.placement.optimise;

import java.util.Arrays;

/**
 * Costs of serving clients from sites, for choosing the best of the sites. Immutable by convention: the arrays are not changed.
 *
 * <p>Each client is served by a primary site and, where backups count, by another one as its backup. The value of a choice is the
 * sum over the clients of the primary's cost and the backup's, each as given here (weights are multiplied in already). An infinite
 * cost means that the client may not be served from there.
 */
public final class Instance {
    private final double[][] primary;
    private final double[][] backup;
    private final double[] price;
    private final double budget;
    private final boolean[] required;

    private Instance(double[][] primary, double[][] backup, double[] price, double budget, boolean[] required) {
        this.primary = primary;
        this.backup = backup;
        this.price = price;
        this.budget = budget;
        this.required = required;
    }

    /**
     * Primaries only.
     *
     * @param primary  cost by client and site
     * @param price    of each site
     * @param budget   most that the chosen sites may cost together
     * @param required sites of every choice
     */
    public static Instance of(double[][] primary, double[] price, double budget, boolean[] required) {
        return new Instance(primary, new double[0][], price, budget, required);
    }

    /** Primaries and backups. */
    public static Instance withBackups(
            double[][] primary, double[][] backup, double[] price, double budget, boolean[] required) {
        return new Instance(primary, backup, price, budget, required);
    }

    int clients() {
        return primary.length;
    }

    /** How many there are to choose from. */
    public int sites() {
        return price.length;
    }

    boolean hasBackups() {
        return backup.length > 0;
    }

    double primary(int client, int site) {
        return primary[client][site];
    }

    double[] primaries(int client) {
        return primary[client];
    }

    double[] backups(int client) {
        return backup[client];
    }

    double price(int site) {
        return price[site];
    }

    double budget() {
        return budget;
    }

    /** Whether every choice has the site. */
    public boolean isRequired(int site) {
        return required[site];
    }

    int requiredCount() {
        int count = 0;
        for (boolean one : required) {
            count += one ? 1 : 0;
        }
        return count;
    }

    /** Value of a choice; infinite when a client has no site that it may use, or the budget is exceeded. */
    public double value(int[] sites) {
        double spent = 0;
        for (int site : sites) {
            spent += price[site];
        }
        if (spent > budget + 1e-9) {
            return Double.POSITIVE_INFINITY;
        }
        double sum = 0;
        for (int i = 0; i < primary.length && sum < Double.POSITIVE_INFINITY; i++) {
            sum += hasBackups() ? pair(primary[i], backup[i], sites) : least(primary[i], sites);
        }
        return sum;
    }

    private static double least(double[] costs, int[] sites) {
        double least = Double.POSITIVE_INFINITY;
        for (int site : sites) {
            // By hand: Math.min minds NaN and -0.0, which this innermost loop would pay for.
            if (costs[site] < least) {
                least = costs[site];
            }
        }
        return least;
    }

    /** The cheapest primary with a different backup. */
    private static double pair(double[] primary, double[] backup, int[] sites) {
        double least = Double.POSITIVE_INFINITY;
        for (int one : sites) {
            for (int other : sites) {
                if (one != other && primary[one] + backup[other] < least) {
                    least = primary[one] + backup[other];
                }
            }
        }
        return least;
    }

    /** A value over every finite one. */
    double ceiling() {
        double sum = 1;
        for (int i = 0; i < primary.length; i++) {
            sum += largest(primary[i]) + (hasBackups() ? largest(backup[i]) : 0);
        }
        return sum;
    }

    private static double largest(double[] costs) {
        return Arrays.stream(costs).filter(Double::isFinite).max().orElse(0);
    }
}
