package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.storage.Reader;
import io.portolan.storage.Writer;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The region nodes that joined and are part of their regions, by environment and region: every look at every rollout needs them and they hardly ever change, so they
 * are remembered and read again only when the feed of changed documents names one. Thread-safe.
 */
final class JoinedNodes {
    private volatile Known known = new Known(-1, Map.of());

    /** {@code change}: number of the newest change of the state that is in it, -1 for none. */
    private record Known(long change, Map<EnvironmentName, Map<RegionName, List<Records.Node>>> nodes) {}

    /** Nodes of an environment as this transaction sees them, by region. */
    Map<RegionName, List<Records.Node>> of(Reader reader, EnvironmentName environment) {
        return at(reader).nodes().getOrDefault(environment, Map.of());
    }

    private Known at(Reader reader) {
        var present = known;
        long change = reader.lastChange();
        if (change == present.change()) {
            return present;
        }
        // A snapshot may be older than what another thread has seen: then it is read as it is.
        boolean same = present.change() >= 0
                && change > present.change()
                && reader.changed(Table.NODES.kind(), present.change()).isEmpty()
                && reader.removed(Table.NODES.kind(), present.change()).isEmpty();
        var now = new Known(change, same ? present.nodes() : read(reader));
        // What a transaction wrote may be undone, and its number used again.
        if (!(reader instanceof Writer) && change > present.change()) {
            known = now;
        }
        return now;
    }

    private static Map<EnvironmentName, Map<RegionName, List<Records.Node>>> read(Reader reader) {
        return Table.NODES.list(reader, "").stream()
                .map(Table.Row::value)
                .filter(node -> node.kind().equals("region") && node.isPart())
                .collect(Collectors.groupingBy(Records.Node::environment, Collectors.groupingBy(Records.Node::region)));
    }
}
