package io.portolan.dist;

import io.portolan.control.ControlPlane;
import io.portolan.director.DirectorServer;
import io.portolan.model.FailPoints;
import io.portolan.region.RegionNode;
import io.portolan.region.RegionSettings;
import io.portolan.runtime.MoreRuntimes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;

/** Starts the components from their settings files, for {@code serve} and {@code dev} alike. Stateless. */
final class Components {
    private Components() {}

    /**
     * Starts one.
     *
     * @param kind {@code control}, {@code region} or {@code director}
     */
    static AutoCloseable start(String kind, Path settings, InstantSource clock, FailPoints failPoints)
            throws IOException {
        return switch (kind) {
            case "control" ->
                ControlPlane.start(SettingsFile.read(settings, ControlConfiguration::read), clock, failPoints);
            case "region" -> region(settings, clock, failPoints);
            case "director" ->
                DirectorServer.start(SettingsFile.read(settings, DirectorConfiguration::read), clock, failPoints);
            default ->
                throw new IllegalArgumentException("component: " + kind + " (expected: control, region or director)");
        };
    }

    private static AutoCloseable region(Path file, InstantSource clock, FailPoints failPoints) {
        // The library for a cluster is loaded only where the settings ask for it.
        var node = SettingsFile.read(
                file, keys -> new Node(RegionConfiguration.read(keys), KubernetesConfiguration.read(keys)));
        return RegionNode.start(node.settings(), clock, failPoints, node.runtimes());
    }

    private record Node(RegionSettings settings, KubernetesConfiguration.Chosen chosen) {
        MoreRuntimes runtimes() {
            return chosen.runtimes(settings.replica());
        }
    }
}
