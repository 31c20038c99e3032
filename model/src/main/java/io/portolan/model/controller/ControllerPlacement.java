package io.portolan.model.controller;

import io.portolan.model.RegionName;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The regions in which a controller runs, among those that serve its version. Immutable.
 *
 * <p>A list as an extension's placement has one: {@code *} for all, or names. A name may hold {@code *} for any run of characters
 * ({@code west*}), and one that starts with {@code !} leaves regions out. A region is in when it matches an entry without {@code !},
 * or there is none, and no entry with {@code !}.
 *
 * @param regions entries, at least one
 */
public record ControllerPlacement(List<String> regions) {
    // Before the constants that are made with it.
    private static final Pattern ENTRY = Pattern.compile("!?[a-z0-9*](?:[a-z0-9*\\-]{0,62})");

    /** Every region. */
    public static final ControllerPlacement ALL = new ControllerPlacement(List.of("*"));

    public ControllerPlacement {
        regions = List.copyOf(Objects.requireNonNull(regions, "regions"));
        if (regions.isEmpty()) {
            throw new IllegalArgumentException("placement: no region (expected: \"*\", or names of regions)");
        }
        for (var entry : regions) {
            if (!ENTRY.matcher(entry).matches()) {
                throw new IllegalArgumentException("placement: " + entry
                        + " (expected: the name of a region, perhaps with * in it or ! before it)");
            }
        }
    }

    /** Whether the controller runs there. */
    public boolean includes(RegionName region) {
        boolean chosen = regions.stream().allMatch(entry -> entry.startsWith("!"));
        for (var entry : regions) {
            boolean out = entry.startsWith("!");
            if (matches(out ? entry.substring(1) : entry, region.value())) {
                if (out) {
                    return false;
                }
                chosen = true;
            }
        }
        return chosen;
    }

    private static boolean matches(String pattern, String name) {
        var parts = pattern.split("\\*", -1);
        if (parts.length == 1) {
            return pattern.equals(name);
        }
        if (!name.startsWith(parts[0])) {
            return false;
        }
        int at = parts[0].length();
        for (int i = 1; i < parts.length - 1; i++) {
            int found = name.indexOf(parts[i], at);
            if (found < 0) {
                return false;
            }
            at = found + parts[i].length();
        }
        var last = parts[parts.length - 1];
        return name.length() - last.length() >= at && name.endsWith(last);
    }
}
