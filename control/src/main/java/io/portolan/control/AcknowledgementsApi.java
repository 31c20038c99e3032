package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.protocol.ObservationTable;
import io.portolan.storage.StateStore;
import java.time.InstantSource;
import java.util.List;
import java.util.TreeMap;

/**
 * What the nodes' acknowledgements say of their regions, in the form in which observers tell what they probe: directors take it for
 * one more observer. Thread-safe.
 *
 * <p>A region is up while one of its nodes is heard of, down when all that were heard of since this process began fell silent. One that
 * was never heard of is being checked: after a restart nothing is taken away. When every region falls silent at once, the control
 * plane has lost its network, or was itself stalled; directors see that by the counts and do not count it then.
 */
final class AcknowledgementsApi {
    /** Below an environment's path, where an observer's table is read. */
    static final String TEMPLATE = "/v1/environments/{environment}" + ObservationTable.PATH;

    private final StateStore store;
    private final NodeRegistry registry;
    private final JoinedNodes joined = new JoinedNodes();
    private final InstantSource clock;

    AcknowledgementsApi(StateStore store, NodeRegistry registry, InstantSource clock) {
        this.store = store;
        this.registry = registry;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("GET", TEMPLATE, this::table);
    }

    private Answer table(Call call) {
        var name = Call.identifier(EnvironmentName::new, call.parameter("environment"));
        var regions = store.read(
                reader -> joined.of(reader, Lookup.environment(reader, name).name()));
        var seen = new TreeMap<String, String>();
        int silent = 0;
        int tried = 0;
        for (var region : regions.entrySet()) {
            var word = word(region.getValue());
            seen.put(region.getKey().value(), word);
            tried += word.equals("CHECKING") ? 0 : 1;
            silent += word.equals("DEGRADED") ? 1 : 0;
        }
        return Answer.json(
                200,
                new ObservationTable(
                        ObservationTable.SCHEMA,
                        ObservationTable.CONTROL,
                        ObservationTable.CONTROL,
                        ObservationTable.CONTROL,
                        false,
                        tried,
                        silent,
                        0,
                        seen));
    }

    private String word(List<Records.Node> nodes) {
        var now = clock.instant();
        var heard =
                nodes.stream().flatMap(node -> registry.of(node.id()).stream()).toList();
        if (heard.isEmpty()) {
            return "CHECKING";
        }
        return heard.stream().anyMatch(seen -> !NodeRegistry.silent(seen, now)) ? "ONLINE" : "DEGRADED";
    }
}
