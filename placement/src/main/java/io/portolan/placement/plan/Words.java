package io.portolan.placement.plan;

import java.util.List;
import java.util.Locale;

/** Numbers as people say them. Stateless. */
public final class Words {
    private static final double SECONDS_FROM = 1_000;
    private static final double MINUTES_FROM = 120_000;

    private Words() {}

    /** A time of so many milliseconds. */
    public static String time(double millis) {
        if (Math.abs(millis) < SECONDS_FROM) {
            return String.format(Locale.ROOT, Math.abs(millis) < 10 ? "%.1f ms" : "%.0f ms", millis);
        }
        return Math.abs(millis) < MINUTES_FROM
                ? String.format(Locale.ROOT, "%.1f s", millis / 1_000)
                : String.format(Locale.ROOT, "%.1f min", millis / 60_000);
    }

    /** A share of 0 to 1. */
    public static String share(double share) {
        return String.format(Locale.ROOT, share > 0 && share < 0.01 ? "%.1f %%" : "%.0f %%", share * 100);
    }

    /** {@code 1 region}, {@code 2 regions}. */
    public static String regions(int count) {
        return count + (count == 1 ? " region" : " regions");
    }

    /** {@code a, b and c}. */
    public static String list(List<String> names) {
        return names.size() < 2
                ? String.join("", names)
                : String.join(", ", names.subList(0, names.size() - 1)) + " and " + names.getLast();
    }
}
