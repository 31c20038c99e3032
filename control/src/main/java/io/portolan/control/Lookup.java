package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.document.Delivery;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Placed;
import io.portolan.planner.rollout.Rollout;
import io.portolan.storage.Reader;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds things by name, or says in a problem what there is instead. */
final class Lookup {
    private Lookup() {}

    static Table.Row<Records.Extension> extension(Reader reader, ExtensionName name) {
        return Table.EXTENSIONS
                .get(reader, name.value())
                .orElseThrow(() -> new ApiException(
                        ErrorCode.NOT_FOUND,
                        "extension " + name + ": not registered (portolan ext register " + name + " --route ROUTE)"));
    }

    static Table.Row<Records.Version> version(Reader reader, ExtensionName extension, VersionLabel version) {
        return Table.VERSIONS
                .get(reader, Table.key(extension, version))
                .orElseThrow(() -> new ApiException(
                        ErrorCode.NOT_FOUND,
                        "version " + version + " of " + extension + ": not published (published: "
                                + published(reader, extension) + ")"));
    }

    /** Environments in train order. */
    static List<ControlSettings.Environment> environments(Reader reader) {
        return Table.ENVIRONMENTS.list(reader, "").stream()
                .map(Table.Row::value)
                .sorted(Comparator.comparingInt(Records.Environment::order))
                .map(environment -> BringUps.merged(reader, environment.facts()))
                .toList();
    }

    /** The environment named, or for none the last of the train. */
    static ControlSettings.Environment environment(Reader reader, @Nullable EnvironmentName name) {
        var environments = environments(reader);
        if (name == null) {
            return environments.getLast();
        }
        return environments.stream()
                .filter(environment -> environment.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ApiException(
                        ErrorCode.NOT_FOUND,
                        "environment " + name + ": unknown (there are: "
                                + String.join(
                                        ", ",
                                        environments.stream()
                                                .map(environment ->
                                                        environment.name().value())
                                                .toList())
                                + ")"));
    }

    /** How browsers get the assets of an environment: as somebody set it, else the standard way. */
    static Delivery delivery(Reader reader, EnvironmentName environment) {
        return Table.DELIVERY
                .get(reader, environment.value())
                .map(row -> row.value().delivery())
                .orElse(Delivery.STANDARD);
    }

    static Table.Row<Deployment> deployment(Reader reader, EnvironmentName environment, ExtensionName extension) {
        var key = Table.key(environment, extension);
        return Table.DEPLOYMENTS
                .get(reader, key)
                .orElseGet(() -> new Table.Row<>(key, 0, Deployment.none(extension, environment)));
    }

    static Table.Row<Rollout> rollout(Reader reader, String id) {
        return Table.ROLLOUTS
                .get(reader, Table.rolloutKey(id))
                .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "rollout " + id + ": there is none"));
    }

    /** Regions of an environment within the extension's placement. */
    static List<RegionName> placed(Records.Extension extension, ControlSettings.Environment environment) {
        return environment.regions().stream()
                .filter(region -> takesIn(extension, environment.name(), region))
                .map(ControlSettings.Region::name)
                .toList();
    }

    /** Whether the extension's placement takes a region in. */
    static boolean takesIn(Records.Extension extension, EnvironmentName environment, ControlSettings.Region region) {
        return Placed.takesIn(extension.placement(), environment.value(), region.name(), region.residency());
    }

    private static String published(Reader reader, ExtensionName extension) {
        var versions = Table.VERSIONS.list(reader, extension + "/").stream()
                .map(row -> row.value().version().value())
                .toList();
        return versions.isEmpty() ? "none" : String.join(", ", versions);
    }
}
