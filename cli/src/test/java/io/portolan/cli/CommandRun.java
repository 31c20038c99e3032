package io.portolan.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/** What a command did. Immutable. */
record CommandRun(int code, String out, String err) {
    static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    /** The world of a test: no terminal, its own home. */
    static final class World {
        private final Map<String, String> environment = new HashMap<>();
        private final Path folder;
        private boolean terminal;
        private String input = "";

        World(Path folder) {
            this.folder = folder;
            environment.put("PORTOLAN_HOME", folder.resolve("home").toString());
        }

        World with(String variable, String value) {
            environment.put(variable, value);
            return this;
        }

        World server(ScriptedServer server) {
            return with("PORTOLAN_SERVER", server.url());
        }

        /** A person at a terminal who types this. */
        World terminal(String typed) {
            terminal = true;
            input = typed;
            return this;
        }

        CommandRun run(String... words) {
            var out = new ByteArrayOutputStream();
            var err = new ByteArrayOutputStream();
            var console = new Console(
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    new PrintStream(err, true, StandardCharsets.UTF_8),
                    new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                    terminal,
                    environment,
                    folder,
                    InstantSource.fixed(NOW));
            int code = Cli.run(Cli.commandLine(console), words);
            return new CommandRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        }
    }
}
