package io.portolan.control;

import io.portolan.storage.StateStore;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether this process lives and can answer, who runs the engine, and metrics. Thread-safe. */
final class HealthApi {
    private final StateStore store;
    private final EngineLease lease;

    HealthApi(StateStore store, EngineLease lease) {
        this.store = store;
        this.lease = lease;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/healthz", call -> Answer.json(200, Map.of("status", "alive")));
        routes.add("GET", "/readyz", call -> ready());
        routes.add("GET", "/metrics", call -> metrics());
    }

    /**
     * What readiness says.
     *
     * @param replica name of this process
     * @param leader  whether it runs the engine
     * @param engine  name of the process that does, as recorded; null where nobody does
     * @param fence   of that lease
     */
    private record Ready(
            String status,
            String replica,
            boolean leader,
            @Nullable String engine,
            long fence) {}

    /** Reads the state, so a process that cannot is not ready. */
    private Answer ready() {
        var recorded = store.read(EngineLease::recorded);
        return Answer.json(
                200,
                new Ready(
                        "ready",
                        lease.holder(),
                        lease.held(),
                        recorded.map(Records.Lease::holder).orElse(null),
                        recorded.map(Records.Lease::fence).orElse(0L)));
    }

    private Answer metrics() {
        var text = """
                # HELP portolan_engine_leader 1 where this process runs the engine, else 0.
                # TYPE portolan_engine_leader gauge
                portolan_engine_leader %d
                # HELP portolan_engine_fence Fence under which this process runs the engine, 0 where it does not.
                # TYPE portolan_engine_fence gauge
                portolan_engine_fence %d
                """.formatted(lease.held() ? 1 : 0, lease.fence());
        return new Answer.Bytes(200, Map.of(), "text/plain; version=0.0.4", text.getBytes(StandardCharsets.UTF_8));
    }
}
