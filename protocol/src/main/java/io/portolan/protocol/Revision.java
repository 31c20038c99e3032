package io.portolan.protocol;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.RevisionId;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * Signed payload of a revision; its digest is the SHA-256 of its exact bytes. Immutable.
 *
 * @param schema      version of this form, {@link #SCHEMA}
 * @param parent      digest of the revision before, empty text for the first
 * @param cause       what changed, in words
 * @param keys        public keys (X.509, Base64) that may sign the next revision
 * @param operatorKeys public keys that may sign overrides
 * @param settledOverrides ids of overrides that the control plane has taken over
 * @param root        digest of the {@link DocumentTree.Root}
 */
public record Revision(
        int schema,
        EnvironmentName environment,
        long epoch,
        long number,
        String parent,
        Instant createdAt,
        String cause,
        List<String> keys,
        List<String> operatorKeys,
        List<String> settledOverrides,
        Digest root) {
    /** Schema number that this build writes. */
    public static final int SCHEMA = 1;

    /** Payload type of a revision's envelope. */
    public static final String TYPE = "application/vnd.portolan.revision+json";

    public Revision {
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(parent, "parent");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(cause, "cause");
        keys = List.copyOf(keys);
        operatorKeys = List.copyOf(operatorKeys);
        settledOverrides = List.copyOf(settledOverrides);
        Objects.requireNonNull(root, "root");
        new RevisionId(epoch, number);
    }

    /** Its position. */
    public RevisionId id() {
        return new RevisionId(epoch, number);
    }
}
