package io.portolan.protocol.rest;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.Route;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.BringUpPlanBody;
import java.time.Duration;
import java.util.List;

/**
 * What all stages of an environment have, and its settings.
 *
 * @param bringUp    what its new regions go through
 * @param extensions those with a version that every stage completed
 * @param without    the others, each with the reason
 */
public record BaselineBody(
        EnvironmentName environment,
        String zone,
        List<String> portalHosts,
        StageDefinition stages,
        Duration minimumBake,
        List<String> frameAncestors,
        BringUpPlanBody bringUp,
        List<Extension> extensions,
        List<Without> without) {
    /** One extension; {@code identity} is the digest of the version's canonical manifest. */
    public record Extension(
            ExtensionName name, Route route, List<String> owners, VersionLabel version, Digest identity) {}

    /** An extension that has no such version. */
    public record Without(ExtensionName name, String reason) {}
}
