package io.portolan.region;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.portolan.model.Stage;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Diagnostics in the form of the reference service, which tools of its users read: {@code ?compat=ehs}. Immutable.
 *
 * <p>There an extension shows either what it serves or its error. Here one with an error shows both: readers look for the error
 * first, and who looks further sees what is still served.
 *
 * @param extensions by route
 */
record EhsDiagnostics(BuildInfo buildInfo, Map<String, Extension> extensions, ServerInfo serverInfo) {
    /** The software. */
    record BuildInfo(String buildVersion) {}

    /**
     * One extension.
     *
     * @param config          version of each stage and friendly name
     * @param stageDefinition regions of each stage
     * @param lastError       absent when all is well
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Extension(
            String extensionName,
            boolean manageSdpEnabled,
            Map<String, VersionLabel> config,
            Map<String, List<String>> stageDefinition,
            @Nullable LastError lastError) {}

    /** What is wrong, and when that was known. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record LastError(String errorMessage, @Nullable Instant time) {}

    /**
     * The node.
     *
     * @param deploymentId environment and region
     * @param uptime       seconds
     */
    record ServerInfo(
            String deploymentId,
            String hostname,
            String serverId,
            long uptime,
            Map<String, String> nodeVersions,
            Sync extensionSync) {}

    /** How often everything was synchronised: number of the revision in use. */
    record Sync(long totalSyncAllCount) {}

    /** Puts the same into the other form; {@code state} is null before the first revision. */
    static EhsDiagnostics of(Diagnostics diagnostics, @Nullable ServingState state, String hostname, Duration uptime) {
        var extensions = new TreeMap<String, Extension>();
        if (state != null) {
            var stages = stages(state);
            var at = diagnostics.lastSync().at();
            var refused = new TreeMap<>(diagnostics.extensions());
            state.routes()
                    .values()
                    .forEach(extension -> refused.remove(extension.document().name()));
            // Their route is not known.
            refused.forEach((name, own) -> extensions.put(name.value(), extension(name.value(), own, Map.of(), at)));
            state.routes().forEach((route, extension) -> {
                var own = diagnostics.extensions().get(extension.document().name());
                if (own != null) {
                    extensions.put(route, extension(extension.document().name().value(), own, stages, at));
                }
            });
        }
        var revision = diagnostics.revision();
        return new EhsDiagnostics(
                new BuildInfo(build()),
                extensions,
                new ServerInfo(
                        diagnostics.environment() + "/" + diagnostics.region(),
                        hostname,
                        diagnostics.node(),
                        uptime.toSeconds(),
                        Map.of("java", Runtime.version().toString()),
                        new Sync(revision == null ? 0 : revision.number())));
    }

    private static Extension extension(
            String name, Diagnostics.Extension own, Map<String, List<String>> stages, @Nullable Instant at) {
        var config = new LinkedHashMap<String, VersionLabel>(new TreeMap<>(own.stages()));
        config.putAll(new TreeMap<>(own.names()));
        return new Extension(
                name, true, config, stages, own.lastError().isEmpty() ? null : new LastError(own.lastError(), at));
    }

    private static Map<String, List<String>> stages(ServingState state) {
        var stages = new LinkedHashMap<String, List<String>>();
        for (Stage stage : state.revision().environment().stages().stages()) {
            stages.put(stage.name(), stage.regions());
        }
        return stages;
    }

    private static String build() {
        var version = EhsDiagnostics.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
