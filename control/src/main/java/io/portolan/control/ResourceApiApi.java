package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.planner.routing.ResourceApis;
import io.portolan.protocol.rest.ResourceApiBody;
import io.portolan.storage.StateStore;
import java.net.URI;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Tells which resource API each region's users get, and makes the lists that policies need for it. Thread-safe. */
final class ResourceApiApi {
    private final StateStore store;

    ResourceApiApi(StateStore store) {
        this.store = store;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/v1/extensions/{name}/environments/{environment}/resource-api", this::answer);
    }

    private Answer answer(Call call) {
        var name = Call.identifier(ExtensionName::new, call.parameter("name"));
        var environmentName = Call.identifier(EnvironmentName::new, call.parameter("environment"));
        return Answer.json(
                200,
                store.read(reader -> body(
                        Lookup.extension(reader, name).value(),
                        BringUps.compiled(reader, Lookup.environment(reader, environmentName)))));
    }

    private static ResourceApiBody body(Records.Extension extension, ControlSettings.Environment environment) {
        var offers = Compiler.offers(environment);
        var regions = Lookup.placed(extension, environment).stream()
                .map(region -> region(environment, region, offers))
                .toList();
        var sources = new TreeSet<String>();
        regions.stream()
                .map(ResourceApiBody.Region::endpoint)
                .filter(endpoint -> !endpoint.isEmpty())
                .map(ResourceApis::origin)
                .forEach(sources::add);
        var connect = Stream.concat(Stream.of("'self'"), sources.stream()).toList();
        return new ResourceApiBody(
                extension.name(),
                environment.name(),
                regions,
                connect,
                "connect-src " + String.join(" ", connect),
                origins(extension, environment),
                ResourceApiBody.PREFLIGHT_SECONDS);
    }

    private static ResourceApiBody.Region region(
            ControlSettings.Environment environment, RegionName name, List<ResourceApis.Offer> offers) {
        var place = environment.regions().stream()
                .filter(region -> region.name().equals(name))
                .findFirst()
                .orElseThrow()
                .location();
        return ResourceApis.nearest(name, place, offers)
                .map(offer -> new ResourceApiBody.Region(
                        name,
                        offer.endpoint(),
                        offer.region().value(),
                        !offer.region().equals(name)))
                .orElseGet(() -> new ResourceApiBody.Region(name, "", "", false));
    }

    /** The extension's own host, at the scheme and port of every node as well as at the usual one; and the nodes' own addresses. */
    private static List<String> origins(Records.Extension extension, ControlSettings.Environment environment) {
        var host = extension.route().value() + "." + environment.zone();
        var origins = new TreeSet<String>();
        origins.add("https://" + host);
        environment.regions().stream()
                .flatMap(region -> region.probeUrls().stream())
                .map(URI::create)
                .filter(node -> node.getScheme() != null && node.getHost() != null)
                .forEach(node -> {
                    var port = node.getPort() < 0 ? "" : ":" + node.getPort();
                    origins.add(node.getScheme() + "://" + host + port);
                    origins.add(node.getScheme() + "://" + node.getHost() + port);
                });
        return List.copyOf(origins);
    }
}
