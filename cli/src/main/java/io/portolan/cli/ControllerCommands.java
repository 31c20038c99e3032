package io.portolan.cli;

import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows controllers. One thread at a time. */
@Command(
        name = "controller",
        description = "Shows controllers: how they are, why an old version's still run, what they wrote.",
        subcommands = {ControllerCommands.Listing.class, ControllerShow.class, ControllerLogs.class})
final class ControllerCommands extends Group {
    /** {@code controller list}. */
    @Command(
            name = "list",
            description = "Lists controllers as nodes reported them last.",
            footer = {"", "Example:", "  portolan controller list Contoso_Orders"})
    static final class Listing extends Verb {
        @Parameters(index = "0", arity = "0..1", paramLabel = "EXTENSION", description = "Only of this extension.")
        private @Nullable String extension;

        @Override
        protected int run() {
            var reply = api().get("/v1/nodes");
            portolan().print(reply, () -> {
                var now = portolan().console().clock().instant();
                var table = new Table(
                        "EXTENSION", "VERSION", "CONTROLLER", "REGION", "NODE", "STATE", "READY", "RESTARTS", "SINCE");
                var reasons = new ArrayList<String>();
                for (var node : reply.items()) {
                    boolean listed = false;
                    for (var each : node.path("status").path("controllers")) {
                        if (extension != null && !extension.equals(Trees.text(each, "extension"))) {
                            continue;
                        }
                        listed = true;
                        var name = Trees.text(each, "controller");
                        table.row(
                                Trees.text(each, "extension"),
                                Trees.text(each, "version"),
                                name,
                                Trees.text(node, "region"),
                                Trees.text(node, "id"),
                                state(Trees.text(each, "state")),
                                Trees.text(each, "ready") + "/" + Trees.text(each, "wanted"),
                                Trees.text(each, "restarts"),
                                When.ago(Trees.time(each, "since"), now));
                        if (!Trees.text(each, "reason").isEmpty()) {
                            reasons.add(Paint.WARN.mark(Trees.text(node, "id") + ": " + name + " "
                                    + Trees.text(each, "version") + ": " + Trees.text(each, "reason")));
                        }
                    }
                    if (listed && !node.path("inRotation").asBoolean(true)) {
                        // Else what a dead node said last looks like what is so.
                        reasons.add(Paint.BAD.mark(Trees.text(node, "id") + ": out of rotation, heard of last "
                                + When.ago(Trees.time(node.path("status"), "at"), now)));
                    }
                }
                var lines = new ArrayList<>(table.lines());
                lines.addAll(reasons);
                return lines;
            });
            return ExitCode.DONE;
        }
    }

    /** A state, coloured by whether somebody has to look. */
    static String state(String state) {
        return switch (state) {
            case "READY", "NOT_PLACED", "STOPPED" -> Paint.GOOD.mark(state);
            case "STARTING", "STOPPING" -> Paint.WARN.mark(state);
            default -> Paint.BAD.mark(state);
        };
    }
}
