package io.portolan.region;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.CallTimeouts;
import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerPlacement;
import io.portolan.model.controller.ControllerProtocol;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ControllerState;
import io.portolan.model.controller.HealthCheck;
import io.portolan.model.controller.IdempotentRoute;
import io.portolan.model.controller.ProcessSpec;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import io.portolan.runtime.ControllerDirectory;
import io.portolan.runtime.ControllerId;
import io.portolan.runtime.Replica;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A directory of controllers that tests change. Thread-safe. */
final class Controllers implements ControllerDirectory {
    private final Map<ControllerId, Service> services = new ConcurrentHashMap<>();

    /** Says where the replicas of a controller are; its id. */
    ControllerId put(String extension, String version, ControllerSpec spec, URI... replicas) {
        var id = new ControllerId(new ExtensionName(extension), new VersionLabel(version), spec.name());
        var ready = new ArrayList<Replica>();
        for (var uri : replicas) {
            ready.add(new Replica(
                    extension + "-" + version + "-" + spec.name() + "-" + uri.getPort(),
                    new InetSocketAddress(uri.getHost(), uri.getPort()),
                    false,
                    Instant.EPOCH));
        }
        services.put(
                id, new Service(id, spec, ready, ready.isEmpty() ? ControllerState.STARTING : ControllerState.READY));
        return id;
    }

    /** Nothing of it runs any more. */
    void remove(ControllerId id) {
        services.remove(id);
    }

    /** A controller with the defaults. */
    static ControllerSpec spec(String name, String mount) {
        return spec(name, mount, CallTimeouts.STANDARD, ControllerSpec.DRAIN);
    }

    static ControllerSpec spec(String name, String mount, CallTimeouts timeouts, Duration drain, String... idempotent) {
        return new ControllerSpec(
                name,
                mount,
                ControllerKind.EXTERNAL,
                ProcessSpec.NONE,
                "",
                List.of(),
                0,
                Map.of("*", "http://127.0.0.1"),
                "",
                HealthCheck.STANDARD,
                Map.of(),
                Resources.UNLIMITED,
                Replicas.ONE,
                ControllerPlacement.ALL,
                drain,
                timeouts,
                Arrays.stream(idempotent).map(IdempotentRoute::parse).toList());
    }

    /** The same, spoken to in HTTP/2. */
    static ControllerSpec http2(ControllerSpec plain) {
        return plain.with(ControllerProtocol.HTTP2, plain.tls());
    }

    @Override
    public List<Service> of(ExtensionName extension, VersionLabel version) {
        return services.values().stream()
                .filter(service -> service.id().extension().equals(extension)
                        && service.id().version().equals(version))
                .sorted(Comparator.comparing(
                                (Service service) -> service.spec().mount().length())
                        .reversed())
                .toList();
    }
}
