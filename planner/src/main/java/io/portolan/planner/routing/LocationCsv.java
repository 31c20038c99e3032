package io.portolan.planner.routing;

import io.portolan.model.GeoPoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads networks and their places from CSV. Pure.
 *
 * <p>Columns are found by the names in the header, in any order: {@code prefix} ({@code 192.0.2.0/24}, or a single address), or
 * {@code first} and {@code last}; then any of {@code latitude}, {@code longitude}, {@code label}, {@code country}, {@code subdivision},
 * {@code continent}. Without a header, a line is {@code prefix,latitude,longitude,label}, {@code prefix,country} or
 * {@code first,last,country}. A country without coordinates gets its middle, and its continent, from {@code countries}. Fields may stand
 * in double quotes. Empty lines and lines that start with {@code #} are skipped.
 */
public final class LocationCsv {
    /** Rows among which one that stands twice is told with its lines; further ones are found when the map is compiled. */
    private static final int LINES_KEPT = 1_000_000;

    /** Faults told at once. */
    private static final int FAULTS_SHOWN = 20;

    private static final List<String> PLACED = List.of("prefix", "latitude", "longitude", "label");
    private static final List<String> BY_COUNTRY = List.of("prefix", "country");
    private static final List<String> RANGED = List.of("first", "last", "country");

    /** Names that other sources give to the same columns. */
    private static final Map<String, String> ALIASES = Map.ofEntries(
            Map.entry("network", "prefix"),
            Map.entry("cidr", "prefix"),
            Map.entry("ip_range_start", "first"),
            Map.entry("start", "first"),
            Map.entry("ip_range_end", "last"),
            Map.entry("end", "last"),
            Map.entry("country_code", "country"),
            Map.entry("country_iso_code", "country"),
            Map.entry("continent_code", "continent"),
            Map.entry("city", "label"),
            Map.entry("city_name", "label"),
            Map.entry("lat", "latitude"),
            Map.entry("lon", "longitude"),
            Map.entry("lng", "longitude"));

    private LocationCsv() {}

    /** A country's continent and middle. */
    public record Country(String continent, GeoPoint middle) {}

    /**
     * Reads.
     *
     * @param name      of the file, for messages
     * @param countries by ISO 3166-1 alpha-2
     * @throws IllegalArgumentException with up to 20 faults, each with its line
     */
    public static LocationRows read(String csv, String name, Map<String, Country> countries) {
        var rows = new LocationRows();
        var lines = new HashMap<IpBlock, Integer>();
        var faults = new ArrayList<String>();
        var columns = List.<String>of();
        int number = 0;
        for (var line : (Iterable<String>) csv.lines()::iterator) {
            number++;
            var text = number == 1 && line.startsWith("\ufeff") ? line.substring(1) : line;
            if (text.isBlank() || text.startsWith("#")) {
                continue;
            }
            try {
                var fields = fields(text);
                if (columns.isEmpty()) {
                    columns = header(fields);
                    if (!columns.isEmpty()) {
                        continue;
                    }
                    columns = unnamed(fields);
                }
                add(rows, lines, number, named(columns, fields), countries);
            } catch (IllegalArgumentException e) {
                faults.add("line " + number + ": " + e.getMessage());
                if (faults.size() == FAULTS_SHOWN) {
                    break;
                }
            }
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException("reading " + name + ": " + String.join("; ", faults));
        }
        return rows;
    }

    /** The columns that a header names; nothing if this is no header. */
    private static List<String> header(List<String> fields) {
        var names = fields.stream()
                .map(field -> field.strip().toLowerCase(Locale.ROOT))
                .map(field -> ALIASES.getOrDefault(field, field))
                .toList();
        return names.contains("prefix") || (names.contains("first") && names.contains("last")) ? names : List.of();
    }

    private static List<String> unnamed(List<String> fields) {
        if (fields.size() == 2) {
            return BY_COUNTRY;
        }
        if (fields.size() == 3 && fields.get(2).strip().matches("[A-Za-z]{2}")) {
            return RANGED;
        }
        if (fields.size() >= 3) {
            return PLACED;
        }
        throw new IllegalArgumentException(
                String.join(",", fields) + " (expected: prefix,latitude,longitude,label; prefix,country; or a header)");
    }

    private static Map<String, String> named(List<String> columns, List<String> fields) {
        var named = new HashMap<String, String>();
        for (int i = 0; i < columns.size() && i < fields.size(); i++) {
            // A label may hold commas where nothing is quoted: it is the last column then.
            var field = i == columns.size() - 1 && columns.get(i).equals("label")
                    ? String.join(",", fields.subList(i, fields.size()))
                    : fields.get(i);
            named.putIfAbsent(columns.get(i), field.strip());
        }
        return named;
    }

    private static void add(
            LocationRows rows,
            Map<IpBlock, Integer> lines,
            int number,
            Map<String, String> fields,
            Map<String, Country> countries) {
        var place = place(fields, countries);
        var prefix = fields.get("prefix");
        var blocks = prefix == null
                ? LocationRows.blocks(IpBits.parse(field(fields, "first")), IpBits.parse(field(fields, "last")))
                : List.of(IpBlock.parse(prefix));
        for (var block : blocks) {
            var before = lines.size() < LINES_KEPT ? lines.putIfAbsent(block, number) : lines.get(block);
            if (before != null) {
                throw new IllegalArgumentException("prefix: " + block + " stands in line " + before + " too");
            }
            rows.add(block, place);
        }
    }

    private static String field(Map<String, String> fields, String name) {
        return fields.getOrDefault(name, "");
    }

    private static NetworkPlace place(Map<String, String> fields, Map<String, Country> countries) {
        var country = field(fields, "country").toUpperCase(Locale.ROOT);
        // ZZ and "-" are what sources write where they do not know.
        if (country.equals("ZZ") || country.equals("-")) {
            country = "";
        }
        var known = countries.get(country);
        var latitude = field(fields, "latitude");
        var longitude = field(fields, "longitude");
        var continent = field(fields, "continent").toUpperCase(Locale.ROOT);
        if (continent.isEmpty() && known != null) {
            continent = known.continent();
        }
        Place point = new Place.Unknown();
        if (!latitude.isEmpty() || !longitude.isEmpty()) {
            point = new Place.At(new GeoPoint(degrees("latitude", latitude), degrees("longitude", longitude)));
        } else if (known != null) {
            point = new Place.At(known.middle());
        }
        var label = field(fields, "label");
        if (point instanceof Place.Unknown && country.isEmpty() && continent.isEmpty()) {
            throw new IllegalArgumentException("place: neither coordinates nor a country or continent");
        }
        return new NetworkPlace(
                point,
                continent,
                country,
                subdivision(country, field(fields, "subdivision").toUpperCase(Locale.ROOT)),
                true,
                label);
    }

    /** With its country before it, which some sources leave out. */
    private static String subdivision(String country, String code) {
        return code.isEmpty() || code.contains("-") || country.isEmpty() ? code : country + "-" + code;
    }

    private static double degrees(String what, String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(what + ": " + text + " (expected: degrees)", e);
        }
    }

    /** Fields of a line; a field in double quotes may hold commas, and quotes written twice. */
    static List<String> fields(String line) {
        if (line.indexOf('"') < 0) {
            return Arrays.asList(line.split(",", -1));
        }
        var fields = new ArrayList<String>();
        var field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                field.append(c);
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                fields.add(field.toString());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        if (quoted) {
            throw new IllegalArgumentException(line + " (expected: a closing quote)");
        }
        fields.add(field.toString());
        return fields;
    }
}
