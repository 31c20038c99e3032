package io.portolan.region;

import io.portolan.model.controller.ControllerProtocol;
import io.portolan.region.gateway.Backend;
import io.portolan.region.gateway.Tls;
import io.portolan.region.gateway.Upstream;
import io.portolan.runtime.ControllerDirectory;
import io.portolan.runtime.ControllerDirectory.Service;
import io.portolan.runtime.ControllerId;
import io.portolan.runtime.Replica;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The controllers of the directory as the gateway knows them; the same value as long as nothing has changed. Thread-safe. */
final class ControllerUpstreams {
    private final ControllerDirectory directory;
    private final ConcurrentHashMap<ControllerId, Known> known = new ConcurrentHashMap<>();

    private record Known(Service service, Upstream upstream) {}

    ControllerUpstreams(ControllerDirectory directory) {
        this.directory = directory;
    }

    /** As it is now; empty when the directory has it no more. */
    Optional<Upstream> now(ControllerId id) {
        return directory.named(id.extension(), id.version(), id.name()).map(this::of);
    }

    /** What the gateway calls a controller. */
    Upstream of(Service service) {
        var last = known.get(service.id());
        if (last != null && last.service() == service) {
            return last.upstream();
        }
        if (last != null && last.service().equals(service)) {
            return last.upstream();
        }
        var made = new Known(service, made(service));
        known.put(service.id(), made);
        return made.upstream();
    }

    /** Forgets those that are not in the directory any more. */
    void prune() {
        known.keySet()
                .removeIf(id ->
                        directory.named(id.extension(), id.version(), id.name()).isEmpty());
    }

    private static Upstream made(Service service) {
        var spec = service.spec();
        var times = spec.timeouts();
        return new Upstream(
                key(service.id()),
                new Upstream.Limits(times.connect(), times.response(), times.idle(), spec.drain()),
                (method, path) -> spec.idempotent().stream().anyMatch(route -> route.matches(method, path)),
                service.ready().stream()
                        .map(replica -> backend(replica, spec.protocol()))
                        .toList());
    }

    private static Upstream.Key key(ControllerId id) {
        return new Upstream.Key(id.extension().value(), id.version().value(), id.name());
    }

    private static Backend backend(Replica replica, ControllerProtocol protocol) {
        boolean http2 = protocol == ControllerProtocol.HTTP2;
        return new Backend(
                replica.id(),
                replica.address(),
                replica.tls() ? ReplicaTls.of(replica.security(), http2) : Tls.NONE,
                http2,
                replica.path());
    }
}
