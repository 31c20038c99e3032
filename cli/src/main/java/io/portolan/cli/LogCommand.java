package io.portolan.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** Shows the one log of all changes. One thread at a time. */
@Command(
        name = "log",
        description = "Shows the log: who changed what, when, from where and why.",
        subcommands = {LogCommand.Verify.class, LogCommand.Replay.class},
        footer = {
            "",
            "Examples:",
            "  portolan log --limit 20",
            "  portolan log --after 100",
            "  portolan log verify",
            "  portolan log replay"
        })
final class LogCommand extends Verb {
    @Option(names = "--after", paramLabel = "ID", description = "Rows after this id; the newest rows unless given.")
    private long after = -1;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "50",
            description = "At most so many rows, 50 unless given.")
    private int limit;

    @Override
    protected int run() {
        long from = after >= 0 ? after : Math.max(0, newest() - limit);
        var reply = api().get("/v1/log?after=" + from + "&limit=" + limit);
        portolan().print(reply, () -> {
            var table = new Table("ID", "AT", "TYPE", "SUBJECT", "ACTOR", "FROM", "REASON");
            for (var row : reply.items()) {
                table.row(
                        Trees.text(row, "id"),
                        Trees.text(row, "at"),
                        Trees.text(row, "type"),
                        Trees.text(row, "subject"),
                        Trees.text(row, "actor"),
                        Trees.text(row, "origin"),
                        Trees.text(row, "reason"));
            }
            return table.isEmpty() ? List.of("no rows") : table.lines();
        });
        return ExitCode.DONE;
    }

    private long newest() {
        return api().get("/v1/log/verify").tree().path("rows").asLong(0);
    }

    /** {@code log verify}. */
    @Command(name = "verify", description = "Checks the chain of hashes from the first row to the last.")
    static final class Verify extends Verb {
        @Override
        protected int run() {
            var reply = api().get("/v1/log/verify");
            var body = reply.tree();
            boolean whole = body.path("ok").asBoolean(false);
            portolan()
                    .print(
                            reply,
                            () -> List.of(
                                    whole
                                            ? Paint.GOOD.mark("whole") + ": " + Trees.text(body, "rows") + " rows"
                                            : Paint.BAD.mark("broken") + " at row " + Trees.text(body, "brokenAt")
                                                    + ": " + Trees.text(body, "message")));
            return whole ? ExitCode.DONE : ExitCode.FAILED;
        }
    }

    /** {@code log replay}. */
    @Command(
            name = "replay",
            description = "Replays the log from nothing and names what the present state has otherwise.")
    static final class Replay extends Verb {
        @Override
        protected int run() {
            var reply = api().get("/v1/log/replay");
            var body = reply.tree();
            boolean same = body.path("ok").asBoolean(false);
            portolan().print(reply, () -> lines(body, same));
            return same ? ExitCode.DONE : ExitCode.FAILED;
        }

        private static List<String> lines(JsonNode body, boolean same) {
            var replayed = Trees.text(body, "rows") + " rows tell of " + Trees.text(body, "documents") + " things";
            if (same) {
                return List.of(Paint.GOOD.mark("same") + ": " + replayed + ", and the state has them so");
            }
            var lines = new ArrayList<String>();
            lines.add(Paint.BAD.mark("different") + ": " + replayed + ", of which the state has "
                    + Trees.text(body, "differencesCount") + " otherwise");
            body.path("differences")
                    .forEach(difference -> lines.add("  " + Trees.text(difference, "kind") + " "
                            + Trees.text(difference, "key") + ": " + Trees.text(difference, "text")));
            return lines;
        }
    }
}
