package io.portolan.placement.data;

import java.nio.charset.StandardCharsets;

/** The tables of regions that the product carries, as they lie in the sources named beside them. Stateless. */
public final class BundledCsv {
    private BundledCsv() {}

    /** Public cloud regions with coordinates and pairs: {@code name,display_name,…}, one a line. */
    public static String regions() {
        return new String(CsvRows.resource("regions.csv"), StandardCharsets.UTF_8);
    }

    /** Round trips between regions, median in milliseconds: {@code source,destination,rtt_ms_p50,…}, one direction a line. */
    public static String regionRtt() {
        return new String(CsvRows.resource("region-rtt-ms.csv"), StandardCharsets.UTF_8);
    }
}
