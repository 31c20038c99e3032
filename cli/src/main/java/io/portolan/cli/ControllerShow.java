package io.portolan.cli;

import io.portolan.protocol.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code controller show}. One thread at a time. */
@Command(
        name = "show",
        description = {
            "Asks each region's nodes why an extension's controllers run, until when, where their replicas are, and why those that",
            "are not ready are not: how often they failed in a row and when they are started next.",
            "Those of a replaced version stay while pages or calls of it are seen, and for their drain time after."
        },
        footer = {"", "Example:", "  portolan controller show Contoso_Orders --region westeurope"})
final class ControllerShow extends Verb {
    @Parameters(index = "0", paramLabel = "EXTENSION", description = "Whose.")
    @Nullable
    private String extension;

    @Option(names = "--region", paramLabel = "REGION", defaultValue = "", description = "Only this region's nodes.")
    private String region = "";

    @Override
    protected int run() {
        var named = java.util.Objects.requireNonNull(extension);
        var bodies = new ArrayList<Object>();
        var table = new Table(
                "VERSION",
                "CONTROLLER",
                "REGION",
                "NODE",
                "STATE",
                "READY",
                "RESTARTS",
                "REPLICAS",
                "UNTIL",
                "BECAUSE");
        var silent = new ArrayList<String>();
        try (var question = new NodeQuestion(portolan().console())) {
            for (var node : NodeQuestion.nodes(api(), region)) {
                var said = question.ask(node, "/api/diagnostics");
                if (!said.problem().isEmpty()) {
                    silent.add(node.id() + ": " + said.problem());
                    continue;
                }
                var controllers = Json.mapper()
                        .readTree(said.body())
                        .path("extensions")
                        .path(named)
                        .path("controllers");
                var body = new LinkedHashMap<String, Object>();
                body.put("node", node.id());
                body.put("region", node.region());
                body.put("controllers", controllers);
                bodies.add(body);
                controllers.forEach(each -> row(table, node, each));
            }
        }
        if (portolan().output() != Portolan.Output.TABLE) {
            portolan().printStreamed(java.util.Map.of("items", List.copyOf(bodies)));
        } else {
            table.lines().forEach(portolan()::line);
        }
        silent.forEach(line -> portolan().console().err().println(line));
        return silent.isEmpty() ? ExitCode.DONE : ExitCode.UNREACHABLE;
    }

    private static void row(Table table, NodeQuestion.Node node, JsonNode each) {
        var addresses = new ArrayList<String>();
        each.path("replicas").forEach(replica -> addresses.add(Trees.text(replica, "address")));
        table.row(
                Trees.text(each, "version"),
                Trees.text(each, "name"),
                node.region(),
                node.id(),
                ControllerCommands.state(Trees.text(each, "state")),
                Trees.text(each, "ready") + "/" + Trees.text(each, "wanted"),
                Trees.text(each, "restarts"),
                String.join(", ", addresses),
                Trees.text(each, "until"),
                Trees.text(each, "reason").isEmpty()
                        ? Trees.text(each, "stays")
                        : Trees.text(each, "stays") + "; " + Trees.text(each, "reason"));
    }
}
