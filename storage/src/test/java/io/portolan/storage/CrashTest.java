package io.portolan.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Kills a writing process (not the machine: the page cache survives) and looks at what it left. */
@Timeout(120)
class CrashTest {
    private static final int KILLS = 5;

    @TempDir
    private Path folder;

    @Test
    void keepsEveryAcknowledgedWriteWhenKilled() throws Exception {
        long seed = Long.getLong("portolan.seed", 20261123);
        System.out.println("seed=" + seed);
        var random = new Random(seed);
        var file = folder.resolve("state.db");
        long before = 0;

        for (int kill = 0; kill < KILLS; kill++) {
            long acknowledged = writeAndKill(file, 1 + random.nextInt(150));
            assertThat(acknowledged).as("progress in round %s", kill).isGreaterThan(before);

            try (var store = SqliteStateStore.open(file)) {
                before = store.read(reader -> check(reader, acknowledged));
            }
        }
    }

    /** The last number that the child printed; it is killed at some moment after {@code lines} lines. */
    private long writeAndKill(Path file, int lines) throws IOException, InterruptedException {
        var errors = folder.resolve("stderr.txt").toFile();
        var child = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashWriterMain.class.getName(),
                        file.toString()))
                .redirectError(ProcessBuilder.Redirect.appendTo(errors))
                .start();
        try (var output = new BufferedReader(child.inputReader(UTF_8))) {
            long last = 0;
            for (int line = 1; ; line++) {
                var text = output.readLine();
                if (text == null) {
                    assertThat(line).as("see %s", errors).isGreaterThan(lines);
                    return last;
                }
                last = Long.parseLong(text);
                if (line == lines) {
                    // Not Process.destroyForcibly: that also closes the stream with the last lines.
                    child.toHandle().destroyForcibly();
                }
            }
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    /** Checks that all tables tell of the same number, at least the acknowledged one. */
    private static long check(Reader reader, long acknowledged) {
        assertThat(LogChain.verify(reader)).isEmpty();
        var last = reader.lastLogRow().orElseThrow();
        var newest = reader.newestRevision(CrashWriterMain.PROD).orElseThrow();
        var counter = reader.get("k", "counter").orElseThrow();

        // The child may have been killed between its commit and its line, so one more than acknowledged is fine.
        assertThat(last.id()).isBetween(acknowledged, acknowledged + 1);
        assertThat(last.entry().subject()).isEqualTo(Long.toString(last.id()));
        assertThat(newest.id().number()).isEqualTo(last.id());
        assertThat(counter.generation()).isEqualTo(last.id());
        assertThat(new String(counter.bytes(), UTF_8)).isEqualTo(Long.toString(last.id()));
        assertThat(reader.revisions(CrashWriterMain.PROD, Integer.MAX_VALUE))
                .hasSize((int) last.id())
                .allSatisfy(
                        revision -> assertThat(reader.object(revision.digest()).orElseThrow())
                                .isEqualTo(revision.envelope()));
        return last.id();
    }
}
