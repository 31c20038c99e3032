package io.portolan.planner.routing;

import io.portolan.planner.routing.Trace.Why;
import java.util.List;
import java.util.Map;

/**
 * By where the client is, the most specific mapping first: subdivision, country, continent, world. Immutable.
 *
 * <p>The mapping decides alone: an endpoint that is down is answered all the same; one that is stopped is NODATA, without climbing to a
 * wider mapping; one that is switched off is as if it were not mapped.
 */
final class GeographicNode extends ProfileNode {
    /** Boxed once: a query allocates nothing. */
    private static final Integer NONE = -1;

    private final Map<String, Map<String, Integer>> subdivisions;
    private final Map<String, Integer> countries;
    private final Map<String, Integer> continents;
    private final int world;

    /**
     * @param subdivisions entry by country, then second part of the code
     * @param continents   entry by two-letter code
     * @param world        entry of all others, -1 for none
     */
    GeographicNode(
            List<Entry> entries,
            Map<String, Map<String, Integer>> subdivisions,
            Map<String, Integer> countries,
            Map<String, Integer> continents,
            int world,
            boolean enabled,
            boolean matchFamily) {
        super(entries, enabled, matchFamily);
        this.subdivisions = Map.copyOf(subdivisions);
        this.countries = Map.copyOf(countries);
        this.continents = Map.copyOf(continents);
        this.world = world;
    }

    @Override
    String method() {
        return "geographic";
    }

    @Override
    int families() {
        int families = 0;
        for (var entry : entries) {
            families |= entry.state().eligible() ? entry.families() : 0;
        }
        return families;
    }

    @Override
    void choose(Choice choice, ClientNetwork network, Trace trace) {
        choice.dependsOn(network.scopePrefix());
        var ofCountry = subdivisions.getOrDefault(network.country(), Map.of());
        if (takes(ofCountry.getOrDefault(network.subdivision(), NONE), choice, network, trace, Why.GEO_SUBDIVISION)
                || takes(countries.getOrDefault(network.country(), NONE), choice, network, trace, Why.GEO_COUNTRY)
                || takes(continents.getOrDefault(network.continent(), NONE), choice, network, trace, Why.GEO_CONTINENT)
                || takes(world, choice, network, trace, Why.GEO_WORLD)) {
            return;
        }
        trace.empty(this, Why.NO_GEO);
    }

    /** Whether the mapping decides, be it for no answer. */
    private boolean takes(int mapped, Choice choice, ClientNetwork network, Trace trace, Why why) {
        if (mapped < 0) {
            return false;
        }
        switch (entries.get(mapped).state()) {
            case DISABLED -> {
                trace.passed(this, mapped, Why.DISABLED);
                return false;
            }
            case STOPPED -> trace.passed(this, mapped, Why.STOPPED);
            case DEGRADED, ONLINE, CHECKING, UNMONITORED -> take(mapped, choice, network, trace, why);
        }
        return true;
    }
}
