package io.portolan.region;

import io.portolan.artifact.PackageConfiguration;
import io.portolan.artifact.ServedManifest;
import io.portolan.model.RegionName;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.Reference;
import io.portolan.region.ControllerWants.Key;
import io.portolan.runtime.ControllerId;
import io.portolan.runtime.ControllerInstance;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes of the controllers of a version what a runtime is asked to run in a region. Thread-safe. */
final class ControllerInstances {
    private final RegionName region;
    private final NodeBlobs blobs;

    ControllerInstances(RegionName region, NodeBlobs blobs) {
        this.region = region;
        this.blobs = blobs;
    }

    static ControllerId id(Key key, ControllerSpec spec) {
        return new ControllerId(key.extension(), key.version(), spec.name());
    }

    /**
     * Those that belong into the region.
     *
     * @throws IOException when the version's configuration is not here now
     */
    List<ControllerInstance> of(Key key, ServedManifest manifest, ServingState now) throws IOException {
        var instances = new ArrayList<ControllerInstance>();
        for (var spec : manifest.controllers()) {
            if (spec.placement().includes(region)) {
                instances.add(new ControllerInstance(
                        id(key, spec), spec, files(manifest, spec), configuration(manifest, spec, now)));
            }
        }
        return List.copyOf(instances);
    }

    private static List<ControllerInstance.File> files(ServedManifest manifest, ControllerSpec spec) {
        return manifest.files().stream()
                .filter(file -> spec.process().holds(file.path()))
                .map(file ->
                        new ControllerInstance.File(spec.process().placeOf(file.path()), file.hash(), file.sizeBytes()))
                .toList();
    }

    /** What the pages of the environment's first portal host that the version knows are given; only where a controller asks for it. */
    private Map<String, String> configuration(ServedManifest manifest, ControllerSpec spec, ServingState now)
            throws IOException {
        boolean asked = spec.environment().values().stream()
                .flatMap(value -> Reference.in(value).stream())
                .anyMatch(reference -> reference.kind() == Reference.Kind.CONFIG);
        if (!asked) {
            return Map.of();
        }
        var configurations = PackageConfiguration.load(manifest, blobs.readOnly());
        return now.revision().environment().portalHosts().stream()
                .map(configurations::lookup)
                .filter(PackageConfiguration.Lookup.Found.class::isInstance)
                .map(found -> PackageConfiguration.flat(((PackageConfiguration.Lookup.Found) found).configuration()))
                .findFirst()
                .orElse(Map.of());
    }
}
