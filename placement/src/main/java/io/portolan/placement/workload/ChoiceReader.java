package io.portolan.placement.workload;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.placement.data.CloudRegion;
import io.portolan.placement.data.Place;
import io.portolan.placement.data.RegionCatalogue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads which regions may be chosen. Stateless. */
final class ChoiceReader {
    /** Most regions that a plan is made for. */
    static final int MOST_REGIONS = 24;

    /** Most regions of the asker's own. */
    static final int MOST_OWN = 100;

    private static final int USUAL_MOST = 12;
    private static final double MOST_COST = 1e12;

    private ChoiceReader() {}

    /** Reads {@code regions} and {@code fences}. */
    static Choice read(Fields document, List<Place> demand) {
        var fields = document.object("regions");
        var own = own(fields);
        var catalogue = RegionCatalogue.bundled().with(own);
        var excluded = new HashSet<>(names(catalogue, fields, "excluded"));
        var required = new LinkedHashSet<>(names(catalogue, fields, "required"));
        var current = names(catalogue, fields, "current");
        var candidates = new LinkedHashSet<>(from(catalogue, fields));
        candidates.addAll(own);
        required.forEach(name -> catalogue.find(name).ifPresent(candidates::add));
        current.forEach(name -> catalogue.find(name).ifPresent(candidates::add));
        candidates.removeIf(region -> excluded.contains(region.name()));
        required.stream()
                .filter(excluded::contains)
                .forEach(name -> fields.note("required", name, "no region that is excluded too"));
        int most = fields.count("max", 1, MOST_REGIONS, USUAL_MOST);
        if (required.size() > most) {
            fields.note("required", required.size() + " regions", "at most regions.max, " + most);
        }
        if (candidates.isEmpty()) {
            fields.note("from", "no region is left", "one or more");
        }
        boolean survive = fields.flag("surviveAnyOneRegion", false);
        var choice = new Choice(
                candidates.stream()
                        .sorted(Comparator.comparing(CloudRegion::name))
                        .toList(),
                required,
                current.stream().filter(name -> !excluded.contains(name)).toList(),
                Math.min(most, Math.max(1, candidates.size())),
                costs(catalogue, fields, candidates),
                fields.number("budget", 0, MOST_COST, Double.POSITIVE_INFINITY),
                fences(catalogue, document, demand),
                survive);
        fields.end();
        possible(document, choice, demand);
        return choice;
    }

    /** Places of the asker's own, which are candidates too. */
    private static List<CloudRegion> own(Fields fields) {
        var own = new ArrayList<CloudRegion>();
        for (var one : fields.objects("own")) {
            var name = one.text("name", "own-" + (own.size() + 1));
            double latitude = one.number("latitude", -90, 90, Double.NaN);
            double longitude = one.number("longitude", -180, 180, Double.NaN);
            var geography = one.text("geography", "");
            if (Double.isNaN(latitude)
                    || Double.isNaN(longitude)
                    || !name.matches("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")) {
                one.note("", name, "name (lower-case letters, digits, hyphens), latitude and longitude");
            } else {
                own.add(new CloudRegion(
                        new RegionName(name), name, geography, "", new GeoPoint(latitude, longitude), true));
            }
            one.end();
        }
        if (own.size() > MOST_OWN) {
            fields.note("own", own.size() + " regions", "at most " + MOST_OWN);
        }
        return own;
    }

    private static List<CloudRegion> from(RegionCatalogue catalogue, Fields fields) {
        var given = fields.texts("from");
        if (given.isEmpty() || given.equals(List.of("recommended"))) {
            return catalogue.recommended();
        }
        if (given.equals(List.of("all"))) {
            return catalogue.all();
        }
        return resolve(catalogue, fields, "from", given);
    }

    private static List<RegionName> names(RegionCatalogue catalogue, Fields fields, String key) {
        return resolve(catalogue, fields, key, fields.texts(key)).stream()
                .map(CloudRegion::name)
                .distinct()
                .toList();
    }

    /** Regions by name, or all of a geography ({@code Germany}) or continent ({@code Europe}). */
    private static List<CloudRegion> resolve(RegionCatalogue catalogue, Fields fields, String key, List<String> texts) {
        var found = new ArrayList<CloudRegion>();
        for (var text : texts) {
            var matching = catalogue.all().stream()
                    .filter(region -> region.name().value().equals(text)
                            || region.geography().equals(text)
                            || region.continent().equals(text))
                    .toList();
            if (matching.isEmpty()) {
                fields.note(
                        key,
                        text,
                        "a region such as westeurope, a geography such as Germany, or "
                                + catalogue.all().stream()
                                        .map(CloudRegion::continent)
                                        .filter(name -> !name.isEmpty())
                                        .distinct()
                                        .sorted()
                                        .collect(Collectors.joining(", ")));
            }
            found.addAll(matching);
        }
        return found;
    }

    private static Map<RegionName, Double> costs(
            RegionCatalogue catalogue, Fields fields, Set<CloudRegion> candidates) {
        double each = fields.number("cost", 0, MOST_COST, 0);
        var special = fields.numbers("costs", 0, MOST_COST);
        var costs = new HashMap<RegionName, Double>();
        candidates.forEach(region -> costs.put(region.name(), each));
        special.forEach((name, cost) -> {
            if (catalogue.all().stream()
                    .noneMatch(region -> region.name().value().equals(name))) {
                fields.note("costs." + name, name, "the name of a region");
            } else {
                costs.put(new RegionName(name), cost);
            }
        });
        return costs;
    }

    private static List<Fence> fences(RegionCatalogue catalogue, Fields document, List<Place> demand) {
        var fences = new ArrayList<Fence>();
        for (var fields : document.objects("fences")) {
            var places = new HashSet<String>();
            for (var text : fields.texts("countries")) {
                var group = CountryGroups.expand(text);
                var own = demand.stream().anyMatch(place -> place.code().equals(text)) ? Set.of(text) : group;
                if (own.isEmpty()) {
                    fields.note("countries", text, "country codes such as DE, or " + CountryGroups.names());
                }
                places.addAll(own);
            }
            var regions = new HashSet<>(names(catalogue, fields, "regions"));
            if (!fields.has("countries") || !fields.has("regions")) {
                fields.note("", "a fence without both", "countries and regions");
            }
            fences.add(new Fence(fields.text("name", "fence " + (fences.size() + 1)), places, regions));
            fields.end();
        }
        return fences;
    }

    /** A fence that leaves users nowhere to go is found here, and not by a plan that cannot exist. */
    private static void possible(Fields document, Choice choice, List<Place> demand) {
        int needed = choice.survive() ? 2 : 1;
        for (var place : demand) {
            long allowed = choice.candidates().stream()
                    .filter(region -> choice.allows(place.code(), region.name()))
                    .count();
            if (allowed < needed) {
                document.note(
                        "fences",
                        "users in " + place.label() + " may be served from " + allowed + " of the candidate regions",
                        needed + " or more");
                return;
            }
        }
    }
}
