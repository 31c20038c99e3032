package io.portolan.placement.optimise;

import java.util.Arrays;

/** Percentiles of weighted values: the least value that so much of the weight does not exceed. Stateless. */
public final class Percentiles {
    private Percentiles() {}

    /**
     * @param share 0 to 1
     * @return infinite when values of more than the rest of the weight are
     */
    public static double of(double[] values, double[] weights, double share) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        double needed = share * Arrays.stream(weights).sum() * (1 - 1e-12);
        int low = 0;
        int high = sorted.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (within(values, weights, sorted[middle]) >= needed) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return values.length == 0 ? 0 : sorted[low];
    }

    private static double within(double[] values, double[] weights, double limit) {
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[i] <= limit ? weights[i] : 0;
        }
        return sum;
    }
}
