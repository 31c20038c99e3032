package io.portolan.placement.data;

import io.portolan.model.RegionName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Measured round-trip times between regions over their cloud's backbone, median, milliseconds. Immutable.
 *
 * <p>Not a metric: nearly a tenth of the pairs have a detour over a third region that is more than 5 ms shorter. Cells that would
 * need light to be faster than it is in fibre are left out (an earlier edition of the table had three).
 */
public final class RegionRtt {
    /** Light in fibre goes 200 km a millisecond (group index 1.468, Corning SMF-28). */
    private static final double FIBRE_KM_PER_MILLI = 200;

    private static final RegionRtt BUNDLED = read(RegionCatalogue.bundled());

    private final Map<RegionName, Map<RegionName, Double>> millis;

    private RegionRtt(Map<RegionName, Map<RegionName, Double>> millis) {
        this.millis = millis;
    }

    /** The bundled table of 54 regions. */
    public static RegionRtt bundled() {
        return BUNDLED;
    }

    /** From one region to another; 0 within a region, empty when the table has no plausible figure. */
    public OptionalDouble between(RegionName from, RegionName to) {
        if (from.equals(to)) {
            return OptionalDouble.of(0);
        }
        var found = millis.getOrDefault(from, Map.of()).get(to);
        return found == null ? OptionalDouble.empty() : OptionalDouble.of(found);
    }

    private static RegionRtt read(RegionCatalogue regions) {
        var table = new HashMap<RegionName, Map<RegionName, Double>>();
        for (var row : CsvRows.bundled("region-rtt-ms.csv", List.of("source", "destination", "rtt_ms_p50"))) {
            var from = new RegionName(CsvRows.field(row, "source"));
            var to = new RegionName(CsvRows.field(row, "destination"));
            double rtt = Double.parseDouble(CsvRows.field(row, "rtt_ms_p50"));
            if (isPlausible(regions, from, to, rtt)) {
                table.computeIfAbsent(from, key -> new HashMap<>()).put(to, rtt);
            }
        }
        return new RegionRtt(table);
    }

    private static boolean isPlausible(RegionCatalogue regions, RegionName from, RegionName to, double rtt) {
        var one = regions.find(from);
        var other = regions.find(to);
        if (one.isEmpty() || other.isEmpty()) {
            return false;
        }
        double km = one.get().location().distanceKm(other.get().location());
        return rtt >= 2 * km / FIBRE_KM_PER_MILLI;
    }
}
