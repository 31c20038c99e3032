package io.portolan.director;

import io.portolan.planner.routing.Choice;

/** Sends clients where the planner's compiled profiles say. Immutable. */
final class ProfileSteering {
    /** An IPv4 address within IPv6 ({@code ::ffff:0:0/96}), as the planner wants it. */
    private static final long MAPPED = 0xffffL << 32;

    private final RouteAnswers answers;
    private final RouteProfiles profiles;
    private final NetworkLookup networks;

    /** By the profiles of the routes that {@code answers} was made of. */
    ProfileSteering(RouteAnswers answers, RouteProfiles profiles, NetworkLookup networks) {
        this.answers = answers;
        this.networks = networks;
        this.profiles = profiles;
    }

    /**
     * Chooses for the client of an exchange.
     *
     * @param route number of the route, see {@link ZoneNode.Routed}
     */
    void steer(int route, Exchange exchange, Steered steered) {
        boolean bySubnet = exchange.bySubnet();
        int width = !bySubnet ? exchange.sourceWidth : exchange.query.subnetFamily == 1 ? 32 : 128;
        long high = bySubnet ? exchange.query.subnetHigh : exchange.sourceHigh;
        long low = bySubnet ? exchange.query.subnetLow : exchange.sourceLow;
        int type = exchange.query.type;
        int family = type == Wire.TYPE_A ? 4 : type == Wire.TYPE_AAAA ? 6 : 0;
        var choice = steered.choice;
        profiles.of(route)
                .choose(
                        networks.find(width, high, low),
                        high,
                        width == 32 ? MAPPED | low : low,
                        family,
                        exchange.draw(),
                        choice);
        steered.scope = choice.scopePrefix();
        if (choice.outcome() == Choice.Outcome.NO_NAME) {
            steered.missing = true;
        }
        for (int i = 0; i < choice.count(); i++) {
            steered.add(answers.of(route, choice.endpoint(i)));
        }
    }

    /** The same routes with other health or another map. */
    ProfileSteering with(RouteProfiles other, NetworkLookup lookup) {
        return new ProfileSteering(answers, other, lookup);
    }
}
