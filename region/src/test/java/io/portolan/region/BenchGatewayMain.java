package io.portolan.region;

import io.portolan.model.controller.CallTimeouts;
import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerPlacement;
import io.portolan.model.controller.ControllerRuntimeKind;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.HealthCheck;
import io.portolan.model.controller.ProcessSpec;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a region node under the benchmark of the gateway follows: one extension with an external controller, which is the backend of
 * the benchmark, and with one that the node runs itself, two replicas of a script. Ends with its input.
 */
final class BenchGatewayMain {
    private BenchGatewayMain() {}

    /** {@code arguments}: base URL of the backend, which answers {@code /healthz}; file of the script. */
    public static void main(String[] arguments) throws IOException {
        var server = RevisionServer.start(Samples.PROD);
        server.put(Samples.environment());
        server.put(NodeWorld.region(""));
        var release = Release.simple("bench", "1.0.0")
                .file("controllers/replica.py", Files.readAllBytes(Path.of(arguments[1])))
                .controller(controller(
                        "api", "", ControllerKind.EXTERNAL, ProcessSpec.NONE, Map.of("*", arguments[0]), Replicas.ONE))
                .controller(controller(
                        "pair",
                        "pair",
                        ControllerKind.PROCESS,
                        new ProcessSpec(ControllerRuntimeKind.NATIVE, "controllers/replica.py", List.of("replica.py")),
                        Map.of(),
                        Replicas.fixed(2)));
        server.put(new Extension("bench", "bench")
                .holds(server, release)
                .gives("1.0.0")
                .document());
        server.publish("bench");
        System.out.println("uri " + server.uri() + " token " + RevisionServer.TOKEN);
        while (System.in.read() >= 0) {
            // Nothing more to do than to be there.
        }
        server.close();
        System.exit(0);
    }

    private static ControllerSpec controller(
            String name,
            String mount,
            ControllerKind kind,
            ProcessSpec process,
            Map<String, String> endpoints,
            Replicas replicas) {
        return new ControllerSpec(
                name,
                mount,
                kind,
                process,
                "",
                List.of(),
                0,
                endpoints,
                "",
                HealthCheck.STANDARD,
                Map.of(),
                Resources.UNLIMITED,
                replicas,
                ControllerPlacement.ALL,
                ControllerSpec.DRAIN,
                CallTimeouts.STANDARD,
                List.of());
    }
}
