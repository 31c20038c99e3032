package io.portolan.dist;

import io.portolan.cli.Cli;
import io.portolan.cli.Console;
import io.portolan.cli.ExitCode;
import io.portolan.cli.Trash;
import io.portolan.protocol.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Registers the example extension in a new world and rolls it out, with the same commands and the same public interface as
 * anybody would. Every step is a success when it was done before, so an interrupted first start goes on. One thread at a time.
 */
final class HelloDeployment {
    static final String NAME = "Portolan_Hello";
    static final String VERSION = "1.0.0";
    private static final List<String> FILES =
            List.of("portolan.json", "index.html", "app.js", "style.css", "icon.svg", "Content/Config/default.json");
    private static final Duration JOIN_PATIENCE = Duration.ofSeconds(30);
    private static final Duration LOOK_EVERY = Duration.ofMillis(200);

    private final String server;
    private final int nodes;
    private final InstantSource clock;
    private final Consumer<String> say;

    /** @param nodes how many nodes should have joined before the rollout begins */
    HelloDeployment(String server, int nodes, InstantSource clock, Consumer<String> say) {
        this.server = server;
        this.nodes = nodes;
        this.clock = clock;
        this.say = say;
    }

    /** Does what is left to do; answers whether hello is rolled out. */
    boolean run() throws IOException {
        if (rolloutsExist()) {
            return true;
        }
        say.accept("hello: registering " + NAME + " at route " + DevPlan.HELLO_ROUTE);
        int registered = command("ext", "register", NAME, "--route", DevPlan.HELLO_ROUTE, "--output", "json");
        if (registered != ExitCode.DONE && registered != ExitCode.CONFLICT) {
            return false;
        }
        awaitNodes();
        var folder = Files.createTempDirectory("portolan-hello");
        try {
            unpack(folder);
            say.accept("hello: publishing " + VERSION + " and rolling it out");
            return command(
                            "deploy",
                            folder.toString(),
                            "--extension",
                            NAME,
                            "--version",
                            VERSION,
                            "--bake",
                            "1s",
                            "--reason",
                            "first start of portolan dev",
                            "--wait")
                    == ExitCode.DONE;
        } finally {
            Trash.delete(folder);
        }
    }

    /** The example's files. */
    static void unpack(Path folder) throws IOException {
        for (var file : FILES) {
            var target = folder.resolve(file);
            Files.createDirectories(target.getParent());
            try (var in = HelloDeployment.class.getResourceAsStream("/examples/hello/" + file)) {
                if (in == null) {
                    throw new IllegalStateException(file + " is part of the product");
                }
                Files.copy(in, target);
            }
        }
    }

    private boolean rolloutsExist() {
        return items("rollout", "list", "--extension", NAME) > 0;
    }

    private void awaitNodes() {
        var deadline = clock.instant().plus(JOIN_PATIENCE);
        while (items("node", "list") < nodes
                && clock.instant().isBefore(deadline)
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
        }
    }

    /** Number of items of a list, 0 when there is no answer. */
    private int items(String... command) {
        var out = new ByteArrayOutputStream();
        var words = new java.util.ArrayList<>(List.of(command));
        words.addAll(List.of("--output", "json"));
        var console = console(new PrintStream(out, true, StandardCharsets.UTF_8), nowhere());
        return Cli.run(Cli.commandLine(console), words.toArray(String[]::new)) == ExitCode.DONE
                ? Json.mapper().readTree(out.toByteArray()).path("items").size()
                : 0;
    }

    private int command(String... words) {
        try (var lines = new LinePrinter(line -> say.accept("hello: " + line))) {
            return Cli.run(Cli.commandLine(console(nowhere(), lines)), words);
        }
    }

    private Console console(PrintStream out, PrintStream err) {
        return new Console(
                out,
                err,
                InputStream.nullInputStream(),
                false,
                Map.of("PORTOLAN_SERVER", server),
                Path.of("").toAbsolutePath(),
                clock);
    }

    private static PrintStream nowhere() {
        return new PrintStream(java.io.OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    }

    /** Hands whole lines on. */
    private static final class LinePrinter extends PrintStream {
        LinePrinter(Consumer<String> line) {
            super(new Lines(line), true, StandardCharsets.UTF_8);
        }
    }

    /** Collects bytes until a line ends. */
    private static final class Lines extends java.io.OutputStream {
        private final Consumer<String> line;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Lines(Consumer<String> line) {
            this.line = line;
        }

        @Override
        public void write(int value) {
            if (value == '\n') {
                line.accept(bytes.toString(StandardCharsets.UTF_8).stripTrailing());
                bytes.reset();
            } else {
                bytes.write(value);
            }
        }
    }
}
