package io.portolan.runtime;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.CallTimeouts;
import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerPlacement;
import io.portolan.model.controller.ControllerRuntimeKind;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.HealthCheck;
import io.portolan.model.controller.ProcessSpec;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Declarations of controllers for tests: quick checks, few variables. Stateless. */
final class Specs {
    static final ExtensionName ORDERS = new ExtensionName("Contoso_Orders");
    /** Checked often, given long to start: test machines are slow. */
    static final HealthCheck QUICK =
            new HealthCheck("/healthz", Duration.ofMillis(100), Duration.ofSeconds(20), 2, Duration.ofMinutes(5));

    private Specs() {}

    static ControllerId id(String version, String name) {
        return new ControllerId(ORDERS, new VersionLabel(version), name);
    }

    static ControllerSpec process(
            String name,
            ControllerRuntimeKind runtime,
            List<String> command,
            Map<String, String> environment,
            int replicas,
            Duration drain,
            Resources resources) {
        return new ControllerSpec(
                name,
                name,
                ControllerKind.PROCESS,
                new ProcessSpec(runtime, "controllers/" + name + "/", command),
                "",
                List.of(),
                0,
                Map.of(),
                "",
                QUICK,
                environment,
                resources,
                Replicas.fixed(replicas),
                ControllerPlacement.ALL,
                drain,
                CallTimeouts.STANDARD,
                List.of());
    }

    /** The same with other health checks. */
    static ControllerSpec withHealth(ControllerSpec spec, HealthCheck health) {
        return new ControllerSpec(
                spec.name(),
                spec.mount(),
                spec.kind(),
                spec.process(),
                spec.image(),
                spec.command(),
                spec.port(),
                spec.endpoints(),
                spec.versionPath(),
                health,
                spec.environment(),
                spec.resources(),
                spec.replicas(),
                spec.placement(),
                spec.drain(),
                spec.timeouts(),
                spec.idempotent());
    }

    /** The same with bounds for an engine that scales. */
    static ControllerSpec withReplicas(ControllerSpec spec, Replicas replicas) {
        return new ControllerSpec(
                spec.name(),
                spec.mount(),
                spec.kind(),
                spec.process(),
                spec.image(),
                spec.command(),
                spec.port(),
                spec.endpoints(),
                spec.versionPath(),
                spec.health(),
                spec.environment(),
                spec.resources(),
                replicas,
                spec.placement(),
                spec.drain(),
                spec.timeouts(),
                spec.idempotent());
    }

    static ControllerSpec external(String name, Map<String, String> endpoints, String versionPath) {
        return new ControllerSpec(
                name,
                name,
                ControllerKind.EXTERNAL,
                ProcessSpec.NONE,
                "",
                List.of(),
                0,
                endpoints,
                versionPath,
                QUICK,
                Map.of(),
                Resources.UNLIMITED,
                Replicas.ONE,
                ControllerPlacement.ALL,
                ControllerSpec.DRAIN,
                CallTimeouts.STANDARD,
                List.of());
    }

    static ControllerSpec container(String name) {
        return new ControllerSpec(
                name,
                name,
                ControllerKind.CONTAINER,
                ProcessSpec.NONE,
                "registry.example/orders@sha256:" + "a".repeat(64),
                List.of(),
                8080,
                Map.of(),
                "",
                QUICK,
                Map.of(),
                Resources.UNLIMITED,
                Replicas.ONE,
                ControllerPlacement.ALL,
                ControllerSpec.DRAIN,
                CallTimeouts.STANDARD,
                List.of());
    }
}
