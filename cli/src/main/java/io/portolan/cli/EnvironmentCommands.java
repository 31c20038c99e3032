package io.portolan.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Shows environments. One thread at a time. */
@Command(
        name = "env",
        description = "Shows environments.",
        subcommands = {EnvironmentCommands.Listing.class, EnvironmentCommands.Show.class})
final class EnvironmentCommands extends Group {
    /** {@code env list}. */
    @Command(name = "list", description = "Lists the environments, in train order.")
    static final class Listing extends Verb {
        @Override
        protected int run() {
            var reply = api().get("/v1/environments");
            portolan().print(reply, () -> {
                var table = new Table("NAME", "ZONE", "PORTAL HOSTS", "STAGES", "MINIMUM BAKE");
                for (var item : reply.items()) {
                    table.row(
                            Trees.text(item, "name"),
                            Trees.text(item, "zone"),
                            Trees.joined(item.path("portalHosts")),
                            stages(item).size(),
                            Trees.text(item, "minimumBake"));
                }
                return table.lines();
            });
            return ExitCode.DONE;
        }
    }

    /** {@code env show}. */
    @Command(name = "show", description = "Shows one environment with its stages.")
    static final class Show extends Verb {
        @Parameters(paramLabel = "ENVIRONMENT", description = "Name of the environment.")
        private String name;

        @Override
        protected int run() {
            var reply = api().get("/v1/environments/" + Api.segment(name));
            portolan().print(reply, () -> {
                var body = reply.tree();
                var lines = new ArrayList<>(new Table("FIELD", "VALUE")
                        .row("name", Trees.text(body, "name"))
                        .row("zone", Trees.text(body, "zone"))
                        .row("portal hosts", Trees.joined(body.path("portalHosts")))
                        .row("minimum bake", Trees.text(body, "minimumBake"))
                        .lines());
                lines.add("");
                var table = new Table("STAGE", "REGIONS");
                for (var stage : stages(body)) {
                    table.row(Trees.text(stage, "name"), Trees.joined(stage.path("regions")));
                }
                lines.addAll(table.lines());
                return lines;
            });
            return ExitCode.DONE;
        }
    }

    private static List<JsonNode> stages(JsonNode environment) {
        var stages = environment.path("stages");
        var list = stages.isObject() ? stages.path("stages") : stages;
        return StreamSupport.stream(list.spliterator(), false).collect(Collectors.toList());
    }
}
