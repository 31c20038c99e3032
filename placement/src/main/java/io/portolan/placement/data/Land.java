package io.portolan.placement.data;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** The outline of the land but Antarctica (Natural Earth 1:110m, public domain). Stateless. */
public final class Land {
    private static final double PER_DEGREE = 10;

    private Land() {}

    /** A corner, in degrees east and north. */
    public record Point(double longitude, double latitude) {}

    /** Closed rings of corners. */
    public static List<List<Point>> rings() {
        return new String(CsvRows.resource("land.txt"), StandardCharsets.US_ASCII)
                .lines()
                .map(line -> Stream.of(line.split(" ", -1)).map(Land::point).toList())
                .toList();
    }

    private static Point point(String text) {
        int comma = text.indexOf(',');
        return new Point(
                Integer.parseInt(text.substring(0, comma)) / PER_DEGREE,
                Integer.parseInt(text.substring(comma + 1)) / PER_DEGREE);
    }
}
