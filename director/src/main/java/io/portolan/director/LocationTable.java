package io.portolan.director;

import io.portolan.model.Digest;
import io.portolan.model.GeoPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;

/**
 * Where clients are: prefixes with coordinates, read from CSV {@code prefix,latitude,longitude,label}. Immutable.
 *
 * <p>The bundled table is a demonstration of seven prefixes; a director for real clients is given a file.
 */
final class LocationTable {
    /** Largest file: about four million rows. */
    static final int FILE_LIMIT_BYTES = 256 << 20;

    private static final String HEADER = "prefix,latitude,longitude,label";

    private final PrefixRanges<Location> v4;
    private final PrefixRanges<Location> v6;
    private final Digest digest;

    /** One row. */
    record Location(IpPrefix prefix, GeoPoint point, String label) {}

    /**
     * What the table says of an address.
     *
     * @param rows  the row, or nothing where the place is unknown
     * @param scope prefix length within which the same holds (RFC 7871, SCOPE PREFIX-LENGTH)
     */
    record Located(List<Location> rows, int scope) {}

    private LocationTable(PrefixRanges<Location> v4, PrefixRanges<Location> v6, Digest digest) {
        this.v4 = v4;
        this.v6 = v6;
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

    /** Reads rows; empty lines, lines that start with {@code #} and the header are skipped. */
    static LocationTable parse(byte[] csv, String name) {
        var rows4 = new ArrayList<PrefixRanges.Row<Location>>();
        var rows6 = new ArrayList<PrefixRanges.Row<Location>>();
        var seen = new HashSet<IpPrefix>();
        int number = 0;
        for (var line : new String(csv, StandardCharsets.UTF_8).lines().toList()) {
            number++;
            if (line.isBlank() || line.startsWith("#") || line.strip().equals(HEADER)) {
                continue;
            }
            try {
                var location = row(line);
                if (!seen.add(location.prefix())) {
                    throw new IllegalArgumentException("prefix: " + location.prefix() + " stands twice");
                }
                (location.prefix().width() == 32 ? rows4 : rows6)
                        .add(new PrefixRanges.Row<>(location.prefix(), location));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("reading " + name + ": line " + number + ": " + e.getMessage(), e);
            }
        }
        return new LocationTable(PrefixRanges.of(32, rows4), PrefixRanges.of(128, rows6), Digest.of(csv));
    }

    private static Location row(String line) {
        var fields = line.split(",", 4);
        if (fields.length < 3) {
            throw new IllegalArgumentException(line + " (expected: " + HEADER + ")");
        }
        var point = new GeoPoint(Double.parseDouble(fields[1].strip()), Double.parseDouble(fields[2].strip()));
        return new Location(IpPrefix.parse(fields[0].strip()), point, fields.length > 3 ? fields[3].strip() : "");
    }

    /** Looks an address up. */
    Located locate(InetAddress address) {
        var found = (address.getAddress().length == 4 ? v4 : v6).find(Bits128.of(address));
        return new Located(found.rows(), found.scope());
    }

    /** Digest of the file, the version of this map. */
    Digest digest() {
        return digest;
    }
}
