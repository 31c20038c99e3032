package io.portolan.runtime;

import io.portolan.model.controller.ControllerRuntimeKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A node in a process of its own that runs one controller, says the controller's process id, and waits to be killed. */
public final class NodeUnderTest {
    private NodeUnderTest() {}

    /** @param arguments the runtime's folder */
    public static void main(String[] arguments) throws IOException {
        var world = new ProcessWorld(Path.of(arguments[0]), Map.of(), List.of("*"), "");
        var echo = world.echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, ControllerRuntimeContract.LONG);
        world.runtime.whenChanged(() -> {
            var status = world.runtime.states().get(echo.id());
            if (status != null && !status.ready().isEmpty()) {
                System.out.println("ready");
            }
        });
        world.runtime.ensure(echo);
        // Until the test kills it.
        var unused = System.in.read();
    }
}
