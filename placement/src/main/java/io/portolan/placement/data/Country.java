package io.portolan.placement.data;

import io.portolan.model.GeoPoint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A country as the bundled list has it. Immutable.
 *
 * @param code     two capital letters (ISO 3166-1)
 * @param users    people who use the internet
 * @param location centroid; far from most users in the largest countries
 */
public record Country(String code, String name, long users, GeoPoint location) {
    private static final Map<String, Country> BUNDLED = read();

    /** All of the bundled list, most users first. */
    public static List<Country> bundled() {
        return List.copyOf(BUNDLED.values());
    }

    /** One of the bundled list. */
    public static Optional<Country> find(String code) {
        return Optional.ofNullable(BUNDLED.get(code));
    }

    private static Map<String, Country> read() {
        var countries = new LinkedHashMap<String, Country>();
        for (var row : CsvRows.bundled(
                "internet-users-by-country.csv",
                List.of("iso2", "country", "internet_users", "latitude", "longitude"))) {
            var country = new Country(
                    CsvRows.field(row, "iso2"),
                    CsvRows.field(row, "country"),
                    Long.parseLong(CsvRows.field(row, "internet_users")),
                    new GeoPoint(
                            Double.parseDouble(CsvRows.field(row, "latitude")),
                            Double.parseDouble(CsvRows.field(row, "longitude"))));
            countries.put(country.code(), country);
        }
        return countries;
    }
}
