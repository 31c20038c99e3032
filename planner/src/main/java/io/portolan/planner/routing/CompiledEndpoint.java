package io.portolan.planner.routing;

import io.portolan.model.document.Endpoint;
import java.util.List;

/**
 * A leaf of a compiled profile: what an answer is made of. Immutable.
 *
 * @param index     its number within the compiled profile
 * @param path      names from the outermost profile's endpoint to this one, joined by {@code /}
 * @param target    region, address or host; never nested
 * @param addresses IP literals to answer; empty for a host
 * @param state     with the health that it was compiled with
 * @param note      why it is stopped, empty text otherwise
 */
public record CompiledEndpoint(
        int index, String path, Endpoint.Target target, List<String> addresses, EndpointState state, String note) {
    public CompiledEndpoint {
        addresses = List.copyOf(addresses);
    }

    /** Name for people: the region, address or host. */
    public String label() {
        return switch (target) {
            case Endpoint.InRegion in -> in.region().value();
            case Endpoint.Address at -> at.address();
            case Endpoint.Host host -> host.host();
            case Endpoint.Nested nested -> throw new IllegalStateException("nested endpoint as a leaf: " + path);
        };
    }
}
