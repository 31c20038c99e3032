package io.portolan.director;

import io.portolan.model.document.ExtensionDocument;
import io.portolan.planner.routing.RoutingDecision;
import io.portolan.protocol.rest.RouteExplanation;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
        var client = IpPrefix.parse(clientText);
        var located = state.locations().locate(client.address());
        Name name;
        try {
            name = Name.fromString(nameText, Name.root);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("name: " + nameText + ": " + e.getMessage(), e);
        }
        boolean ofTheZone =
                name.subdomain(state.zone()) && name.labels() == state.zone().labels() + 1;
        var extension = ofTheZone ? state.extension(name.getLabelString(0)) : Optional.<ExtensionDocument>empty();
        var decision = extension
                .map(document -> state.decide(document, located))
                .orElseGet(() -> new RoutingDecision(
                        List.of(),
                        "no extension is registered as " + name.toString(true) + " in revision "
                                + state.revision().id()));
        return new RouteExplanation(
                name.toString(true),
                clientText,
                located.rows().isEmpty()
                        ? null
                        : located.rows().getFirst().prefix().toString(),
                located.scope(),
                decision.chosen().orElse(null),
                decision.reason(),
                decision.candidates().stream()
                        .map(candidate -> explained(candidate))
                        .toList(),
                state.locations().digest().value());
    }

    private static RouteExplanation.Candidate explained(RoutingDecision.Candidate candidate) {
        return new RouteExplanation.Candidate(
                candidate.region(),
                rounded(candidate),
                candidate.rttMillis().isPresent()
                        ? String.format(Locale.ROOT, "distance %d km", Math.round(candidate.distanceKm()))
                        : "declared order",
                candidate.up(),
                !candidate.version().isEmpty(),
                candidate.versionThere().orElse(null),
                candidate.rejection().isEmpty() ? null : candidate.rejection());
    }

    private static @Nullable Double rounded(RoutingDecision.Candidate candidate) {
        return candidate.rttMillis().isPresent()
                ? Math.round(candidate.rttMillis().getAsDouble() * 10) / 10.0
                : null;
    }
}
