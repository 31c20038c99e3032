package io.portolan.planner.bringup;

import java.util.Objects;

/**
 * One extension in a region on its way. Immutable.
 *
 * @param extension    its name
 * @param critical     whether the region may not go on without it
 * @param version      that the region should serve, empty text while it has none
 * @param missingBytes that are still to be fetched, 0 where nothing is known
 * @param text         why it is in its state
 */
public record Cell(String extension, boolean critical, State state, String version, long missingBytes, String text) {
    public Cell {
        Objects.requireNonNull(extension, "extension");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(text, "text");
    }

    /** How far it is. */
    public enum State {
        /** The environment has no version of it that the region may have. */
        ABSENT,
        /** Content is on its way. */
        FETCHING,
        /** All content is there and checked; the region is not told to serve it yet. */
        VERIFIED,
        /** The region serves it when asked. */
        SERVING,
        /** The region cannot serve it; others go on. */
        QUARANTINED,
        /** The region's stage has no version of it, no rollout will give it one, and no good version can stand in: somebody decides. */
        UNDECIDED
    }

    /** Whether nothing more is to be fetched for it. */
    public boolean isSettled() {
        return state == State.SERVING || state == State.ABSENT || state == State.QUARANTINED;
    }
}
