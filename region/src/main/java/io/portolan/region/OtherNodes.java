package io.portolan.region;

import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.document.ExtensionDocument;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Other nodes that what users ask for may be passed on to, the best first: of an extension that is fenced in by residency, only those
 * within the fence, since a request says as much as its answer. Thread-safe.
 */
final class OtherNodes {
    private final RegionName own;
    private final Supplier<Optional<ServingState>> states;
    private final Supplier<List<URI>> all;

    /** {@code all}: base URLs of other nodes, the best first. */
    OtherNodes(RegionName own, Supplier<Optional<ServingState>> states, Supplier<List<URI>> all) {
        this.own = own;
        this.states = states;
        this.all = all;
    }

    /**
     * Base URLs of those that may be asked.
     *
     * @param extension what it is about, empty text where no document tells: then it may be one that this region's class fences in
     */
    List<URI> about(String extension) {
        var state = states.get();
        var fence = state.map(now -> fence(now, extension)).orElse(List.of());
        if (fence.isEmpty()) {
            return all.get();
        }
        var inside = new HashSet<String>();
        state.orElseThrow().revision().regions().values().stream()
                .filter(region -> fence.contains(region.residency()))
                .forEach(region -> inside.addAll(region.probeUrls()));
        return all.get().stream().filter(url -> inside.contains(url.toString())).toList();
    }

    private List<String> fence(ServingState state, String extension) {
        var document = extension.isEmpty()
                ? Optional.<ExtensionDocument>empty()
                : Optional.ofNullable(state.revision().extensions().get(new ExtensionName(extension)));
        if (document.isPresent()) {
            return document.get().fence();
        }
        var here = state.revision().regions().get(own);
        return here == null || here.residency().isEmpty() ? List.of() : List.of(here.residency());
    }
}
