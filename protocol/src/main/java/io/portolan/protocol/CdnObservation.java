package io.portolan.protocol;

import java.time.Duration;
import java.util.Objects;

/**
 * What a region node sees of one CDN, told at {@link ObservationTable#PATH} beside the table as {@code cdns}, by name. Immutable.
 *
 * @param url             that is probed
 * @param every           time from one probe to the next
 * @param results         one character a probe, the newest last: {@code 1} right, {@code 0} failed, {@code ?} says nothing of the CDN
 * @param fault           of the last probe that failed, empty text for none
 * @param sessions        of browsers that told lately that they asked it
 * @param failingSessions of these, those that had to get a file from elsewhere
 * @param wrongFiles      files that it gives wrongly now
 */
public record CdnObservation(
        String url,
        Duration every,
        String results,
        String fault,
        int sessions,
        int failingSessions,
        int wrongFiles) {
    public CdnObservation {
        Objects.requireNonNull(url, "url");
        Objects.requireNonNull(every, "every");
        Objects.requireNonNull(results, "results");
        Objects.requireNonNull(fault, "fault");
    }
}
