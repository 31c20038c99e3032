package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RevisionId;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.RegionDocument;
import io.portolan.protocol.Revision;
import java.util.Map;

/**
 * A revision whose signature and every object were verified and lie on this node's disk. Immutable.
 *
 * @param extensions  the documents in force: for a quarantined extension its previous one, or none
 * @param quarantined extensions whose new document was refused, with the reason
 */
public record VerifiedRevision(
        Revision header,
        Digest digest,
        EnvironmentDocument environment,
        Map<RegionName, RegionDocument> regions,
        Map<ExtensionName, ExtensionDocument> extensions,
        Map<ExtensionName, String> quarantined) {
    public VerifiedRevision {
        regions = Map.copyOf(regions);
        extensions = Map.copyOf(extensions);
        quarantined = Map.copyOf(quarantined);
    }

    /** Its position. */
    public RevisionId id() {
        return header.id();
    }
}
