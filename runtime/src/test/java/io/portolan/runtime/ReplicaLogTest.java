package io.portolan.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicaLogTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-27T10:00:00Z"));

    @TempDir
    Path folder;

    @Test
    void isOfBoundedLengthAndNumber() throws IOException {
        try (var log = new ReplicaLog(folder.resolve("orders-1.log"), 1000, 3, CLOCK)) {
            log.copy(text("a line of some length\n".repeat(500)), Redaction.NONE);
        }

        try (var files = Files.list(folder)) {
            assertThat(files)
                    .extracting(file -> file.getFileName().toString())
                    .containsExactlyInAnyOrder("orders-1.log", "orders-1.log.1", "orders-1.log.2");
        }
        try (var files = Files.list(folder)) {
            assertThat(files).allMatch(file -> file.toFile().length() <= 1000);
        }
    }

    @Test
    void cutsLinesWithoutEnd() throws IOException {
        var file = folder.resolve("orders-1.log");
        try (var log = new ReplicaLog(file, 1 << 20, 1, CLOCK)) {
            log.copy(text("x".repeat(100_000) + "\nnext"), Redaction.NONE);
        }

        assertThat(Files.readAllLines(file))
                .satisfiesExactly(
                        first -> assertThat(first).hasSizeLessThan(9000).endsWith("…"),
                        second -> assertThat(second).isEqualTo("2026-11-27T10:00:00Z next"));
    }

    @Test
    void takesSecretsOutAlsoOfSeveralLinesAndTheLongestFirst() {
        var redaction =
                Redaction.of(Map.of("SHORT", "abcd", "LONG", "abcdefgh", "PEM", "-----BEGIN X\nc2VjcmV0\n-----END X"));

        assertThat(redaction.apply("abcdefgh abcd c2VjcmV0")).isEqualTo("[secret LONG] [secret SHORT] [secret PEM]");
        assertThat(Redaction.of(Map.of("TINY", "a")).apply("banana")).isEqualTo("banana");
    }

    private static ByteArrayInputStream text(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
