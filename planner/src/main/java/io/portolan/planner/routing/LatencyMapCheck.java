package io.portolan.planner.routing;

import io.portolan.model.RegionName;
import java.util.HashSet;

/** Holds a map that was read to everything that a map promises, so that no look-up can go wrong. Stateless. */
final class LatencyMapCheck {
    private static final int LATITUDE_LIMIT = 90_000_000;
    private static final int LONGITUDE_LIMIT = 180_000_000;

    private LatencyMapCheck() {}

    static void check(LatencyColumns c) {
        int n = c.regions();
        require(n <= LatencyMapCompiler.REGION_LIMIT, "regions", n);
        var names = new HashSet<RegionName>();
        for (var name : c.regionNames()) {
            require(names.add(new RegionName(name)), "region stands twice", 0);
        }
        coordinates(c.regionLatitudes(), c.regionLongitudes());
        coordinates(c.latitudes(), c.longitudes());
        places(c);
        orders(c, n);
        rows(c, n);
        pointers("entry's row", c.entryRows(), c.rowOrders().length, LatencyColumns.NONE);
        pointers("entry's place", c.entryPlaces(), c.latitudes().length, 0);
        for (int entry = 0; entry < c.entryRows().length; entry++) {
            boolean located = (c.placeFlags()[c.entryPlaces()[entry]] & LatencyColumns.LOCATED) != 0;
            require(located == (c.entryRows()[entry] >= 0), "entry with a row and no point, or the reverse", entry);
        }
        pointers("IPv4 range", c.entries4(), c.entryRows().length, LatencyColumns.NONE);
        pointers("IPv6 range", c.entries6(), c.entryRows().length, LatencyColumns.NONE);
        ranges(c);
    }

    private static void coordinates(int[] latitudes, int[] longitudes) {
        for (int i = 0; i < latitudes.length; i++) {
            require(Math.abs((long) latitudes[i]) <= LATITUDE_LIMIT, "latitude", latitudes[i]);
            require(Math.abs((long) longitudes[i]) <= LONGITUDE_LIMIT, "longitude", longitudes[i]);
        }
    }

    private static void places(LatencyColumns c) {
        pointers("subdivision", c.subdivisions(), c.strings().length, LatencyColumns.NONE);
        pointers("label", c.labels(), c.strings().length, LatencyColumns.NONE);
        for (int i = 0; i < c.latitudes().length; i++) {
            require((c.placeFlags()[i] & ~(LatencyColumns.LOCATED | LatencyColumns.SURE)) == 0, "flags of place", i);
            letters(c.continents()[i]);
            letters(c.countries()[i]);
            int subdivision = c.subdivisions()[i];
            require(
                    subdivision < 0 || c.strings()[subdivision].matches("[A-Z]{2}-[A-Z0-9]{1,3}"),
                    "subdivision of place",
                    i);
            int label = c.labels()[i];
            require(label < 0 || c.strings()[label].length() <= NetworkPlace.LABEL_LIMIT, "label of place", i);
        }
    }

    private static void letters(short code) {
        if (code != 0) {
            require(isLetter(code >> 8 & 0xff) && isLetter(code & 0xff), "letters", code);
        }
    }

    private static boolean isLetter(int c) {
        return c >= 'A' && c <= 'Z';
    }

    /** Each order names every region once. */
    private static void orders(LatencyColumns c, int n) {
        require(n == 0 ? c.orders().length == 0 : c.orders().length % n == 0, "cells of orders", c.orders().length);
        require(n == 0 ? c.layers().length == 0 : c.layers().length % n == 0, "cells of layers", c.layers().length);
        var seen = new int[n];
        for (int i = 0; i < c.orders().length; i++) {
            int region = c.orders()[i];
            require(region >= 0 && region < n && seen[region] == i / n, "order", i / n);
            seen[region]++;
        }
        for (byte layer : c.layers()) {
            require(layer >= 0 && layer < LatencyLayer.values().length, "layer", layer);
        }
    }

    private static void rows(LatencyColumns c, int n) {
        int rows = c.rowOrders().length;
        require(c.rtts().length == (long) rows * n, "cells of rows", c.rtts().length);
        require(n == 0 ? c.samples().length == 0 : c.samples().length % n == 0, "samples", c.samples().length);
        // Without a region, orders have no cells: nothing can be pointed at, and rows are empty.
        pointers("row's order", c.rowOrders(), n == 0 ? 1 : c.orders().length / n, 0);
        pointers("row's layers", c.rowLayers(), n == 0 ? 1 : c.layers().length / n, 0);
        pointers("row's table row", c.rowTables(), c.strings().length, LatencyColumns.NONE);
        pointers("row's samples", c.rowSamples(), n == 0 ? 0 : c.samples().length / n, LatencyColumns.NONE);
        for (int samples : c.samples()) {
            require(samples >= 0, "samples", samples);
        }
        for (int row = 0; row < rows; row++) {
            int before = 1;
            for (int rank = 0; rank < n; rank++) {
                int rtt = c.rtts()[row * n + c.orders()[c.rowOrders()[row] * n + rank]];
                require(rtt >= before, "order against figures of row", row);
                before = rtt;
            }
        }
    }

    private static void ranges(LatencyColumns c) {
        require(c.starts4().length > 0 && c.starts4()[0] == 0, "start of IPv4", 0);
        for (int i = 1; i < c.starts4().length; i++) {
            require(Integer.compareUnsigned(c.starts4()[i - 1], c.starts4()[i]) < 0, "start of IPv4 range", i);
        }
        require(c.high6().length > 0 && c.high6()[0] == 0 && c.low6()[0] == 0, "start of IPv6", 0);
        for (int i = 1; i < c.high6().length; i++) {
            int byHigh = Long.compareUnsigned(c.high6()[i - 1], c.high6()[i]);
            require(
                    byHigh < 0 || (byHigh == 0 && Long.compareUnsigned(c.low6()[i - 1], c.low6()[i]) < 0),
                    "start of IPv6 range",
                    i);
        }
    }

    private static void pointers(String what, int[] values, int count, int least) {
        for (int value : values) {
            require(value >= least && value < count, what, value);
        }
    }

    private static void require(boolean holds, String what, long value) {
        if (!holds) {
            throw new IllegalArgumentException("latency map: " + what + ": " + value);
        }
    }
}
