package io.portolan.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.cli.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevWorldTest {
    private final List<String> happened = new CopyOnWriteArrayList<>();

    @TempDir
    private Path folder;

    private InProcess component(String name) {
        return new InProcess(name, () -> {
            happened.add("start " + name);
            return () -> happened.add("stop " + name);
        });
    }

    @Test
    void startsTheControlPlaneFirstAndStopsInReverse() throws IOException {
        try (var world =
                new DevWorld(List.of(component("control"), component("node"), component("director")), line -> {})) {
            world.start();
        }

        assertThat(happened.getFirst()).isEqualTo("start control");
        assertThat(happened.subList(3, 6)).containsExactly("stop director", "stop node", "stop control");
    }

    @Test
    void stopsWhatStartedWhenOneFails() {
        var failing = new InProcess("node", () -> {
            throw new IOException("listening on 127.0.1.1:7080: address in use");
        });
        var world = new DevWorld(List.of(component("control"), failing), line -> {});

        assertThatThrownBy(world::start).hasMessageContaining("address in use");
        assertThat(happened).containsExactly("start control", "stop control");
    }

    @Test
    void theSocketStopsStartsAndRestarts() throws IOException {
        Files.createDirectories(folder.resolve("run"));
        try (var world = new DevWorld(List.of(component("control"), component("node")), line -> {});
                var socket = DevSocket.listen(folder.resolve("run"), world::answer)) {
            world.start();
            happened.clear();

            assertThat(socket).isNotNull();
            assertThat(DevSocket.ask(folder, "stop node")).isEqualTo("ok node is stopped");
            assertThat(DevSocket.ask(folder, "start node")).isEqualTo("ok node runs");
            assertThat(DevSocket.ask(folder, "restart control")).isEqualTo("ok control runs");
            assertThat(DevSocket.ask(folder, "stop nothing"))
                    .startsWith("error component nothing")
                    .contains("control, node");
            assertThat(DevSocket.ask(folder, "paint node")).startsWith("error paint");
            assertThat(happened).containsExactly("stop node", "start node", "stop control", "start control");
        }
    }

    @Test
    void noWorldIsSaidClearly() {
        assertThatThrownBy(() -> DevSocket.ask(folder, "stop node"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("no portolan dev runs on " + folder);
    }

    @Test
    void theExampleIsPartOfTheProduct() throws IOException {
        HelloDeployment.unpack(folder);

        assertThat(folder.resolve("index.html")).exists();
        assertThat(folder.resolve("Content/Config/default.json")).exists();
    }
}
