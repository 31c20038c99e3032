package io.portolan.cli;

import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;

/**
 * Named control planes, kept in {@code contexts.json} below {@code PORTOLAN_HOME} (else the user's configuration folder). Immutable.
 *
 * @param current name of the one in use, empty text for none
 * @param servers base URLs by name
 */
record Contexts(String current, Map<String, String> servers) {
    Contexts {
        current = current == null ? "" : current;
        servers = servers == null ? Map.of() : Map.copyOf(servers);
    }

    static Contexts load(Console console) {
        var file = file(console);
        if (!Files.exists(file)) {
            return new Contexts("", Map.of());
        }
        try {
            return Json.read(Files.readAllBytes(file), Contexts.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (MalformedJson e) {
            throw new CommandFailure(ExitCode.FAILED, file + ": " + e.getMessage());
        }
    }

    /** URL of the current one, empty text for none. */
    String currentServer() {
        return servers.getOrDefault(current, "");
    }

    /** A copy with the context set and in use. */
    Contexts using(String name, String server) {
        var all = new TreeMap<>(servers);
        all.put(name, server);
        return new Contexts(name, all);
    }

    void save(Console console) {
        var file = file(console);
        try {
            Files.createDirectories(file.getParent());
            var next = file.resolveSibling(file.getFileName() + ".new");
            Files.write(next, Json.bytes(this));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file(Console console) {
        var home = console.variable("PORTOLAN_HOME");
        if (!home.isEmpty()) {
            return Path.of(home, "contexts.json");
        }
        var configuration = console.variable("XDG_CONFIG_HOME");
        return configuration.isEmpty()
                ? Path.of(System.getProperty("user.home", "."), ".config", "portolan", "contexts.json")
                : Path.of(configuration, "portolan", "contexts.json");
    }
}
