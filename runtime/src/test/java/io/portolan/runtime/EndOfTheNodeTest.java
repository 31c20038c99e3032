package io.portolan.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of processes when their node is killed. */
class EndOfTheNodeTest {
    @TempDir
    Path folder;

    @Test
    void processesEndWithAKilledNode() throws Exception {
        var node = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        NodeUnderTest.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            var said = new BufferedReader(new InputStreamReader(node.getInputStream(), StandardCharsets.UTF_8));
            for (var line = said.readLine(); !"ready".equals(line); line = said.readLine()) {
                assertThat(line).as("the node lives").isNotNull();
            }
            var controllers = recorded();
            assertThat(controllers).hasSize(1).allMatch(ProcessHandle::isAlive);

            node.destroyForcibly();

            ControllerRuntimeContract.patient().until(() -> controllers.stream().noneMatch(ProcessHandle::isAlive));
        } finally {
            node.destroyForcibly();
        }
    }

    @Test
    void theNextNodeEndsWhatOutlivedTheLast() throws IOException {
        var left = new ProcessBuilder("sleep", "600").start();
        try {
            new RunningRecord(folder).add(left.toHandle());

            int ended = new RunningRecord(folder).endLeftOvers();

            assertThat(ended).isEqualTo(1);
            ControllerRuntimeContract.patient().until(() -> !left.isAlive());
            assertThat(folder).isEmptyDirectory();
        } finally {
            left.destroyForcibly();
        }
    }

    @Test
    void theNextNodeLeavesAloneWhoeverHasTheNumberNow() throws IOException {
        var other = new ProcessBuilder("sleep", "600").start();
        try {
            Files.writeString(
                    folder.resolve(String.valueOf(other.pid())),
                    other.pid() + " " + Instant.parse("2026-01-01T00:00:00Z"));
            Files.writeString(folder.resolve("nonsense"), "what is this");

            int ended = new RunningRecord(folder).endLeftOvers();

            assertThat(ended).isZero();
            assertThat(other.isAlive()).isTrue();
            assertThat(folder).isEmptyDirectory();
        } finally {
            other.destroyForcibly();
        }
    }

    private List<ProcessHandle> recorded() throws IOException {
        try (var files = Files.list(folder.resolve("running"))) {
            return files.map(file -> Long.parseLong(file.getFileName().toString()))
                    .flatMap(pid -> ProcessHandle.of(pid).stream())
                    .toList();
        }
    }
}
