package io.portolan.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/**
 * What a command sees of the world around it. Immutable.
 *
 * @param out         for the one document that was asked for
 * @param err         for everything else
 * @param terminal    whether a person reads {@code out} and {@code err} and can answer on {@code in}
 * @param environment variables such as {@code PORTOLAN_SERVER}
 * @param folder      what relative paths start from
 */
public record Console(
        PrintStream out,
        PrintStream err,
        InputStream in,
        boolean terminal,
        Map<String, String> environment,
        Path folder,
        InstantSource clock) {
    public Console {
        environment = Map.copyOf(environment);
    }

    /** The process's own. */
    public static Console ofProcess(InstantSource clock) {
        var console = System.console();
        return new Console(
                new PrintStream(System.out, true, StandardCharsets.UTF_8),
                new PrintStream(System.err, true, StandardCharsets.UTF_8),
                System.in,
                console != null && console.isTerminal(),
                System.getenv(),
                Path.of("").toAbsolutePath(),
                clock);
    }

    /** Whether colours and redrawing are welcome; see no-color.org. */
    boolean colour() {
        return terminal
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !"dumb".equals(environment.get("TERM"));
    }

    /** A variable, empty text when it is not set. */
    String variable(String name) {
        return environment.getOrDefault(name, "");
    }
}
