package io.portolan.director;

import io.portolan.model.Digest;
import io.portolan.planner.routing.LatencyEstimator;
import io.portolan.planner.routing.LatencyMapCompiler;
import io.portolan.planner.routing.LocationCsv;
import io.portolan.planner.routing.LocationRows;
import io.portolan.planner.routing.RegionLatencies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The director's own location table, for as long as no map was imported: CSV, compiled by distance for the regions of the revision in use.
 * Thread-safe.
 *
 * <p>The bundled table is a demonstration of seven prefixes; a director for real clients gets a map ({@code portolan location import}),
 * or is given a file.
 */
final class LocationTable {
    /** Largest file: about four million rows. */
    static final int FILE_LIMIT_BYTES = 256 << 20;

    private final String name;
    private final LocationRows rows;
    private final Digest digest;
    private List<LatencyEstimator.Region> regions = List.of();
    private final List<MapInUse> compiled = new ArrayList<>(1);

    private LocationTable(String name, LocationRows rows, Digest digest) {
        this.name = name;
        this.rows = rows;
        this.digest = digest;
    }

    /** The bundled demonstration. */
    static LocationTable bundled() {
        try (var in = Objects.requireNonNull(
                LocationTable.class.getResourceAsStream("dev-locations.csv"), "dev-locations.csv")) {
            return parse(in.readAllBytes(), "dev-locations.csv");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads a file. */
    static LocationTable read(Path file) {
        try (var in = Files.newInputStream(file)) {
            var bytes = in.readNBytes(FILE_LIMIT_BYTES + 1);
            if (bytes.length > FILE_LIMIT_BYTES) {
                throw new IllegalArgumentException(
                        "reading " + file + ": too large (expected: at most " + FILE_LIMIT_BYTES + " bytes)");
            }
            return parse(bytes, file.toString());
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + file + ": " + e.getMessage(), e);
        }
    }

    /** Reads rows, in any form of {@link LocationCsv}. */
    static LocationTable parse(byte[] csv, String name) {
        return new LocationTable(
                name, LocationCsv.read(new String(csv, StandardCharsets.UTF_8), name, Map.of()), Digest.of(csv));
    }

    /** Digest of the file, the version of its map. */
    Digest digest() {
        return digest;
    }

    /** The table as a map for these regions. */
    synchronized MapInUse map(List<LatencyEstimator.Region> wanted) {
        if (compiled.isEmpty() || !regions.equals(wanted)) {
            var map = LatencyMapCompiler.compile(
                    rows, Map.of(), new LatencyEstimator(wanted, RegionLatencies.NONE), name);
            compiled.clear();
            compiled.add(new MapInUse(digest, map));
            regions = List.copyOf(wanted);
        }
        return compiled.getFirst();
    }
}
