package io.portolan.protocol;

import io.portolan.model.EnvironmentName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a node or director answers under {@link OperatorOverride#PATH}. */
public final class Overrides {
    private Overrides() {}

    /**
     * Answer to an order. Immutable.
     *
     * @param outcome   what became of it
     * @param dryRun    whether nothing was changed
     * @param node      who answers
     * @param nodeRegion its region; for a director the name {@code director}
     * @param extension of a rollback, empty text for none
     * @param version   that is served now, or was before the lift; empty text for none
     * @param region    that is drained, empty text for none
     */
    public record Answer(
            String id,
            OperatorOverride.Action action,
            Outcome outcome,
            boolean dryRun,
            String node,
            String nodeRegion,
            String extension,
            String version,
            String region) {}

    /** What became of an order. */
    public enum Outcome {
        /** It is on disk and acts. */
        IN_FORCE,
        /** It was in force already. */
        UNCHANGED,
        /** The other override counts no more. */
        LIFTED
    }

    /**
     * Overrides in force. Immutable.
     *
     * @param kind     {@code region} or {@code director}
     * @param revision position of the revision in use, null before the first
     */
    public record Listing(
            String node,
            String kind,
            String region,
            EnvironmentName environment,
            @Nullable String revision,
            List<OverrideReport> overrides) {
        public Listing {
            overrides = List.copyOf(overrides);
        }
    }
}
