package io.portolan.protocol;

import io.portolan.protocol.OperatorOverride.Action;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * An override in force, as a node or director tells it; with the signed order, which whoever reads it checks again. Immutable.
 *
 * @param extension  whose version it chooses, empty text for none
 * @param region     that it takes out of the answers, empty text for none
 * @param version    that the slot had when it was taken, empty text for none
 * @param keyId      of the operator's key that signed it
 * @param receivedAt by the clock of the node
 */
public record OverrideReport(
        String id,
        Action action,
        String extension,
        String region,
        String version,
        String keyId,
        Instant receivedAt,
        Envelope envelope) {
    public OverrideReport {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(action, "action");
        Objects.requireNonNull(extension, "extension");
        Objects.requireNonNull(region, "region");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(keyId, "keyId");
        Objects.requireNonNull(receivedAt, "receivedAt");
        Objects.requireNonNull(envelope, "envelope");
    }

    /** The same for those who need not know who ordered it and why. */
    public OverrideReport withoutOrder() {
        return new OverrideReport(
                id, action, extension, region, version, keyId, receivedAt, new Envelope("", "", List.of()));
    }
}
