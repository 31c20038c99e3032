package io.portolan.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Incident records. One thread at a time. */
@Command(
        name = "incident",
        description = "Shows and closes incidents. One of severity 0 to 2 stops rollouts until it is resolved.",
        subcommands = {
            IncidentCommands.Listing.class,
            IncidentCommands.Show.class,
            IncidentCommands.Ack.class,
            IncidentCommands.Resolve.class
        })
final class IncidentCommands extends Group {
    private static String path(String id) {
        return "/v1/incidents/" + Api.segment(id);
    }

    private static List<String> lines(JsonNode incident) {
        var lines = new ArrayList<String>();
        lines.add(Paint.HEADING.mark(Trees.text(incident, "id")) + "  severity " + Trees.text(incident, "severity")
                + "  " + Paint.state(Trees.text(incident, "state")) + "  " + Trees.text(incident, "summary"));
        lines.add("  key " + Trees.text(incident, "key") + ", opened " + Trees.text(incident, "openedAt"));
        incident.path("evidence")
                .properties()
                .forEach(entry -> lines.add(
                        "  " + entry.getKey() + ": " + entry.getValue().asString()));
        return lines;
    }

    /** {@code incident list}. */
    @Command(name = "list", description = "Lists the open incidents, or all.")
    static final class Listing extends Verb {
        @Option(names = "--all", description = "Resolved ones too.")
        private boolean all;

        @Override
        protected int run() {
            var reply = api().get("/v1/incidents" + (all ? "?state=all" : ""));
            portolan().print(reply, () -> {
                var now = portolan().console().clock().instant();
                var table = new Table("ID", "SEVERITY", "STATE", "EXTENSION", "REGION", "OPENED", "SUMMARY");
                for (var incident : reply.items()) {
                    table.row(
                            Trees.text(incident, "id"),
                            Trees.text(incident, "severity"),
                            Paint.state(Trees.text(incident, "state")),
                            Trees.text(incident, "extension"),
                            Trees.text(incident, "region"),
                            When.ago(Trees.time(incident, "openedAt"), now),
                            Trees.text(incident, "summary"));
                }
                return table.isEmpty() ? List.of("no open incident") : table.lines();
            });
            return ExitCode.DONE;
        }
    }

    /** {@code incident show}. */
    @Command(name = "show", description = "Shows one incident with its evidence.")
    static final class Show extends Verb {
        @Parameters(paramLabel = "ID", description = "Id of the incident, such as in-3.")
        private String id;

        @Override
        protected int run() {
            var reply = api().get(path(id));
            portolan().print(reply, () -> lines(reply.tree()));
            return ExitCode.DONE;
        }
    }

    /** A verb that moves an incident on. */
    abstract static class Moving extends Verb {
        @Parameters(paramLabel = "ID", description = "Id of the incident, such as in-3.")
        private String id;

        @Option(names = "--reason", paramLabel = "T", defaultValue = "", description = "Goes into the log.")
        private String reason = "";

        abstract String verb();

        @Override
        protected int run() {
            var reply = api().post(path(id) + "/" + verb(), Map.of("reason", reason));
            portolan().print(reply, () -> lines(reply.tree()));
            return ExitCode.DONE;
        }
    }

    /** {@code incident ack}. */
    @Command(name = "ack", description = "Says that somebody looks at it.")
    static final class Ack extends Moving {
        @Override
        String verb() {
            return "ack";
        }
    }

    /** {@code incident resolve}. */
    @Command(name = "resolve", description = "Says that it is over; rollouts may go on.")
    static final class Resolve extends Moving {
        @Override
        String verb() {
            return "resolve";
        }
    }
}
