package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.RegionDocument;
import java.util.HashMap;
import java.util.Map;

/**
 * The documents that a revision puts in force on this node. Immutable.
 *
 * @param hashes digest of the document in force of each extension
 * @param pins   extensions that stay on their previous document
 * @param parsed every document above by its digest, so that the next revision parses only what is new
 */
record InForce(
        EnvironmentDocument environment,
        Map<RegionName, RegionDocument> regions,
        Map<ExtensionName, ExtensionDocument> extensions,
        Map<ExtensionName, Digest> hashes,
        Pins pins,
        Map<Digest, Object> parsed) {
    InForce {
        regions = Map.copyOf(regions);
        extensions = Map.copyOf(extensions);
        hashes = Map.copyOf(hashes);
        parsed = Map.copyOf(parsed);
    }

    /** Reasons of the pinned extensions. */
    Map<ExtensionName, String> quarantined() {
        var reasons = new HashMap<ExtensionName, String>();
        pins.extensions().forEach((name, pin) -> reasons.put(name, pin.reason()));
        return reasons;
    }
}
