package io.portolan.cli;

import io.portolan.protocol.rest.RevisionBody;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the numbered, signed states of an environment. One thread at a time. */
@Command(
        name = "revision",
        description = "Shows revisions: the numbered, signed states of an environment.",
        subcommands = {RevisionCommands.Listing.class, RevisionCommands.Show.class, RevisionCommands.Diff.class})
final class RevisionCommands extends Group {
    /** Verbs that look at one environment. */
    abstract static class InEnvironment extends Verb {
        @Option(
                names = "--environment",
                paramLabel = "E",
                defaultValue = "",
                description = "Environment; the last of the train unless given.")
        private String environment = "";

        final String path() {
            return "/v1/environments/" + Api.segment(portolan().environment(environment)) + "/revisions";
        }
    }

    /** {@code revision list}. */
    @Command(name = "list", description = "Lists the revisions, newest first.")
    static final class Listing extends InEnvironment {
        @Override
        protected int run() {
            var reply = api().get(path());
            portolan().print(reply, () -> {
                var now = portolan().console().clock().instant();
                var table = new Table("REVISION", "CREATED", "DIGEST", "KEY", "CAUSE");
                for (var revision : reply.items(RevisionBody.class)) {
                    table.row(
                            revision.epoch() + "." + revision.number(),
                            When.ago(revision.createdAt(), now),
                            revision.digest().value().substring(0, 12),
                            revision.keyId(),
                            revision.cause());
                }
                return table.isEmpty() ? List.of("no revision yet") : table.lines();
            });
            return ExitCode.DONE;
        }
    }

    /** {@code revision show}. */
    @Command(name = "show", description = "Shows one revision.")
    static final class Show extends InEnvironment {
        @Parameters(paramLabel = "NUMBER", description = "Number of the revision.")
        private long number;

        @Override
        protected int run() {
            var reply = api().get(path() + "/" + number);
            portolan().print(reply, () -> {
                var body = reply.as(RevisionBody.class);
                return new Table("FIELD", "VALUE")
                        .row("environment", body.environment())
                        .row("revision", body.epoch() + "." + body.number())
                        .row("digest", body.digest())
                        .row("parent", body.parent())
                        .row("key", body.keyId())
                        .row("created", body.createdAt())
                        .row("cause", body.cause())
                        .lines();
            });
            return ExitCode.DONE;
        }
    }

    /** {@code revision diff}. */
    @Command(
            name = "diff",
            description = "Shows what changed between two revisions.",
            footer = {"", "Example:", "  portolan revision diff 3 5"})
    static final class Diff extends InEnvironment {
        @Parameters(index = "0", paramLabel = "FROM", description = "Number of the older revision.")
        private long from;

        @Parameters(index = "1", paramLabel = "TO", description = "Number of the newer revision.")
        private long to;

        @Override
        protected int run() {
            var reply = api().get(path() + "/" + from + ".." + to);
            portolan().print(reply, () -> {
                var table = new Table("EXTENSION", "REGION", "FIELD", "BEFORE", "AFTER");
                for (var change : reply.as(RevisionBody.Difference.class).changes()) {
                    table.row(
                            change.extension(),
                            or(change.region()),
                            change.field(),
                            or(change.before()),
                            or(change.after()));
                }
                return table.isEmpty() ? List.of("no difference") : table.lines();
            });
            return ExitCode.DONE;
        }
    }

    private static String or(@org.jspecify.annotations.Nullable String value) {
        return value == null ? "" : value;
    }
}
