package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that is killed at each start by what it loads: three times, then it starts without. */
class CrashLoopTest {
    private static final Release ONE = Release.simple("Contoso_Orders", "1.0");
    private static final Release TWO = Release.simple("Contoso_Orders", "2.0");

    @TempDir
    private Path folder;

    private NodeWorld world;

    @BeforeEach
    void start() {
        world = new NodeWorld(folder);
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, ONE)
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
        world.stop();
        world.server.put(new Extension("Contoso_Orders", "orders")
                .holds(world.server, TWO)
                .gives("2.0")
                .document());
        world.server.publish("two");
    }

    @AfterEach
    void stop() {
        world.close();
    }

    private void crash(FailPoint point, int arrival) throws IOException, InterruptedException {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashingNodeMain.class.getName(),
                        world.server.uri().toString(),
                        folder.toString(),
                        point.name(),
                        Integer.toString(arrival))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(process.waitFor(40, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(CrashingNodeMain.EXIT_CODE);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void theExtensionThatWasLoadedIsSetAsideUntilItIsReleased() throws IOException, InterruptedException {
        // The first process gets ready with 1.0 and dies at 2.0; that is the death of a node, and no start.
        crash(FailPoint.LOAD_VERSION, 2);
        for (int i = 0; i < 3; i++) {
            // Whether the envelope got to the disk decides at which arrival 2.0 is loaded: look at both.
            crash(FailPoint.LOAD_VERSION, 1 + (Files.exists(folder.resolve("revisions/1-2.dsse")) ? 0 : 1));
        }

        world.startAgain();

        world.awaitVersion("orders", "1.0");
        var status = world.awaitStatus(s -> s.revision() == 2 && s.quarantinedCount() == 1);
        assertThat(status.quarantined().getFirst().extension()).isEqualTo(new ExtensionName("Contoso_Orders"));
        assertThat(status.quarantined().getFirst().reason()).contains("3 starts", "Contoso_Orders 2.0");
        assertThat(world.get("/orders/api/diagnostics").text()).contains("3 starts");
        assertThat(world.get("/readyz").status()).isEqualTo(200);

        // Also after another start, and with the next revision that names the same document.
        world.restart();
        world.publish();
        assertThat(world.get("/orders").header("X-Portolan-Version")).isEqualTo("1.0");
        world.awaitStatus(s -> s.revision() == 3 && s.quarantinedCount() == 1);

        Files.createFile(folder.resolve("release"));

        world.awaitVersion("orders", "2.0");
        world.awaitStatus(s -> s.revision() == 3 && s.quarantinedCount() == 0);
    }

    @Test
    void theRevisionIsSetAsideWhereNoExtensionIsToBlame() throws IOException, InterruptedException {
        crash(FailPoint.SWITCH_STATE_BUILT, 2);
        for (int i = 0; i < 3; i++) {
            crash(FailPoint.SWITCH_STATE_BUILT, 1);
        }

        world.startAgain();

        world.awaitVersion("orders", "1.0");
        var status = world.awaitStatus(s -> s.revision() == 1 && s.lastError().contains("3 starts"));
        assertThat(status.lastError()).contains("1.2");
        await().atMost(NodeWorld.LIMIT)
                .until(() -> world.get("/api/diagnostics").text().contains("3 starts"));

        Files.createFile(folder.resolve("release"));

        world.awaitVersion("orders", "2.0");
    }
}
