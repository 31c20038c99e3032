package io.portolan.placement.records;

import io.portolan.model.GeoPoint;
import io.portolan.placement.data.Country;
import io.portolan.placement.data.CsvRows;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where clients are, by CSV {@code prefix,latitude,longitude,label}, as directors read it; the longest prefix wins. Immutable.
 *
 * <p>Addresses are never looked up as names.
 */
public final class Locations {
    private static final List<String> COLUMNS = List.of("prefix", "latitude", "longitude");

    /** By length of the prefix, longest first; in it by the bits of the prefix, family in front. */
    private final TreeMap<Integer, Map<Key, Located>> byLength = new TreeMap<>(java.util.Comparator.reverseOrder());

    /** Where a prefix is. */
    public record Located(String prefix, GeoPoint point, String label) {}

    private record Key(int width, BigInteger bits) {}

    private Locations() {}

    /**
     * Reads a table.
     *
     * @throws IllegalArgumentException naming the row that is wrong
     */
    public static Locations parse(byte[] csv, String name) {
        var table = new Locations();
        int number = 0;
        for (var row : CsvRows.parse(csv, name, COLUMNS)) {
            number++;
            try {
                table.add(row);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("reading " + name + ": row " + number + ": " + e.getMessage(), e);
            }
        }
        return table;
    }

    private void add(Map<String, String> row) {
        var prefix = CsvRows.field(row, "prefix");
        int slash = prefix.indexOf('/');
        var address = address(slash < 0 ? prefix : prefix.substring(0, slash))
                .orElseThrow(
                        () -> new IllegalArgumentException("prefix: " + prefix + " (expected: such as 192.0.2.0/24)"));
        int width = address.getAddress().length * 8;
        int length = slash < 0 ? width : Integer.parseInt(prefix.substring(slash + 1));
        if (length < 0 || length > width) {
            throw new IllegalArgumentException("prefix: " + prefix + " (expected: a length of 0 to " + width + ")");
        }
        var point = new GeoPoint(number(row, "latitude"), number(row, "longitude"));
        var label = CsvRows.field(row, "label");
        byLength.computeIfAbsent(length, key -> new java.util.HashMap<>())
                .put(key(address, length), new Located(prefix, point, label.isBlank() ? prefix : label));
    }

    private static double number(Map<String, String> row, String column) {
        return Double.parseDouble(CsvRows.field(row, column));
    }

    /** Where an address literal is; empty when the table does not say. */
    public Optional<Located> find(String client) {
        var address = address(client);
        if (address.isEmpty()) {
            return Optional.empty();
        }
        int width = address.get().getAddress().length * 8;
        for (var entry : byLength.entrySet()) {
            if (entry.getKey() <= width) {
                var found = entry.getValue().get(key(address.get(), entry.getKey()));
                if (found != null) {
                    return Optional.of(found);
                }
            }
        }
        return Optional.empty();
    }

    /** The country of the bundled list whose centre is nearest: a name for a place, no claim about borders. */
    static Country nearestCountry(GeoPoint point) {
        return Country.bundled().stream()
                .min(java.util.Comparator.comparingDouble(
                        country -> country.location().distanceKm(point)))
                .orElseThrow();
    }

    private static Key key(InetAddress address, int length) {
        var bytes = address.getAddress();
        int width = bytes.length * 8;
        return new Key(width, new BigInteger(1, bytes).shiftRight(width - length));
    }

    private static Optional<InetAddress> address(String text) {
        if (!text.matches("[0-9.]{7,15}|[0-9a-fA-F:.]{2,45}") || text.indexOf('.') < 0 && text.indexOf(':') < 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
