package io.portolan.control;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.placement.data.BundledCsv;
import io.portolan.planner.routing.LatencyCsv;
import io.portolan.planner.routing.LatencyEstimator;
import io.portolan.planner.routing.LatencyMap;
import io.portolan.planner.routing.LatencyMapCompiler;
import io.portolan.planner.routing.LocationCsv;
import io.portolan.planner.routing.LocationRows;
import io.portolan.planner.routing.RegionLatencies;
import io.portolan.protocol.rest.LocationBody;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Makes an environment's latency map of what was uploaded. Stateless; without side effects but reading.
 *
 * <p>Without a region table of its own, an import takes the bundled example where it names at least two of the environment's regions;
 * {@code table=none} leaves it out.
 */
final class LocationCompiler {
    /** Name of the bundled region table. */
    static final String EXAMPLE = "azure-2026-07";

    /** What every mmdb file holds near its end. */
    private static final byte[] MMDB_MARK = {
        (byte) 0xab, (byte) 0xcd, (byte) 0xef, 'M', 'a', 'x', 'M', 'i', 'n', 'd', '.', 'c', 'o', 'm'
    };

    private static final int MMDB_TAIL_BYTES = 128 << 10;

    private LocationCompiler() {}

    /** A map, and how it came about. */
    record Compiled(LatencyMap map, int networks, LocationBody.Taken table, LocationBody.Taken measurements) {}

    /** How a region table is chosen. */
    enum UseOfExample {
        WHERE_IT_FITS,
        NEVER
    }

    /**
     * Compiles.
     *
     * @param name of the location file, for people
     * @throws IllegalArgumentException when a file cannot be used
     */
    static Compiled compile(
            LocationUpload upload, String name, ControlSettings.Environment environment, UseOfExample example) {
        var countries = countries();
        var rows = locations(upload.locations(), name, countries);
        var checked = table(upload.table(LocationUpload.RTT), environment, example);
        var regions = environment.regions().stream()
                .map(region -> new LatencyEstimator.Region(region.name(), region.location()))
                .toList();
        var names = regions.stream().map(LatencyEstimator.Region::name).collect(Collectors.toSet());
        var measured = upload.table(LocationUpload.MEASUREMENTS).stream()
                .map(file -> LatencyCsv.measurements(text(file, "the measurements"), names))
                .findFirst()
                .orElse(LatencyCsv.Measurements.NONE);
        var table = checked.table();
        var origin = name
                + (table.isEmpty() ? "" : "; region table " + table.name())
                + (measured.accepted() == 0
                        ? ""
                        : "; " + measured.accepted() + " measurements of "
                                + measured.byNetwork().size() + " networks");
        var map = LatencyMapCompiler.compile(rows, measured.byNetwork(), new LatencyEstimator(regions, table), origin);
        return new Compiled(
                map,
                rows.size(),
                checked.taken(),
                new LocationBody.Taken(
                        measured.accepted() + measured.faults().size() == 0 ? "" : LocationUpload.MEASUREMENTS,
                        measured.accepted(),
                        measured.faults().size(),
                        shown(measured.faults())));
    }

    private static List<LocationBody.Rejected> shown(List<LatencyCsv.Fault> faults) {
        return faults.stream()
                .sorted(Comparator.comparingInt(LatencyCsv.Fault::line))
                .limit(LocationBody.REJECTED_SHOWN)
                .map(fault -> new LocationBody.Rejected(fault.line(), fault.reason()))
                .toList();
    }

    private static LocationRows locations(Path file, String name, Map<String, LocationCsv.Country> countries) {
        try {
            return isMmdb(file)
                    ? MmdbSource.read(file, name, countries)
                    : LocationCsv.read(text(file, name), name, countries);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + name + ": " + e.getMessage(), e);
        }
    }

    private static boolean isMmdb(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            in.skipNBytes(Math.max(0, Files.size(file) - MMDB_TAIL_BYTES));
            var tail = in.readAllBytes();
            for (int i = tail.length - MMDB_MARK.length; i >= 0; i--) {
                if (java.util.Arrays.equals(tail, i, i + MMDB_MARK.length, MMDB_MARK, 0, MMDB_MARK.length)) {
                    return true;
                }
            }
            return false;
        }
    }

    private static String text(Path file, String what) {
        try {
            return Files.readString(file);
        } catch (java.nio.charset.CharacterCodingException e) {
            throw new IllegalArgumentException("reading " + what + ": neither an mmdb file nor UTF-8 text", e);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + what + ": " + e.getMessage(), e);
        }
    }

    private record Checked(RegionLatencies table, LocationBody.Taken taken) {}

    private static Checked table(List<Path> given, ControlSettings.Environment environment, UseOfExample example) {
        var places = places();
        environment.regions().forEach(region -> places.put(region.name(), region.location()));
        if (!given.isEmpty()) {
            return check(LocationUpload.RTT, text(given.getFirst(), LocationUpload.RTT), places);
        }
        if (example == UseOfExample.NEVER) {
            return new Checked(RegionLatencies.NONE, LocationBody.Taken.NONE);
        }
        var bundled = check(EXAMPLE, BundledCsv.regionRtt(), places());
        long known = environment.regions().stream()
                .filter(region -> bundled.table().sources().contains(region.name()))
                .count();
        return known < 2 ? new Checked(RegionLatencies.NONE, LocationBody.Taken.NONE) : bundled;
    }

    private static Checked check(String name, String csv, Map<RegionName, GeoPoint> places) {
        var cells = LatencyCsv.regions(csv);
        var checked = RegionLatencies.check(name, cells.cells(), places);
        var faults = new ArrayList<>(cells.faults());
        checked.rejected()
                .forEach(rejected -> faults.add(new LatencyCsv.Fault(
                        rejected.cell().line(),
                        rejected.cell().source() + " to " + rejected.cell().destination() + ": " + rejected.reason())));
        return new Checked(
                checked.table(), new LocationBody.Taken(name, checked.accepted(), faults.size(), shown(faults)));
    }

    /** Places of regions that a table may name beside the environment's own. */
    static Map<RegionName, GeoPoint> places() {
        var places = new HashMap<RegionName, GeoPoint>();
        resource("region-places.csv").lines().skip(1).forEach(line -> {
            var fields = line.split(",", -1);
            places.put(
                    new RegionName(fields[0]),
                    new GeoPoint(Double.parseDouble(fields[1]), Double.parseDouble(fields[2])));
        });
        return places;
    }

    static Map<String, LocationCsv.Country> countries() {
        var countries = new HashMap<String, LocationCsv.Country>();
        resource("countries.csv").lines().skip(1).forEach(line -> {
            var fields = line.split(",", -1);
            countries.put(
                    fields[0],
                    new LocationCsv.Country(
                            fields[1], new GeoPoint(Double.parseDouble(fields[2]), Double.parseDouble(fields[3]))));
        });
        return countries;
    }

    /** A bundled table. */
    static String resource(String name) {
        try (var in = Objects.requireNonNull(LocationCompiler.class.getResourceAsStream("location/" + name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
