package io.portolan.planner.routing;

import java.util.Set;
import java.util.regex.Pattern;

/** What an endpoint of a geographic profile is mapped to. Immutable. */
sealed interface GeoCode {
    /** Everything that has no mapping of its own. */
    record World() implements GeoCode {}

    /** Two-letter code of a continent. */
    record Continent(String code) implements GeoCode {}

    /** ISO 3166-1 alpha-2. */
    record Country(String code) implements GeoCode {}

    /** ISO 3166-2. */
    record Subdivision(String country, String code) implements GeoCode {}

    /** Codes of continents, as location databases use them. */
    Set<String> CONTINENTS = Set.of("AF", "AN", "AS", "EU", "NA", "OC", "SA");

    Pattern COUNTRY = Pattern.compile("[A-Z]{2}");
    Pattern SUBDIVISION = Pattern.compile("([A-Z]{2})-([A-Z0-9]{1,3})");

    /**
     * Reads {@code WORLD}, {@code GEO-EU}, {@code DE} or {@code US-CA}.
     *
     * @throws IllegalArgumentException when it is none of them
     */
    static GeoCode parse(String text) {
        if (text.equals("WORLD")) {
            return new World();
        }
        if (text.startsWith("GEO-") && CONTINENTS.contains(text.substring(4))) {
            return new Continent(text.substring(4));
        }
        if (COUNTRY.matcher(text).matches()) {
            return new Country(text);
        }
        var subdivision = SUBDIVISION.matcher(text);
        if (subdivision.matches()) {
            return new Subdivision(subdivision.group(1), subdivision.group(2));
        }
        throw new IllegalArgumentException("geo: " + text
                + " (expected: WORLD, GEO- and one of AF AN AS EU NA OC SA, a country such as DE, or a subdivision such as"
                + " US-CA)");
    }
}
