package io.portolan.protocol;

import java.time.Duration;
import java.util.Objects;

/**
 * What a region node sees of one CDN by its own probes, told at {@link ObservationTable#PATH} beside the table as {@code cdns}, by name; what
 * browsers told is {@link SourceCounters}. Immutable.
 *
 * @param url        that is probed
 * @param every      time from one probe to the next
 * @param results    one character a probe, the newest last: {@code 1} right, {@code 0} failed, {@code ?} says nothing of the CDN
 * @param fault      of the last probe that failed, empty text for none
 * @param wrongFiles files that it gives wrongly now
 */
public record CdnObservation(String url, Duration every, String results, String fault, int wrongFiles) {
    public CdnObservation {
        Objects.requireNonNull(url, "url");
        Objects.requireNonNull(every, "every");
        Objects.requireNonNull(results, "results");
        Objects.requireNonNull(fault, "fault");
    }
}
