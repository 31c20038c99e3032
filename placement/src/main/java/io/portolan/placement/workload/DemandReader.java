package io.portolan.placement.workload;

import io.portolan.model.GeoPoint;
import io.portolan.model.access.AccessSummary;
import io.portolan.placement.data.Country;
import io.portolan.placement.data.CsvRows;
import io.portolan.placement.data.Place;
import io.portolan.placement.records.Locations;
import io.portolan.placement.records.RecordedDemand;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads where the users are. One thread at a time. */
final class DemandReader {
    /** The bundled list of countries. */
    static final String INTERNET_USERS = "internet-users";

    /** The access logs of region nodes. */
    static final String ACCESS_LOGS = "access-logs";

    /** Most places; what is far smaller than the rest changes nothing. */
    static final int MOST_PLACES = 2_000;

    private static final double MOST_WEIGHT = 1e12;

    private final Attachments files;

    DemandReader(Attachments files) {
        this.files = files;
    }

    WorkloadReader.Demand read(Fields fields) {
        var from = fields.text("from", fields.has("weights") ? "" : INTERNET_USERS);
        var weights = fields.numbers("weights", 0, MOST_WEIGHT);
        var logs = fields.texts("files");
        var locations = fields.text("locations", "");
        var extension = fields.text("extension", "");
        var route = fields.text("route", "");
        List<Place> places;
        String source;
        if (from.isEmpty()) {
            places = countries(fields, weights);
            source = "weights of the workload";
        } else if (from.equals(INTERNET_USERS)) {
            places = Country.bundled().stream()
                    .filter(country -> country.users() > 0)
                    .map(country -> place(country, country.users()))
                    .toList();
            source = "internet users by country (CIA World Factbook)";
        } else if (from.equals(ACCESS_LOGS)) {
            places = recorded(fields, logs, locations, new AccessSummary(extension, route));
            source = "access logs of " + (extension.isEmpty() ? route : extension);
        } else {
            places = file(fields, from);
            source = from;
        }
        places = adjust(fields, places);
        if (places.isEmpty() || places.size() > MOST_PLACES) {
            fields.note("", places.size() + " places with users", "1 to " + MOST_PLACES);
        }
        fields.end();
        return new WorkloadReader.Demand(places, source);
    }

    private static Place place(Country country, double weight) {
        return new Place(country.code(), country.name(), country.location(), weight);
    }

    private static List<Place> countries(Fields fields, Map<String, Double> weights) {
        var places = new ArrayList<Place>();
        weights.forEach((code, weight) -> {
            var country = Country.find(code);
            if (country.isEmpty()) {
                fields.note("weights." + code, code, "a country code of two capital letters, such as DE");
            } else if (weight > 0) {
                places.add(place(country.get(), weight));
            }
        });
        return places;
    }

    private List<Place> file(Fields fields, String name) {
        var places = new ArrayList<Place>();
        try {
            for (var row : CsvRows.parse(files.read(name), name, List.of("country", "weight"))) {
                double weight = Double.parseDouble(CsvRows.field(row, "weight"));
                if (!(weight >= 0 && weight <= MOST_WEIGHT)) {
                    throw new IllegalArgumentException("weight: " + weight + " (expected: 0 to 1e12)");
                }
                if (weight > 0) {
                    places.add(place(row, weight));
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            fields.note(
                    "from",
                    name + ": " + e.getMessage(),
                    INTERNET_USERS + ", " + ACCESS_LOGS
                            + ", or a CSV file with country,weight[,label,latitude,longitude]");
        }
        return places;
    }

    private static Place place(Map<String, String> row, double weight) {
        var code = CsvRows.field(row, "country");
        var known = Country.find(code);
        var latitude = Optional.of(CsvRows.field(row, "latitude")).filter(text -> !text.isEmpty());
        var longitude = Optional.of(CsvRows.field(row, "longitude")).filter(text -> !text.isEmpty());
        if (known.isEmpty() && (latitude.isEmpty() || longitude.isEmpty())) {
            throw new IllegalArgumentException(
                    "country: " + code + " (expected: a known code, or latitude and longitude beside it)");
        }
        return new Place(
                code,
                Optional.of(CsvRows.field(row, "label"))
                        .filter(text -> !text.isEmpty())
                        .or(() -> known.map(Country::name))
                        .orElse(code),
                latitude.isPresent() && longitude.isPresent()
                        ? new GeoPoint(Double.parseDouble(latitude.get()), Double.parseDouble(longitude.get()))
                        : known.orElseThrow().location(),
                weight);
    }

    private List<Place> recorded(Fields fields, List<String> logs, String locations, AccessSummary summary) {
        if (logs.isEmpty() || locations.isEmpty()) {
            fields.note(
                    logs.isEmpty() ? "files" : "locations",
                    "nothing",
                    "files: access logs of region nodes, locations: CSV with prefix,latitude,longitude,label");
            return List.of();
        }
        try {
            for (var log : logs) {
                new String(files.read(log), StandardCharsets.UTF_8).lines().forEach(summary::add);
            }
            return RecordedDemand.of(summary.networks(), Locations.parse(files.read(locations), locations))
                    .places();
        } catch (IOException | IllegalArgumentException e) {
            fields.note("files", String.valueOf(e.getMessage()), "readable access logs, and a table of locations");
            return List.of();
        }
    }

    private static List<Place> adjust(Fields fields, List<Place> places) {
        var only = codes(fields, "only");
        var without = codes(fields, "without");
        var scale = fields.numbers("scale", 0, 1e6);
        return places.stream()
                .filter(place -> only.isEmpty() || only.contains(place.code()))
                .filter(place -> !without.contains(place.code()) && scale.getOrDefault(place.code(), 1.0) > 0)
                .map(place -> new Place(
                        place.code(),
                        place.label(),
                        place.location(),
                        place.weight() * scale.getOrDefault(place.code(), 1.0)))
                .toList();
    }

    private static HashSet<String> codes(Fields fields, String key) {
        var codes = new HashSet<String>();
        for (var text : fields.texts(key)) {
            var group = CountryGroups.expand(text);
            if (group.isEmpty()) {
                fields.note(key, text, "country codes such as DE, or " + CountryGroups.names());
            }
            codes.addAll(group);
        }
        return codes;
    }
}
