package io.portolan.placement.latency;

/**
 * Time of transfers over TCP. Pure.
 *
 * <p>A transfer is a slow start, then a steady rate, as in Cardwell, Savage and Anderson, "Modeling TCP Latency" (INFOCOM 2000):
 *
 * <ul>
 *   <li>The window begins with {@value #INITIAL_SEGMENTS} segments (RFC 6928) and doubles each round trip (RFC 5681, section 3.1)
 *       until it covers the path.
 *   <li>Then the rate is that of the access line, or what loss leaves of it, if that is less.
 *   <li>Loss leaves {@code MSS / RTT * 1.22 / sqrt(p)} to a Reno sender (Mathis, Semke, Mahdavi and Ott, "The macroscopic behavior
 *       of the TCP congestion avoidance algorithm", CCR 1997) and {@code MSS / RTT * 1.054 * (RTT / p)^0.75} to CUBIC, which keeps
 *       to the larger of both (RFC 9438, sections 4.3 and 5.1).
 * </ul>
 *
 * Queues are not modelled: a line that is full adds the same to every placement.
 */
public final class Transfer {
    /** Segments of the initial window (RFC 6928). */
    static final int INITIAL_SEGMENTS = 10;

    /** Bytes in a segment: an Ethernet frame without IPv4 and TCP headers. */
    static final double SEGMENT_BYTES = 1460;

    private static final double MATHIS = 1.22;
    /** (C (3 + β) / (4 (1 - β)))^¼ with C = 0.4 and β = 0.7. */
    private static final double CUBIC = 1.054;

    private static final double CUBIC_POWER = 0.75;
    /** Bits a millisecond in a megabit a second, by eight. */
    private static final double BYTES_PER_MILLI_AND_MBIT = 125;

    private Transfer() {}

    /** What loss leaves to a Reno sender, bytes a millisecond; infinite without loss. */
    public static double mathisBytesPerMilli(double rttMillis, double lossRate) {
        return lossRate <= 0 ? Double.POSITIVE_INFINITY : SEGMENT_BYTES / rttMillis * MATHIS / Math.sqrt(lossRate);
    }

    /** What loss leaves to a CUBIC sender, bytes a millisecond; infinite without loss. */
    public static double cubicBytesPerMilli(double rttMillis, double lossRate) {
        if (lossRate <= 0) {
            return Double.POSITIVE_INFINITY;
        }
        double cubic = SEGMENT_BYTES / rttMillis * CUBIC * Math.pow(rttMillis / 1000 / lossRate, CUBIC_POWER);
        return Math.max(cubic, mathisBytesPerMilli(rttMillis, lossRate));
    }

    /** The steady rate over a path, bytes a millisecond. */
    public static double steadyBytesPerMilli(double rttMillis, double mbit, double lossRate) {
        return Math.min(mbit * BYTES_PER_MILLI_AND_MBIT, cubicBytesPerMilli(rttMillis, lossRate));
    }

    /**
     * From the first byte sent to the last one sent, milliseconds, over a connection that is set up.
     *
     * @param bytes     0 or more
     * @param rttMillis over 0
     */
    public static double sendMillis(double bytes, double rttMillis, double mbit, double lossRate) {
        double rate = steadyBytesPerMilli(rttMillis, mbit, lossRate);
        double left = bytes;
        double millis = 0;
        for (double window = INITIAL_SEGMENTS * SEGMENT_BYTES;
                window < rate * rttMillis && left > window;
                window *= 2) {
            left -= window;
            millis += rttMillis;
        }
        return millis + left / rate;
    }
}
