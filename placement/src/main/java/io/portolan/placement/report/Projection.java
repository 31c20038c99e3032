package io.portolan.placement.report;

/**
 * The Equal Earth projection: areas are true, so a country with few users does not look large. Pure.
 *
 * <p>Šavrič, Patterson and Jenny, "The Equal Earth map projection" (International Journal of GIS 33, 2019).
 */
final class Projection {
    private static final double A1 = 1.340264;
    private static final double A2 = -0.081106;
    private static final double A3 = 0.000893;
    private static final double A4 = 0.003796;
    private static final double M = Math.sqrt(3) / 2;
    /** Half the width of the world. */
    private static final double HALF_WIDTH = 2.706630;

    private static final double NORTH = 84;
    private static final double SOUTH = -58;

    private final double scale;
    private final double top;

    /** @param width of the map, in user units */
    Projection(double width) {
        scale = width / (2 * HALF_WIDTH);
        top = rawY(NORTH);
    }

    double x(double longitude, double latitude) {
        double theta = theta(latitude);
        double square = theta * theta;
        double six = square * square * square;
        double raw = Math.toRadians(longitude)
                * Math.cos(theta)
                / (M * (A1 + 3 * A2 * square + six * (7 * A3 + 9 * A4 * square)));
        return scale * (raw + HALF_WIDTH);
    }

    double y(double latitude) {
        return scale * (top - rawY(latitude));
    }

    double height() {
        return y(SOUTH);
    }

    private static double rawY(double latitude) {
        double theta = theta(latitude);
        double square = theta * theta;
        double six = square * square * square;
        return theta * (A1 + A2 * square + six * (A3 + A4 * square));
    }

    private static double theta(double latitude) {
        return Math.asin(M * Math.sin(Math.toRadians(latitude)));
    }
}
