package io.portolan.placement.workload;

import io.portolan.placement.data.Country;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Names for several countries at once. Stateless. */
final class CountryGroups {
    private static final Set<String> EU = Set.of(
            "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
            "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK");

    private static final Map<String, Set<String>> GROUPS =
            new TreeMap<>(Map.of("EU", EU, "EEA", union(EU, Set.of("IS", "LI", "NO"))));

    private CountryGroups() {}

    /** The codes behind a code or the name of a group; empty when it is neither. */
    static Set<String> expand(String text) {
        var group = GROUPS.get(text);
        if (group != null) {
            return group;
        }
        return Country.find(text).isPresent() ? Set.of(text) : Set.of();
    }

    static String names() {
        return String.join(", ", GROUPS.keySet());
    }

    private static Set<String> union(Set<String> some, Set<String> more) {
        var all = new TreeSet<>(some);
        all.addAll(more);
        return all;
    }
}
