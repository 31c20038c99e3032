package io.portolan.placement.workload;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** A workload to start from, with a comment for each key. Stateless. */
public final class ExampleWorkload {
    private ExampleWorkload() {}

    /** The YAML text. */
    public static String text() {
        try (var in =
                Objects.requireNonNull(ExampleWorkload.class.getResourceAsStream("example.yaml"), "example.yaml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
