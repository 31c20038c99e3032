package io.portolan.region;

import io.portolan.artifact.ServedManifest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.model.document.ExtensionDocument.HeldVersion;
import java.util.Objects;
import java.util.Optional;

/**
 * One version of an extension as this node knows it. Immutable.
 *
 * @param document what the revision says about it
 * @param holding  what this node held of it when the state was built
 */
record ServedVersion(ExtensionName extension, VersionLabel label, HeldVersion document, Holding holding) {
    ServedVersion {
        Objects.requireNonNull(extension, "extension");
        Objects.requireNonNull(label, "label");
        Objects.requireNonNull(document, "document");
        Objects.requireNonNull(holding, "holding");
    }

    /** The same, as one that a rollback left. */
    ServedVersion withdrawn() {
        return new ServedVersion(
                extension,
                label,
                new HeldVersion(
                        document.manifest(),
                        document.identity(),
                        document.state(),
                        true,
                        document.held(),
                        document.keptFor()),
                holding);
    }

    /** Whether it is answered 410. */
    boolean isRevoked() {
        return document.state() == VersionState.REVOKED;
    }

    /** Whether all of it was on disk. */
    boolean isComplete() {
        return holding instanceof Holding.Complete;
    }

    /** Whether it should be held in full and is not. */
    boolean isLacking() {
        return document.held() && !isRevoked() && !isComplete();
    }

    /** Bytes that were missing; at least 1 for a version that is lacking, also while its size is not known. */
    long missingBytes() {
        return switch (holding) {
            case Holding.Complete complete -> 0;
            case Holding.Partial partial -> Math.max(1, partial.missingBytes());
            case Holding.Unknown unknown -> 1;
        };
    }

    /** Its manifest, if that was on disk. */
    Optional<ServedManifest> manifest() {
        return switch (holding) {
            case Holding.Complete complete -> Optional.of(complete.manifest());
            case Holding.Partial partial -> Optional.of(partial.manifest());
            case Holding.Unknown unknown -> Optional.empty();
        };
    }
}
