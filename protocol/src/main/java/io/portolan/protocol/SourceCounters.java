package io.portolan.protocol;

import java.util.Objects;

/**
 * What browsers told a node of one CDN within the last {@link #WINDOW_SECONDS}, all extensions together. Immutable.
 *
 * <p>Stands in what a node answers at {@link ObservationTable#PATH}, as {@code "sources":[…]}, one for each CDN that the revision in
 * use names, also while nobody told anything. A browser leaves a CDN that failed behind for a while, so it tells of few failures, and
 * of no files: what counts is how many sessions tell of which. Anybody can make sessions up, so this is a reason to look, not proof.
 *
 * @param source   name of the CDN in the environment's settings
 * @param fetched  files that came from it and were right
 * @param failed   requests to it that failed, whatever the cause
 * @param sessions sessions that told of it
 * @param failing  those of them that told of a failure
 * @param windowSeconds over how long was counted
 */
public record SourceCounters(String source, long fetched, long failed, int sessions, int failing, int windowSeconds) {
    /** Over how long a node counts. */
    public static final int WINDOW_SECONDS = 15;

    /** Field of {@link ObservationTable#PATH} that holds the list. */
    public static final String FIELD = "sources";

    public SourceCounters {
        Objects.requireNonNull(source, "source");
    }
}
