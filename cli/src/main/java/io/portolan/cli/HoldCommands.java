package io.portolan.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows and lifts holds. One thread at a time. */
@Command(
        name = "hold",
        description = "Shows and lifts holds: after a rollback nothing but a person moves an extension forward.",
        subcommands = {HoldCommands.Listing.class, HoldCommands.Lift.class})
final class HoldCommands extends Group {
    /** {@code hold list}. */
    @Command(name = "list", description = "Lists the holds.")
    static final class Listing extends Verb {
        @Override
        protected int run() {
            var reply = api().get("/v1/holds");
            portolan().print(reply, () -> {
                var now = portolan().console().clock().instant();
                var table = new Table("EXTENSION", "ENVIRONMENT", "REGION", "SINCE", "WITHDRAWN", "REASON");
                for (var hold : reply.items()) {
                    table.row(
                            Trees.text(hold, "extension"),
                            Trees.text(hold, "environment"),
                            Trees.text(hold, "region").isEmpty() ? "all" : Trees.text(hold, "region"),
                            When.ago(Trees.time(hold, "at"), now),
                            Trees.joined(hold.path("withdrawn")),
                            Trees.text(hold, "reason"));
                }
                return table.isEmpty() ? List.of("no hold") : table.lines();
            });
            return ExitCode.DONE;
        }
    }

    /** {@code hold lift}. */
    @Command(
            name = "lift",
            description = "Lifts the hold of an extension; its withdrawn versions may be rolled out again.",
            footer = {"", "Example:", "  portolan hold lift Contoso_Orders"})
    static final class Lift extends Verb {
        @Parameters(paramLabel = "NAME", description = "Name of the extension.")
        private String name;

        @Option(
                names = "--environment",
                paramLabel = "E",
                defaultValue = "",
                description = "Environment; the last of the train unless given.")
        private String environment = "";

        @Override
        protected int run() {
            var where = portolan().environment(environment);
            var reply = api().delete("/v1/holds/" + Api.segment(name) + "?environment=" + Api.segment(where));
            portolan()
                    .print(
                            reply,
                            () -> List.of((portolan().dryRun() ? "would lift" : "lifted") + " the hold of " + name
                                    + " in " + where));
            return ExitCode.DONE;
        }
    }
}
