package io.portolan.runtime;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerKind;
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
                null,
                drain,
                null,
                null);
    }

    static ControllerSpec external(String name, Map<String, String> endpoints, String versionPath) {
        return new ControllerSpec(
                name,
                name,
                ControllerKind.EXTERNAL,
                null,
                "",
                null,
                0,
                endpoints,
                versionPath,
                QUICK,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    static ControllerSpec container(String name) {
        return new ControllerSpec(
                name,
                name,
                ControllerKind.CONTAINER,
                null,
                "registry.example/orders@sha256:" + "a".repeat(64),
                null,
                8080,
                null,
                "",
                QUICK,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }
}
