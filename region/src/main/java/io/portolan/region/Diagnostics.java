package io.portolan.region;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.document.RegionDocument;
import io.portolan.protocol.IncidentRecord;
import io.portolan.protocol.OverrideReport;
import io.portolan.sync.SyncState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Body of {@code /api/diagnostics} and {@code /R/api/diagnostics}. Immutable.
 *
 * @param revision   the one in use, null before the first
 * @param filling    what is lacking, and where content comes from
 * @param extensions by name, those asked for
 * @param incidents  what went wrong at the node, with the evidence; none where one extension was asked for
 * @param overrides  operator overrides in force, all of them
 * @param resourceApi which resource API users of this region get; null where their environment has none
 * @param telemetry  what browsers told of the extensions asked for, by name, those of which something was told
 */
record Diagnostics(
        String node,
        RegionName region,
        EnvironmentName environment,
        @Nullable Applied revision,
        LastSync lastSync,
        Filling filling,
        Map<ExtensionName, Extension> extensions,
        List<IncidentRecord> incidents,
        List<OverrideReport> overrides,
        @Nullable ResourceApi resourceApi,
        Map<ExtensionName, TelemetryCounters.Told> telemetry) {
    /**
     * A resource API that pages are told of.
     *
     * @param region       where it stands
     * @param leavesRegion whether calls of this region's users leave it: browsers make them themselves, so no node can count them
     */
    record ResourceApi(String endpoint, RegionName region, boolean leavesRegion) {
        static @Nullable ResourceApi of(@Nullable RegionDocument document) {
            return document == null || document.resourceApiEndpoint().isEmpty()
                    ? null
                    : new ResourceApi(
                            document.resourceApiEndpoint(),
                            new RegionName(document.resourceApiRegion()),
                            document.callsLeave());
        }
    }

    /** The revision in use. */
    record Applied(
            long epoch,
            long number,
            Digest digest,
            @Nullable Instant appliedAt) {}

    /**
     * How the last attempt to follow went.
     *
     * @param error empty text when it worked
     */
    record LastSync(@Nullable Instant at, boolean ok, String error) {}

    /**
     * One extension.
     *
     * @param serving   version shown by default, empty text for none
     * @param override  id of the operator's override that chose it, empty text for none
     * @param lacking   versions that should be held in full and are not
     * @param controllers how the controllers of its versions are
     * @param lastError why the newest document is not in force, or content is missing; empty text for neither
     */
    record Extension(
            String serving,
            String override,
            Map<String, VersionLabel> stages,
            Map<String, VersionLabel> names,
            List<VersionLabel> held,
            List<VersionLabel> retained,
            List<VersionLabel> lacking,
            List<ControllerView> controllers,
            String lastError) {}

    /** Puts them together; an empty route means all extensions. */
    static Diagnostics of(
            String node,
            RegionName region,
            EnvironmentName environment,
            @Nullable ServingState state,
            SyncState sync,
            Faults faults,
            Filling filling,
            List<IncidentRecord> incidents,
            List<OverrideReport> overrides,
            Map<ExtensionName, List<ControllerView>> controllers,
            TelemetryCounters counters,
            String route) {
        var lastSync =
                new LastSync(sync.lastSyncAt().orElse(null), sync.lastError().isEmpty(), sync.lastError());
        var told = route.isEmpty() ? List.copyOf(incidents) : List.<IncidentRecord>of();
        if (state == null) {
            return new Diagnostics(
                    node, region, environment, null, lastSync, filling, Map.of(), told, overrides, null, Map.of());
        }
        var revision = state.revision();
        var applied = new Applied(
                revision.header().epoch(),
                revision.header().number(),
                revision.digest(),
                sync.appliedAt().orElse(null));
        var extensions = new TreeMap<ExtensionName, Extension>();
        var telemetry = new TreeMap<ExtensionName, TelemetryCounters.Told>();
        state.routes().forEach((name, extension) -> {
            if (route.isEmpty() || route.equals(name)) {
                var document = extension.document();
                var seen = counters.of(document.name().value());
                if (!seen.isEmpty()) {
                    telemetry.put(document.name(), seen);
                }
                var quarantine = revision.quarantined().getOrDefault(document.name(), "");
                extensions.put(
                        document.name(),
                        extension(
                                extension,
                                controllers.getOrDefault(document.name(), List.of()),
                                quarantine.isEmpty() ? faults.of(document.name()) : quarantine));
            }
        });
        if (route.isEmpty()) {
            // Refused with nothing before: known by its reason only.
            revision.quarantined()
                    .forEach((name, reason) -> extensions.putIfAbsent(
                            name,
                            new Extension(
                                    "", "", Map.of(), Map.of(), List.of(), List.of(), List.of(), List.of(), reason)));
        }
        return new Diagnostics(
                node,
                region,
                environment,
                applied,
                lastSync,
                filling,
                extensions,
                told,
                overrides,
                ResourceApi.of(revision.regions().get(region)),
                telemetry);
    }

    private static Extension extension(ServedExtension extension, List<ControllerView> controllers, String error) {
        var versions = new TreeMap<>(extension.versions()).values();
        return new Extension(
                extension.serving().map(version -> version.label().value()).orElse(""),
                extension.byDefault() instanceof ServedExtension.Default.Serves serves ? serves.override() : "",
                extension.document().stages(),
                extension.document().names(),
                versions.stream()
                        .filter(version -> version.document().held() && version.isComplete())
                        .map(ServedVersion::label)
                        .toList(),
                versions.stream()
                        .filter(version -> !version.document().held())
                        .map(ServedVersion::label)
                        .toList(),
                versions.stream()
                        .filter(ServedVersion::isLacking)
                        .map(ServedVersion::label)
                        .toList(),
                controllers,
                error);
    }
}
