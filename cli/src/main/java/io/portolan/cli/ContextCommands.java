package io.portolan.cli;

import io.portolan.protocol.Json;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Remembers control planes by name. One thread at a time. */
@Command(
        name = "context",
        description = "Remembers control planes by name.",
        subcommands = {ContextCommands.Use.class, ContextCommands.Listing.class})
final class ContextCommands extends Group {
    /** {@code context use}. */
    @Command(
            name = "use",
            description = "Uses a control plane from now on; --server names a new one or a new address.",
            footer = {"", "Example:", "  portolan context use prod --server http://127.0.0.1:7070"})
    static final class Use extends Verb {
        @Parameters(paramLabel = "NAME", description = "Name of the context.")
        private String name;

        @Override
        protected int run() {
            var contexts = Contexts.load(portolan().console());
            var url = portolan().serverOption();
            if (url.isEmpty() && !contexts.servers().containsKey(name)) {
                throw usage("context " + name + " is not known (expected: --server URL, or one of "
                        + contexts.servers().keySet() + ")");
            }
            var next = contexts.using(
                    name,
                    url.isEmpty()
                            ? contexts.servers().getOrDefault(name, "")
                            : portolan().server().toString());
            if (!portolan().dryRun()) {
                next.save(portolan().console());
            }
            portolan().note("using " + name + ": " + next.currentServer());
            return ExitCode.DONE;
        }
    }

    /** {@code context list}. */
    @Command(name = "list", description = "Lists the control planes that are known by name.")
    static final class Listing extends Verb {
        @Override
        protected int run() {
            var contexts = Contexts.load(portolan().console());
            var items = new TreeMap<>(contexts.servers())
                    .entrySet().stream()
                            .map(entry -> Map.of(
                                    "name",
                                    entry.getKey(),
                                    "server",
                                    entry.getValue(),
                                    "current",
                                    entry.getKey().equals(contexts.current())))
                            .toList();
            var body = Json.bytes(Map.of("items", items));
            portolan().print(new Reply(200, body, ""), () -> {
                var table = new Table("", "NAME", "SERVER");
                new TreeMap<>(contexts.servers())
                        .forEach((name, url) -> table.row(name.equals(contexts.current()) ? "*" : " ", name, url));
                return table.isEmpty()
                        ? List.of("no context; add one with: portolan context use NAME --server URL")
                        : table.lines();
            });
            return ExitCode.DONE;
        }
    }
}
