package io.portolan.planner.routing;

/**
 * What a latency map consists of, as columns; numbers in one column point into others. Immutable by agreement: nobody changes an array
 * after it is in here.
 *
 * <p>With {@code n} regions: {@code orders} and {@code layers} have {@code n} cells for each of theirs, {@code rtts} {@code n} for each
 * row and {@code samples} {@code n} for each row that has measurements.
 *
 * @param origin          what the map was made of, for people
 * @param regionNames     names, in the environment's declared order
 * @param regionLatitudes in millionths of a degree, as all coordinates here
 * @param strings         texts that others point to by number
 * @param placeFlags      {@link #LOCATED} and {@link #SURE}
 * @param continents      two letters, one in each byte, 0 for none; countries likewise
 * @param subdivisions    number of a text, -1 for none; labels likewise
 * @param orders          regions by number, the nearest first
 * @param layers          {@link LatencyLayer} of each region's figure
 * @param rowOrders       number of the order that a row has
 * @param rowLayers       number of its layers
 * @param rowTables       text with the name of the region whose row of the region table it used, -1 for none
 * @param rowSamples      number of its samples, -1 for none
 * @param rtts            tenths of a millisecond of each region, 1 or more
 * @param samples         measurements of each region
 * @param entryRows       row of an entry, -1 where the place is not known
 * @param entryPlaces     its place
 * @param starts4         where the ranges start, the first at 0, rising as unsigned numbers
 * @param entries4        entry that holds in a range, -1 for none
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record LatencyColumns(
        String origin,
        String[] regionNames,
        int[] regionLatitudes,
        int[] regionLongitudes,
        String[] strings,
        int[] latitudes,
        int[] longitudes,
        byte[] placeFlags,
        short[] continents,
        short[] countries,
        int[] subdivisions,
        int[] labels,
        short[] orders,
        byte[] layers,
        int[] rowOrders,
        int[] rowLayers,
        int[] rowTables,
        int[] rowSamples,
        char[] rtts,
        int[] samples,
        int[] entryRows,
        int[] entryPlaces,
        int[] starts4,
        int[] entries4,
        long[] high6,
        long[] low6,
        int[] entries6) {
    /** The place has coordinates. */
    static final int LOCATED = 1;

    /** {@link NetworkPlace#sure()}. */
    static final int SURE = 2;

    static final int NONE = -1;

    /** Units of a degree. */
    static final double DEGREE = 1e6;

    /** Units of a millisecond. */
    static final double MILLI = 10;

    int regions() {
        return regionNames.length;
    }
}
