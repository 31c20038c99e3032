package io.portolan.placement.report;

import io.portolan.placement.data.Land;
import io.portolan.placement.plan.Placement;
import io.portolan.placement.plan.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The map: land, users by place, regions. Stateless. */
final class WorldMap {
    static final double WIDTH = 960;

    private static final double LARGEST_RADIUS = 26;
    private static final double LEAST_RADIUS = 1.6;
    private static final double FULL_TURN = 360;
    private static final double LABEL_HEIGHT = 13;
    private static final double LETTER_WIDTH = 6.6;

    private final Projection projection = new Projection(WIDTH);

    /** Upper limits of the classes of round-trip times; what is over the last is the slowest class. */
    static final List<Integer> CLASSES = List.of(40, 80, 120, 180);

    static int classOf(double rttMillis) {
        int n = 0;
        while (n < CLASSES.size() && rttMillis > CLASSES.get(n)) {
            n++;
        }
        return n;
    }

    String svg(Placement placement) {
        var svg = new StringBuilder();
        svg.append(Markup.f(
                "<svg id=\"map\" viewBox=\"0 0 %s %s\" role=\"img\" aria-labelledby=\"map-title map-desc\">",
                Markup.n(WIDTH), Markup.n(projection.height())));
        svg.append("<title id=\"map-title\">Regions of the plan and where their users are</title><desc"
                        + " id=\"map-desc\">")
                .append("Circles are users by place, as large as their number, in the colour of their round-trip"
                        + " time. ")
                .append("Squares are regions of the plan, small rings the other candidates. The tables below say the"
                        + " same.</desc>");
        svg.append("<path class=\"land\" d=\"").append(land()).append("\"/>");
        svg.append("<g class=\"places\">");
        double most = placement.places().stream()
                .mapToDouble(Placement.Served::share)
                .max()
                .orElse(1);
        for (var place : placement.places()) {
            double radius = Math.max(LEAST_RADIUS, LARGEST_RADIUS * Math.sqrt(place.share() / most));
            svg.append(Markup.f(
                    "<circle data-place=\"%s\" class=\"c%d\" cx=\"%s\" cy=\"%s\" r=\"%s\"><title>%s</title></circle>",
                    Markup.text(place.label()),
                    classOf(place.rttMillis()),
                    Markup.n(projection.x(place.longitude(), place.latitude())),
                    Markup.n(projection.y(place.latitude())),
                    Markup.n(radius),
                    Markup.text(place.label() + ": " + Words.time(place.rttMillis()) + " to " + place.region())));
        }
        svg.append("</g><g class=\"regions\">");
        regions(placement, svg);
        return svg.append("</g></svg>").toString();
    }

    private void regions(Placement placement, StringBuilder svg) {
        var chosen = placement.recommended().regions();
        var taken = new ArrayList<double[]>();
        for (var region : placement.regions()) {
            double x = projection.x(region.longitude(), region.latitude());
            double y = projection.y(region.latitude());
            var label = label(x, y, region.name().length() * LETTER_WIDTH, taken, chosen.contains(region.name()));
            svg.append(Markup.f(
                    "<g data-region=\"%s\" class=\"%s\"><title>%s</title><circle cx=\"%s\" cy=\"%s\" r=\"2.5\"/>"
                            + "<rect x=\"%s\" y=\"%s\" width=\"9\" height=\"9\" rx=\"2\"/>"
                            + "<text x=\"%s\" y=\"%s\">%s</text></g>",
                    region.name(),
                    chosen.contains(region.name()) ? "on" : "off",
                    Markup.text(region.displayName()),
                    Markup.n(x),
                    Markup.n(y),
                    Markup.n(x - 4.5),
                    Markup.n(y - 4.5),
                    Markup.n(label[0]),
                    Markup.n(label[1]),
                    region.name()));
        }
    }

    /** Right of the region, else left, above or below, where no label of the plan is yet. */
    private static double[] label(double x, double y, double width, List<double[]> taken, boolean counts) {
        var spots = List.of(
                new double[] {x + 8, y + 4},
                new double[] {x - 8 - width, y + 4},
                new double[] {x - width / 2, y - 9},
                new double[] {x - width / 2, y + 18},
                new double[] {x + 8, y - 9},
                new double[] {x + 8, y + 18});
        var spot = spots.stream()
                .filter(at -> at[0] > 2 && at[0] + width < WIDTH - 2)
                .filter(at -> taken.stream()
                        .noneMatch(other -> at[0] < other[0] + other[2]
                                && other[0] < at[0] + width
                                && Math.abs(at[1] - other[1]) < LABEL_HEIGHT))
                .findFirst()
                .orElse(spots.getFirst());
        if (counts) {
            taken.add(new double[] {spot[0], spot[1], width});
        }
        return spot;
    }

    private String land() {
        return Land.rings().stream()
                .flatMap(ring -> {
                    var whole = unbroken(ring);
                    // What reaches over the edge of the map comes in again on its other side.
                    return Stream.of(whole, shifted(whole, -FULL_TURN), shifted(whole, FULL_TURN));
                })
                .map(ring -> cut(cut(ring, 1), -1))
                .filter(ring -> ring.size() > 2)
                .map(this::outline)
                .collect(Collectors.joining());
    }

    private static List<Land.Point> shifted(List<Land.Point> ring, double by) {
        return ring.stream()
                .map(point -> new Land.Point(point.longitude() + by, point.latitude()))
                .toList();
    }

    /** The part of a ring west (side 1) or east (side -1) of the edge of the map, after Sutherland and Hodgman. */
    private static List<Land.Point> cut(List<Land.Point> ring, int side) {
        double edge = FULL_TURN / 2;
        var kept = new ArrayList<Land.Point>();
        for (int i = 0; i < ring.size(); i++) {
            var from = ring.get(i == 0 ? ring.size() - 1 : i - 1);
            var to = ring.get(i);
            boolean fromIn = side * from.longitude() <= edge;
            boolean toIn = side * to.longitude() <= edge;
            if (fromIn != toIn) {
                double share = (side * edge - from.longitude()) / (to.longitude() - from.longitude());
                kept.add(new Land.Point(side * edge, from.latitude() + share * (to.latitude() - from.latitude())));
            }
            if (toIn) {
                kept.add(to);
            }
        }
        return kept;
    }

    /** The ring with longitudes that go on beyond 180 degrees instead of jumping to the other side. */
    private static List<Land.Point> unbroken(List<Land.Point> ring) {
        var points = new ArrayList<Land.Point>();
        double turn = 0;
        double before = ring.getFirst().longitude();
        for (var point : ring) {
            double step = point.longitude() - before;
            turn += step > FULL_TURN / 2 ? -FULL_TURN : step < -FULL_TURN / 2 ? FULL_TURN : 0;
            before = point.longitude();
            points.add(new Land.Point(point.longitude() + turn, point.latitude()));
        }
        return points;
    }

    private String outline(List<Land.Point> ring) {
        return ring.stream()
                .map(point -> Markup.n(projection.x(point.longitude(), point.latitude())) + ","
                        + Markup.n(projection.y(point.latitude())))
                .collect(Collectors.joining("L", "M", "Z"));
    }
}
