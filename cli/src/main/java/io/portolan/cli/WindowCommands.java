package io.portolan.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Calendar windows: when rollouts may move forward. One thread at a time. */
@Command(
        name = "window",
        description = "Says when rollouts may move forward. Rollbacks, aborts and break-glass never wait for a window.",
        subcommands = {WindowCommands.Listing.class, WindowCommands.Add.class, WindowCommands.Remove.class})
final class WindowCommands extends Group {
    private static String when(JsonNode window) {
        return window.path("start").isNull() || window.path("start").isMissingNode()
                ? window.path("days")
                                .valueStream()
                                .map(day -> day.asString().substring(0, 3))
                                .collect(Collectors.joining(","))
                        + " " + minutes(window, "from") + " to "
                        + minutes(window, "to") + " " + Trees.text(window, "zone")
                : Trees.text(window, "start") + " to " + Trees.text(window, "end");
    }

    /** Nobody says seconds of a time of day that has none. */
    private static String minutes(JsonNode window, String field) {
        return Trees.text(window, field).replaceFirst("^(\\d\\d:\\d\\d):00$", "$1");
    }

    private static String orAll(String text) {
        return text.isEmpty() ? "all" : text;
    }

    /** {@code window list}. */
    @Command(name = "list", description = "Lists the windows.")
    static final class Listing extends Verb {
        @Override
        protected int run() {
            var reply = api().get("/v1/windows");
            portolan().print(reply, () -> {
                var table = new Table("ID", "KIND", "ENVIRONMENT", "EXTENSION", "WHEN", "NOW", "REASON");
                for (var window : reply.items()) {
                    table.row(
                            Trees.text(window, "id"),
                            Trees.text(window, "kind"),
                            orAll(Trees.text(window, "environment")),
                            orAll(Trees.text(window, "extension")),
                            when(window),
                            Trees.text(window, "insideNow").equals("true") ? "inside" : "",
                            Trees.text(window, "reason"));
                }
                return table.isEmpty() ? List.of("no window: rollouts may move at any time") : table.lines();
            });
            return ExitCode.DONE;
        }
    }

    /** {@code window add}. */
    @Command(
            name = "add",
            description = "Adds a window: allow or deny, on days of the week or once. Deny wins.",
            footer = {
                "",
                "Examples:",
                "  portolan window add allow --days MON-THU --from 09:00 --to 16:00 --zone Europe/Amsterdam",
                "  portolan window add deny --start 2026-12-20T00:00:00Z --end 2027-01-04T00:00:00Z --reason holidays"
            })
    static final class Add extends Verb {
        @Parameters(paramLabel = "KIND", description = "allow or deny.")
        private String kind;

        @Option(names = "--environment", paramLabel = "E", description = "Only there; everywhere unless given.")
        private @Nullable String environment;

        @Option(names = "--extension", paramLabel = "NAME", description = "Only this one; all unless given.")
        private @Nullable String extension;

        @Option(names = "--days", paramLabel = "DAYS", description = "Such as MON-THU or SAT,SUN.")
        private @Nullable String days;

        @Option(names = "--from", paramLabel = "HH:MM", description = "Time of day at which it begins.")
        private @Nullable String from;

        @Option(names = "--to", paramLabel = "HH:MM", description = "Time of day at which it ends.")
        private @Nullable String to;

        @Option(names = "--zone", paramLabel = "ZONE", description = "Time zone of the days; there is no default.")
        private @Nullable String zone;

        @Option(names = "--start", paramLabel = "TIME", description = "Begin of a single span, RFC 3339.")
        private @Nullable String start;

        @Option(names = "--end", paramLabel = "TIME", description = "End of a single span.")
        private @Nullable String end;

        @Option(names = "--reason", paramLabel = "T", description = "Why; shown to whoever waits.")
        private @Nullable String reason;

        @Override
        protected int run() {
            var body = new LinkedHashMap<String, Object>();
            var word = kind.toUpperCase(java.util.Locale.ROOT);
            if (!word.equals("ALLOW") && !word.equals("DENY")) {
                throw usage("window: " + kind + " (expected: allow or deny)");
            }
            if (days != null && zone == null) {
                throw usage("window: no zone (expected: --zone such as Europe/Amsterdam; there is no default)");
            }
            body.put("kind", word);
            put(body, "environment", environment);
            put(body, "extension", extension);
            put(body, "days", days);
            put(body, "from", from);
            put(body, "to", to);
            put(body, "zone", zone);
            put(body, "start", start);
            put(body, "end", end);
            put(body, "reason", reason);
            var reply = api().post("/v1/windows", body);
            var window = reply.tree();
            portolan()
                    .print(
                            reply,
                            () -> List.of(
                                    portolan().dryRun()
                                            ? "would add: " + when(window)
                                            : "added " + Trees.text(window, "id") + ": " + when(window)));
            return ExitCode.DONE;
        }

        private static void put(Map<String, Object> body, String key, @Nullable String value) {
            if (value != null) {
                body.put(key, value);
            }
        }
    }

    /** {@code window remove}. */
    @Command(name = "remove", description = "Removes a window.")
    static final class Remove extends Verb {
        @Parameters(paramLabel = "ID", description = "Id of the window, as window list shows it.")
        private String id;

        @Override
        protected int run() {
            var reply = api().delete("/v1/windows/" + Api.segment(id));
            portolan().print(reply, () -> List.of((portolan().dryRun() ? "would remove " : "removed ") + id));
            return ExitCode.DONE;
        }
    }
}
