package io.portolan.dist;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.placement.data.BundledCsv;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Facts of the public cloud's regions, from the bundled table. Immutable. */
final class RegionCatalogue {
    private static final int NAME = 0;
    private static final int DISPLAY_NAME = 1;
    private static final int LATITUDE = 5;
    private static final int LONGITUDE = 6;
    private static final int PAIRS = 7;
    private static final int CLOUD = 10;
    private static final int TEST_REGION = 12;

    private final Map<RegionName, Entry> entries;

    private RegionCatalogue(Map<RegionName, Entry> entries) {
        this.entries = entries;
    }

    /** One region. */
    record Entry(RegionName name, String displayName, GeoPoint location, List<RegionName> pairs, boolean usual) {}

    static RegionCatalogue bundled() {
        var entries = new LinkedHashMap<RegionName, Entry>();
        BundledCsv.regions().lines().skip(1).map(RegionCatalogue::cells).forEach(row -> {
            var entry = entry(row);
            entries.put(entry.name(), entry);
        });
        return new RegionCatalogue(entries);
    }

    Optional<Entry> find(RegionName name) {
        return Optional.ofNullable(entries.get(name));
    }

    /** Class of residency of a region, empty text for none. */
    static String residency(RegionName name) {
        return io.portolan.placement.data.RegionCatalogue.residency(name);
    }

    /** All of the public cloud but its test regions, in the table's order. */
    List<RegionName> usual() {
        return entries.values().stream().filter(Entry::usual).map(Entry::name).toList();
    }

    private static Entry entry(List<String> row) {
        var pairs = row.get(PAIRS).isEmpty()
                ? List.<RegionName>of()
                : List.of(row.get(PAIRS).split("[;, ]+")).stream()
                        .map(RegionName::new)
                        .toList();
        return new Entry(
                new RegionName(row.get(NAME)),
                row.get(DISPLAY_NAME),
                new GeoPoint(Double.parseDouble(row.get(LATITUDE)), Double.parseDouble(row.get(LONGITUDE))),
                pairs,
                row.get(CLOUD).equals("public") && row.get(TEST_REGION).equals("false"));
    }

    // Cells with commas stand in double quotes; the table has no quotes inside quotes.
    private static List<String> cells(String line) {
        var cells = new ArrayList<String>();
        var cell = new StringBuilder();
        boolean quoted = false;
        for (char c : line.toCharArray()) {
            if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                cells.add(cell.toString());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        cells.add(cell.toString());
        return cells;
    }
}
