package io.portolan.placement.workload;

import io.portolan.placement.data.Place;
import java.util.List;
import java.util.Objects;

/**
 * What a placement is planned for. Immutable.
 *
 * @param demand       where the users are, not empty
 * @param demandSource where that comes from, for people
 * @param interactions what they do, not empty
 */
public record Workload(
        String name,
        List<Place> demand,
        String demandSource,
        List<Interaction> interactions,
        Network network,
        Choice choice) {
    public Workload {
        Objects.requireNonNull(name, "name");
        demand = List.copyOf(demand);
        interactions = List.copyOf(interactions);
        if (demand.isEmpty() || interactions.isEmpty()) {
            throw new IllegalArgumentException(
                    "workload " + name + ": no demand or no interaction (expected: one or more)");
        }
    }
}
