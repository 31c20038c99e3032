package io.portolan.planner.routing;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;

/**
 * For every client network one total order of all regions of an environment, with the estimated round-trip times and where each figure
 * comes from. Immutable.
 *
 * <p>An address leads to an <em>entry</em>, a number; an entry has a place (what the location source said) and, where that is known, a
 * row of figures. Most entries share their row with others, and most rows their order. Made by {@link LatencyMapCompiler}, written and
 * read by {@link LatencyMapFormat}.
 */
public final class LatencyMap {
    /** An entry of no network: the place is unknown, and the environment's declared order holds. */
    public static final int NO_ENTRY = -1;

    private final LatencyColumns columns;
    private final List<RegionName> regions;
    private final int[] classes;
    private final LatencyRanges ranges;
    private final String[] continents;
    private final String[] countries;

    LatencyMap(LatencyColumns columns) {
        this.columns = columns;
        var names = new ArrayList<RegionName>();
        for (var name : columns.regionNames()) {
            names.add(new RegionName(name));
        }
        this.regions = List.copyOf(names);
        this.classes = classes(columns);
        this.ranges = new LatencyRanges(columns, classes);
        var codes = new HashMap<Short, String>();
        this.continents = letters(columns.continents(), codes);
        this.countries = letters(columns.countries(), codes);
    }

    private static String[] letters(short[] values, HashMap<Short, String> codes) {
        var letters = new String[values.length];
        for (int i = 0; i < values.length; i++) {
            letters[i] = codes.computeIfAbsent(values[i], LatencyMap::letters);
        }
        return letters;
    }

    /** What answers can depend on: the row of figures, and the codes that fences ask for. */
    private record Answers(int row, short continent, short country, int subdivision, int sure) {}

    private static int[] classes(LatencyColumns columns) {
        var numbers = new HashMap<Answers, Integer>();
        var classes = new int[columns.entryRows().length];
        for (int entry = 0; entry < classes.length; entry++) {
            int place = columns.entryPlaces()[entry];
            var answers = new Answers(
                    columns.entryRows()[entry],
                    columns.continents()[place],
                    columns.countries()[place],
                    columns.subdivisions()[place],
                    columns.placeFlags()[place] & LatencyColumns.SURE);
            classes[entry] = numbers.computeIfAbsent(answers, none -> numbers.size());
        }
        return classes;
    }

    /** The regions that it orders, in the environment's declared order at the time. */
    public List<RegionName> regions() {
        return regions;
    }

    /** What it was made of, for people. */
    public String origin() {
        return columns.origin();
    }

    /** Looks an address up; see {@link #entry} and {@link #scope}. */
    public long find(IpBits address) {
        return address.width() == 32 ? find4((int) address.low()) : find6(address.high(), address.low());
    }

    /** Looks an IPv4 address up; makes no object. */
    public long find4(int address) {
        return ranges.find4(address);
    }

    /** Looks an IPv6 address up; makes no object. */
    public long find6(long high, long low) {
        return ranges.find6(high, low);
    }

    /** The entry of what was found, {@link #NO_ENTRY} for none. */
    public static int entry(long found) {
        return (int) (found >> 8);
    }

    /** Length of the widest block around the address in which the same answers hold. */
    public static int scope(long found) {
        return (int) (found & 0xff);
    }

    /** How many entries there are, numbered from 0. */
    public int entries() {
        return columns.entryRows().length;
    }

    /** Number of all that answers can depend on: entries with the same one have the same answers; from 0 on, without gaps. */
    public int answerClass(int entry) {
        return classes[entry];
    }

    /** What the location source said of an entry's networks. */
    public NetworkPlace place(int entry) {
        int place = columns.entryPlaces()[entry];
        int flags = columns.placeFlags()[place];
        return new NetworkPlace(
                (flags & LatencyColumns.LOCATED) == 0
                        ? new Place.Unknown()
                        : new Place.At(point(columns.latitudes()[place], columns.longitudes()[place])),
                continents[place],
                countries[place],
                text(columns.subdivisions()[place]),
                (flags & LatencyColumns.SURE) != 0,
                text(columns.labels()[place]));
    }

    static GeoPoint point(int latitude, int longitude) {
        return new GeoPoint(latitude / LatencyColumns.DEGREE, longitude / LatencyColumns.DEGREE);
    }

    /** Continent of an entry where the source is sure, else empty text; makes no object. */
    String continent(int entry) {
        int place = columns.entryPlaces()[entry];
        return isSure(place) ? continents[place] : "";
    }

    /** Country of an entry where the source is sure, else empty text; makes no object. */
    String country(int entry) {
        int place = columns.entryPlaces()[entry];
        return isSure(place) ? countries[place] : "";
    }

    /** Subdivision of an entry with its country where the source is sure, else empty text; makes no object. */
    String subdivision(int entry) {
        int place = columns.entryPlaces()[entry];
        return isSure(place) ? text(columns.subdivisions()[place]) : "";
    }

    private boolean isSure(int place) {
        return (columns.placeFlags()[place] & LatencyColumns.SURE) != 0;
    }

    private static String letters(short code) {
        return code == 0 ? "" : "" + (char) (code >> 8) + (char) (code & 0xff);
    }

    private String text(int number) {
        return number == LatencyColumns.NONE ? "" : columns.strings()[number];
    }

    /** Figures of all regions for an entry's networks, the nearest first; nothing where their place is not known. */
    public List<LatencyFigure> order(int entry) {
        int row = columns.entryRows()[entry];
        if (row == LatencyColumns.NONE) {
            return List.of();
        }
        int n = regions.size();
        int samples = columns.rowSamples()[row];
        var figures = new ArrayList<LatencyFigure>(n);
        for (int rank = 0; rank < n; rank++) {
            int region = columns.orders()[columns.rowOrders()[row] * n + rank];
            figures.add(new LatencyFigure(
                    regions.get(region),
                    columns.rtts()[row * n + region] / LatencyColumns.MILLI,
                    LAYERS[columns.layers()[columns.rowLayers()[row] * n + region]],
                    samples == LatencyColumns.NONE ? 0 : columns.samples()[samples * n + region]));
        }
        return figures;
    }

    private static final LatencyLayer[] LAYERS = LatencyLayer.values();

    /** Name of the region whose row of the region table an entry's figures come from, empty text for none. */
    public String tableRow(int entry) {
        int row = columns.entryRows()[entry];
        return row == LatencyColumns.NONE ? "" : text(columns.rowTables()[row]);
    }

    /** Sizes, for people and metrics. */
    public Sizes sizes() {
        int n = Math.max(1, regions.size());
        return new Sizes(
                columns.starts4().length,
                columns.high6().length,
                entries(),
                columns.rowOrders().length,
                columns.orders().length / n);
    }

    /**
     * How large a map is.
     *
     * @param rows   distinct rows of figures
     * @param orders distinct orders of the regions
     */
    public record Sizes(int ranges4, int ranges6, int entries, int rows, int orders) {}

    LatencyColumns columns() {
        return Objects.requireNonNull(columns);
    }
}
