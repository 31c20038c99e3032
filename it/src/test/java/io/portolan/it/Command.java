package io.portolan.it;

import io.portolan.protocol.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * A program run to its end as a child process, without a terminal and with empty input. Immutable.
 *
 * @param code exit code
 * @param out  standard output
 * @param err  standard error
 */
record Command(List<String> words, int code, String out, String err) {
    /** Longer than anything that a test runs, however busy the machine. */
    private static final long PATIENCE_SECONDS = 180;

    /** Runs a program in a folder with some variables added; ends it when it takes too long. */
    static Command run(Path folder, Map<String, String> variables, List<String> words)
            throws IOException, InterruptedException {
        var running = start(folder, variables, words);
        return running.end();
    }

    /** Starts a program; it ends with {@link Running#close} at the latest. */
    static Running start(Path folder, Map<String, String> variables, List<String> words) throws IOException {
        var out = Files.createTempFile("command", ".out");
        var err = Files.createTempFile("command", ".err");
        var builder = new ProcessBuilder(words)
                .directory(folder.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(variables);
        return new Running(words, builder.start(), out, err);
    }

    /** The words without the JVM's. */
    private static String shown(List<String> words) {
        return String.join(" ", words.subList(words.indexOf(DevProcess.MAIN) + 1, words.size()));
    }

    /** Standard output as JSON. */
    JsonNode json() {
        return Json.mapper().readTree(out);
    }

    /** A program that has not been waited for yet. One thread at a time. */
    record Running(List<String> words, Process process, Path out, Path err) implements AutoCloseable {
        /** What it has said on standard error so far. */
        String errSoFar() throws IOException {
            return Files.readString(err);
        }

        /** Waits for the end. */
        Command end() throws IOException, InterruptedException {
            try {
                if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    throw new AssertionError(shown(words) + " runs for more than " + PATIENCE_SECONDS
                            + " s; so far it said:\n" + Files.readString(out) + errSoFar());
                }
                return new Command(
                        words,
                        process.exitValue(),
                        Files.readString(out, StandardCharsets.UTF_8),
                        Files.readString(err, StandardCharsets.UTF_8));
            } finally {
                close();
            }
        }

        @Override
        public void close() throws IOException {
            process.destroyForcibly();
            Files.deleteIfExists(out);
            Files.deleteIfExists(err);
        }
    }
}
