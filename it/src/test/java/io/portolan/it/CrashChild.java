package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A {@link CrashMain} in a JVM of its own. One thread at a time. */
final class CrashChild implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private CrashChild(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts one and waits until it listens; what it says on standard error is appended to the file. */
    static CrashChild start(WorldSettings settings, String component, Path errors) throws IOException {
        return start(settings, component, CrashMain.EMBEDDED, errors);
    }

    /** The same with the state of a control plane in a database. */
    static CrashChild start(WorldSettings settings, String component, String database, Path errors) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx256m",
                "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                "-cp",
                System.getProperty("java.class.path"),
                CrashMain.class.getName(),
                settings.folder().toString(),
                Integer.toString(settings.controlPort()),
                Integer.toString(settings.nodePort()),
                String.join(",", settings.regions()),
                component,
                database));
        var child = new CrashChild(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
                .start());
        try {
            child.expect(CrashMain.READY, errors);
            return child;
        } catch (IOException | RuntimeException | Error e) {
            child.close();
            throw e;
        }
    }

    /** The component halts at its next arrival at the point. */
    void arm(String point) throws IOException {
        var input = process.outputWriter(StandardCharsets.UTF_8);
        input.write(point + "\n");
        input.flush();
        expect(CrashMain.ARMED, Path.of("the child's log"));
    }

    /** Skips what the component itself says. */
    private void expect(String word, Path errors) throws IOException {
        for (var line = output.readLine(); !word.equals(line); line = output.readLine()) {
            assertThat(line)
                    .as("waiting for %s: the process ended, see %s", word, errors)
                    .isNotNull();
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for its end; gives the exit code. */
    int awaitExit() throws InterruptedException {
        return process.waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
