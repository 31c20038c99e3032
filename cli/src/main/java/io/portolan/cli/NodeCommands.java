package io.portolan.cli;

import java.util.ArrayList;
import picocli.CommandLine.Command;

/** Shows nodes. One thread at a time. */
@Command(
        name = "node",
        description = "Shows region nodes and directors, lets nodes in, and lifts what a node set aside.",
        subcommands = {NodeCommands.Listing.class, NodeToken.class, NodeRelease.class})
final class NodeCommands extends Group {
    /** {@code node list}. */
    @Command(name = "list", description = "Lists the nodes with the revision that each has applied.")
    static final class Listing extends Verb {
        @Override
        protected int run() {
            var reply = api().get("/v1/nodes");
            portolan().print(reply, () -> {
                var now = portolan().console().clock().instant();
                var table = new Table(
                        "NODE",
                        "KIND",
                        "ENVIRONMENT",
                        "REGION",
                        "ROTATION",
                        "REVISION",
                        "LACKING",
                        "QUARANTINED",
                        "SEEN",
                        "URL");
                var errors = new ArrayList<String>();
                for (var node : reply.items()) {
                    var status = node.path("status");
                    boolean in = node.path("inRotation").asBoolean(false);
                    table.row(
                            Trees.text(node, "id"),
                            Trees.text(node, "kind"),
                            Trees.text(node, "environment"),
                            Trees.text(node, "region"),
                            in ? Paint.GOOD.mark("in") : Paint.BAD.mark("out"),
                            status.isObject() ? Trees.text(status, "epoch") + "." + Trees.text(status, "revision") : "",
                            Trees.text(status, "lackingCount"),
                            Trees.text(status, "quarantinedCount"),
                            When.ago(Trees.time(status, "at"), now),
                            Trees.text(node, "url"));
                    if (!Trees.text(status, "lastError").isEmpty()) {
                        errors.add(Paint.WARN.mark(Trees.text(node, "id") + ": " + Trees.text(status, "lastError")));
                    }
                }
                var lines = new ArrayList<>(table.lines());
                lines.addAll(errors);
                return lines;
            });
            return ExitCode.DONE;
        }
    }
}
