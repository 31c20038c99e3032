package io.portolan.protocol;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.Route;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a new environment is made of, far from any network: the settings of another one and the version that each extension has in
 * all of its stages. It is signed as an {@link Envelope} and lies, with the packages that it names, in one file. Immutable.
 *
 * @param schema         version of this form, {@link #SCHEMA}
 * @param environment    that it was taken from
 * @param zone           DNS zone there, no trailing dot
 * @param portalHosts    hosts whose portals load the extensions there
 * @param minimumBake    least healthy time of a stage
 * @param frameAncestors origins that may frame pages, beside the portal hosts
 * @param bringUp        what new regions go through, null from a build of before: the standard plan
 * @param extensions     in the order of their names
 */
public record EnvironmentBundle(
        int schema,
        EnvironmentName environment,
        String zone,
        List<String> portalHosts,
        StageDefinition stages,
        Duration minimumBake,
        List<String> frameAncestors,
        @Nullable BringUpPlanBody bringUp,
        Instant takenAt,
        List<Extension> extensions) {
    /** Schema number that this build writes. */
    public static final int SCHEMA = 1;

    /** Payload type of the envelope. */
    public static final String TYPE = "application/vnd.portolan.environment-bundle+json";

    /** Name of the envelope in the file. */
    public static final String ENTRY = "bundle.dsse.json";

    public EnvironmentBundle {
        if (schema != SCHEMA) {
            throw new IllegalArgumentException("bundle: schema " + schema + " (expected: " + SCHEMA
                    + "; a newer Portolan wrote it, so use that one's command)");
        }
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(zone, "zone");
        portalHosts = List.copyOf(portalHosts);
        Objects.requireNonNull(stages, "stages");
        Objects.requireNonNull(minimumBake, "minimumBake");
        frameAncestors = List.copyOf(frameAncestors);
        extensions = List.copyOf(extensions);
    }

    /**
     * One extension with one version.
     *
     * @param identity  digest of the version's canonical manifest: the same wherever these files are published
     * @param archive   digest of the package in the file
     * @param sizeBytes of that package
     */
    public record Extension(
            ExtensionName name,
            Route route,
            List<String> owners,
            VersionLabel version,
            Digest identity,
            Digest archive,
            long sizeBytes) {
        public Extension {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(route, "route");
            owners = List.copyOf(Objects.requireNonNullElse(owners, List.of()));
            Objects.requireNonNull(version, "version");
            Objects.requireNonNull(identity, "identity");
            Objects.requireNonNull(archive, "archive");
        }

        /** Where its package lies in the file. */
        public String entry() {
            return "packages/" + archive + ".zip";
        }
    }
}
