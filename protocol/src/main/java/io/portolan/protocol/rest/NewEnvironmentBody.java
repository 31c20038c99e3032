package io.portolan.protocol.rest;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.Envelope;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An environment to be made of a signed bundle; what is null is as in the bundle.
 *
 * @param publicKey   X.509, Base64: the key that the bundle must be signed with
 * @param nameServers host names of its directors, null for none yet
 * @param reason      for the log
 */
public record NewEnvironmentBody(
        EnvironmentName name,
        @Nullable String zone,
        @Nullable List<String> portalHosts,
        @Nullable List<String> nameServers,
        Envelope bundle,
        String publicKey,
        @Nullable String reason) {
    /**
     * What was made.
     *
     * @param keyId      of the key that the bundle is signed with
     * @param enabled    extensions that its regions will serve
     * @param notEnabled extensions that are registered and published, and not served here, each with the reason
     */
    public record Made(
            EnvironmentName name,
            String zone,
            List<String> portalHosts,
            String keyId,
            List<Enabled> enabled,
            List<NotEnabled> notEnabled) {}

    /** An extension with the version that each stage has; {@code hosts}: the portal hosts that it is configured for. */
    public record Enabled(ExtensionName extension, VersionLabel version, List<String> hosts) {}

    /** An extension that no portal host of the environment could load. */
    public record NotEnabled(ExtensionName extension, VersionLabel version, String reason) {}
}
