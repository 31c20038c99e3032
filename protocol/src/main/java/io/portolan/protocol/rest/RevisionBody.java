package io.portolan.protocol.rest;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A revision in lists; {@code parent} is empty text for the first. */
public record RevisionBody(
        EnvironmentName environment,
        long epoch,
        long number,
        String parent,
        Digest digest,
        String keyId,
        String cause,
        Instant createdAt) {
    /** What differs between two revisions. */
    public record Difference(EnvironmentName environment, long from, long to, List<Change> changes) {}

    /** One difference; {@code region} is null when it is not about one, before or after when there is none. */
    public record Change(
            String extension,
            @Nullable String region,
            String field,
            @Nullable String before,
            @Nullable String after) {}
}
