package io.portolan.placement.data;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The regions that a plan can choose among, by name. Immutable. */
public final class RegionCatalogue {
    private static final RegionCatalogue BUNDLED = read();

    /** Geographies of the bundled list that lie in the European Union; that called Europe is Ireland and the Netherlands. */
    private static final Set<String> MEMBER_STATES = Set.of(
            "Austria", "Belgium", "Denmark", "Europe", "France", "Germany", "Italy", "Poland", "Spain", "Sweden");

    private final Map<RegionName, CloudRegion> regions = new LinkedHashMap<>();

    private RegionCatalogue(Collection<CloudRegion> regions) {
        regions.stream()
                .sorted(Comparator.comparing(CloudRegion::name))
                .forEach(region -> this.regions.put(region.name(), region));
    }

    /** The public regions of the bundled list, without those that are for tests only. */
    public static RegionCatalogue bundled() {
        return BUNDLED;
    }

    /** All regions, by name. */
    public List<CloudRegion> all() {
        return List.copyOf(regions.values());
    }

    /** Those that their cloud recommends for general use. */
    public List<CloudRegion> recommended() {
        return regions.values().stream().filter(CloudRegion::recommended).toList();
    }

    /** One region; empty when the catalogue does not have it. */
    public Optional<CloudRegion> find(RegionName name) {
        return Optional.ofNullable(regions.get(name));
    }

    /** Regions of the bundled list that are paired with one, none for a region that it does not have. */
    public static List<RegionName> pairs(RegionName name) {
        return CsvRows.bundled("regions.csv", List.of("name", "paired_regions")).stream()
                .filter(row -> CsvRows.field(row, "name").equals(name.value()))
                .flatMap(row -> Stream.of(CsvRows.field(row, "paired_regions").split("[;, ]+")))
                .filter(pair -> !pair.isEmpty())
                .map(RegionName::new)
                .toList();
    }

    /** Class of residency of a region of the bundled list: {@code eu} for one in a member state, else empty text. */
    public static String residency(RegionName name) {
        return BUNDLED.find(name)
                .filter(region -> MEMBER_STATES.contains(region.geography()))
                .map(region -> "eu")
                .orElse("");
    }

    /** This one and further regions; a name that is there already is replaced. */
    public RegionCatalogue with(Collection<CloudRegion> more) {
        var all = new LinkedHashMap<>(regions);
        more.forEach(region -> all.put(region.name(), region));
        return new RegionCatalogue(all.values());
    }

    private static RegionCatalogue read() {
        return new RegionCatalogue(
                CsvRows.bundled("regions.csv", List.of("name", "latitude", "longitude", "category")).stream()
                        .filter(row -> CsvRows.field(row, "cloud").equals("public")
                                && CsvRows.field(row, "test_region").equals("false"))
                        .map(row -> new CloudRegion(
                                new RegionName(CsvRows.field(row, "name")),
                                CsvRows.field(row, "display_name"),
                                CsvRows.field(row, "geography"),
                                CsvRows.field(row, "geography_group"),
                                new GeoPoint(
                                        Double.parseDouble(CsvRows.field(row, "latitude")),
                                        Double.parseDouble(CsvRows.field(row, "longitude"))),
                                CsvRows.field(row, "category").equals("Recommended")))
                        .toList());
    }
}
