package io.portolan.director;

import io.portolan.model.RegionName;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.planner.routing.AddressRange;
import io.portolan.planner.routing.Choice;
import io.portolan.planner.routing.CompiledProfile;
import io.portolan.planner.routing.NetworkPlace;
import io.portolan.planner.routing.Place;
import io.portolan.planner.routing.RoutingDecision;
import io.portolan.protocol.ProfileJson;
import io.portolan.protocol.rest.RouteExplanation;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/** Says why a client is sent where it is sent, from the decision that DNS answers come from. Pure. */
final class RouteExplainer {
    private RouteExplainer() {}

    /**
     * Explains.
     *
     * @param nameText name within the zone, in any case, with or without the trailing dot
     * @param clientText address or prefix of the client
     * @throws IllegalArgumentException when one of them cannot be read
     */
    static RouteExplanation explain(DirectorState state, String nameText, String clientText) {
        return explain(state, nameText, clientText, null, "");
    }

    /**
     * Explains.
     *
     * @param at       the time that the state is of, null for now
     * @param director name of the director
     */
    static RouteExplanation explain(
            DirectorState state, String nameText, String clientText, @Nullable Instant at, String director) {
        var client = IpPrefix.parse(clientText);
        var network = state.network(client.address());
        Name name;
        try {
            name = Name.fromString(nameText, Name.root);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("name: " + nameText + ": " + e.getMessage(), e);
        }
        boolean ofTheZone =
                name.subdomain(state.zone()) && name.labels() == state.zone().labels() + 1;
        var profile = ofTheZone ? state.route(name.getLabelString(0)) : Optional.<CompiledProfile>empty();
        var decision = profile.map(compiled -> compiled.explain(network, AddressRange.bits(client.address()), 0, 0))
                .orElseGet(() -> new RoutingDecision(
                        Choice.Outcome.NO_NAME,
                        List.of(),
                        List.of(),
                        "no extension is registered as " + name.toString(true) + " in revision "
                                + state.revision().id(),
                        network.scopePrefix()));
        return new RouteExplanation(
                name.toString(true),
                clientText,
                network.row().isEmpty() ? null : network.row(),
                decision.scopePrefix(),
                decision.chosen().orElse(null),
                decision.reason() + spared(state, decision),
                decision.candidates().stream()
                        .filter(RoutingDecision.Candidate::isRegion)
                        .map(candidate -> explained(candidate, state.health().spared()))
                        .toList(),
                state.locations().digest().value(),
                at,
                place(state.locations().place(client.address())),
                state.revision().id().toString(),
                director,
                decision.chosen()
                        .flatMap(region -> stage(state, name.getLabelString(0), region))
                        .orElse(null),
                ofTheZone
                        ? extension(state, name.getLabelString(0))
                                .map(extension -> ProfileJson.method(extension.profile()))
                                .orElse(null)
                        : null,
                decision.path(),
                decision.candidates().stream()
                        .filter(candidate -> !candidate.isRegion())
                        .map(RouteExplainer::outside)
                        .toList());
    }

    private static RouteExplanation.Outside outside(RoutingDecision.Candidate candidate) {
        return new RouteExplanation.Outside(
                candidate.label(),
                candidate.up(),
                candidate.source(),
                candidate.rejection().isEmpty() ? null : candidate.rejection());
    }

    private static Optional<ExtensionDocument> extension(DirectorState state, String label) {
        return state.revision().extensions().values().stream()
                .filter(extension -> extension.route().value().equalsIgnoreCase(label))
                .findFirst();
    }

    private static Optional<String> stage(DirectorState state, String label, RegionName region) {
        return extension(state, label)
                .flatMap(extension -> extension.pointer(region))
                .map(ExtensionDocument.Pointer::stage);
    }

    private static RouteExplanation.@Nullable Place place(NetworkPlace place) {
        var point = place.point() instanceof Place.At at ? at.point() : null;
        if (point == null && place.country().isEmpty() && place.continent().isEmpty()) {
            return null;
        }
        return new RouteExplanation.Place(
                place.label(),
                point == null ? null : point.latitude(),
                point == null ? null : point.longitude(),
                place.continent(),
                place.country(),
                place.subdivision(),
                place.sure());
    }

    /** A region that is chosen though it is seen down is no healthy one, and whoever asks must learn it. */
    private static String spared(DirectorState state, RoutingDecision decision) {
        return decision.chosen().filter(state.health().spared()::contains).isPresent()
                ? "; most observers see it down, and it is served because too many regions are down already"
                : "";
    }

    private static RouteExplanation.Candidate explained(RoutingDecision.Candidate candidate, Set<RegionName> spared) {
        var region = new RegionName(candidate.label());
        return new RouteExplanation.Candidate(
                region,
                rounded(candidate),
                candidate.source(),
                candidate.up(),
                !candidate.version().isEmpty(),
                candidate.versionThere().orElse(null),
                candidate.rejection().isEmpty() ? null : candidate.rejection(),
                spared.contains(region));
    }

    private static @Nullable Double rounded(RoutingDecision.Candidate candidate) {
        return candidate.rttMillis().isPresent()
                ? Math.round(candidate.rttMillis().getAsDouble() * 10) / 10.0
                : null;
    }
}
