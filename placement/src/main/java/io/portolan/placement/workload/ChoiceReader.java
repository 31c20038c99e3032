package io.portolan.placement.workload;

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

    private static final int USUAL_MOST = 12;
    private static final double MOST_COST = 1e12;

    private ChoiceReader() {}

    /** Reads {@code regions} and {@code fences}. */
    static Choice read(Fields document, List<Place> demand) {
        var fields = document.object("regions");
        var excluded = new HashSet<>(names(fields, "excluded"));
        var required = new LinkedHashSet<>(names(fields, "required"));
        var current = names(fields, "current");
        var candidates = new LinkedHashSet<>(from(fields));
        required.forEach(name -> RegionCatalogue.bundled().find(name).ifPresent(candidates::add));
        current.forEach(name -> RegionCatalogue.bundled().find(name).ifPresent(candidates::add));
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
                candidates.stream().sorted(Comparator.comparing(CloudRegion::name)).toList(),
                required,
                current.stream().filter(name -> !excluded.contains(name)).toList(),
                Math.min(most, Math.max(1, candidates.size())),
                costs(fields, candidates),
                fields.number("budget", 0, MOST_COST, Double.POSITIVE_INFINITY),
                fences(document, demand),
                survive);
        fields.end();
        possible(document, choice, demand);
        return choice;
    }

    private static List<CloudRegion> from(Fields fields) {
        var given = fields.texts("from");
        if (given.isEmpty() || given.equals(List.of("recommended"))) {
            return RegionCatalogue.bundled().recommended();
        }
        if (given.equals(List.of("all"))) {
            return RegionCatalogue.bundled().all();
        }
        return resolve(fields, "from", given);
    }

    private static List<RegionName> names(Fields fields, String key) {
        return resolve(fields, key, fields.texts(key)).stream().map(CloudRegion::name).distinct().toList();
    }

    /** Regions by name, or all of a geography ({@code Germany}) or continent ({@code Europe}). */
    private static List<CloudRegion> resolve(Fields fields, String key, List<String> texts) {
        var found = new ArrayList<CloudRegion>();
        for (var text : texts) {
            var matching = RegionCatalogue.bundled().all().stream()
                    .filter(region -> region.name().value().equals(text)
                            || region.geography().equals(text)
                            || region.continent().equals(text))
                    .toList();
            if (matching.isEmpty()) {
                fields.note(key, text, "a region such as westeurope, a geography such as Germany, or "
                        + RegionCatalogue.bundled().all().stream()
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

    private static Map<RegionName, Double> costs(Fields fields, Set<CloudRegion> candidates) {
        double each = fields.number("cost", 0, MOST_COST, 0);
        var special = fields.numbers("costs", 0, MOST_COST);
        var costs = new HashMap<RegionName, Double>();
        candidates.forEach(region -> costs.put(region.name(), each));
        special.forEach((name, cost) -> {
            if (RegionCatalogue.bundled().all().stream().noneMatch(region -> region.name().value().equals(name))) {
                fields.note("costs." + name, name, "the name of a region");
            } else {
                costs.put(new RegionName(name), cost);
            }
        });
        return costs;
    }

    private static List<Fence> fences(Fields document, List<Place> demand) {
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
            var regions = new HashSet<>(names(fields, "regions"));
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
