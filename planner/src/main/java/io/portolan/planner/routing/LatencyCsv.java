package io.portolan.planner.routing;

import io.portolan.model.RegionName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads tables of round-trip times: between regions ({@code source,destination,rttMillis}), and measured by networks
 * ({@code network,region,rttMillis,samples}). Pure. A header is skipped, as are empty lines and lines that start with {@code #}; a row that
 * cannot be read is told and left out.
 */
public final class LatencyCsv {
    private LatencyCsv() {}

    /** A row that was not taken. */
    public record Fault(int line, String reason) {
        @Override
        public String toString() {
            return "line " + line + ": " + reason;
        }
    }

    /** Cells of a region table, and what could not be read. */
    public record Cells(List<RegionLatencies.Cell> cells, List<Fault> faults) {
        public Cells {
            cells = List.copyOf(cells);
            faults = List.copyOf(faults);
        }
    }

    /** Measurements by network, and what could not be used. */
    public record Measurements(Map<IpBlock, List<LatencyMeasurement>> byNetwork, List<Fault> faults, int accepted) {
        public Measurements {
            byNetwork = Map.copyOf(byNetwork);
            faults = List.copyOf(faults);
        }

        /** None at all. */
        public static final Measurements NONE = new Measurements(Map.of(), List.of(), 0);
    }

    @FunctionalInterface
    private interface Row {
        void take(int line, List<String> fields);
    }

    /** Reads a region table; whether its figures can be true is {@link RegionLatencies#check}'s to say. */
    public static Cells regions(String csv) {
        var cells = new ArrayList<RegionLatencies.Cell>();
        var faults = each(csv, 3, (line, fields) -> {
            // Tables leave cells blank where nothing was measured.
            if (!fields.get(2).isBlank()) {
                cells.add(new RegionLatencies.Cell(
                        line, region(fields.get(0)), region(fields.get(1)), millis(fields.get(2))));
            }
        });
        return new Cells(cells, faults);
    }

    /** Reads measurements of networks to some of these regions. */
    public static Measurements measurements(String csv, Set<RegionName> regions) {
        var byNetwork = new HashMap<IpBlock, List<LatencyMeasurement>>();
        var accepted = new int[1];
        var faults = each(csv, 4, (line, fields) -> {
            var network = IpBlock.parse(fields.get(0).strip());
            var region = region(fields.get(1));
            if (!regions.contains(region)) {
                throw new IllegalArgumentException("region: " + region + " (expected: one of the environment)");
            }
            byNetwork
                    .computeIfAbsent(network, none -> new ArrayList<>())
                    .add(new LatencyMeasurement(region, millis(fields.get(2)), count(fields.get(3))));
            accepted[0]++;
        });
        return new Measurements(byNetwork, faults, accepted[0]);
    }

    private static List<Fault> each(String csv, int columns, Row row) {
        var faults = new ArrayList<Fault>();
        int number = 0;
        boolean first = true;
        for (var line : (Iterable<String>) csv.lines()::iterator) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            try {
                var fields = LocationCsv.fields(line);
                boolean header = first && fields.size() >= columns && !isNumber(fields.get(2));
                first = false;
                if (header) {
                    continue;
                }
                if (fields.size() < columns) {
                    throw new IllegalArgumentException(line + " (expected: " + columns + " fields)");
                }
                row.take(number, fields);
            } catch (IllegalArgumentException e) {
                faults.add(new Fault(number, String.valueOf(e.getMessage())));
            }
        }
        return faults;
    }

    private static boolean isNumber(String text) {
        return text.isBlank() || text.strip().matches("[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?");
    }

    private static RegionName region(String text) {
        return new RegionName(text.strip());
    }

    private static double millis(String text) {
        try {
            return Double.parseDouble(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("round-trip time: " + text + " (expected: milliseconds)", e);
        }
    }

    private static int count(String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("samples: " + text + " (expected: a whole number, 1 or more)", e);
        }
    }
}
