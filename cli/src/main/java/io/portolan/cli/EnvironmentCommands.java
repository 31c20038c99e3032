package io.portolan.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Shows environments, and says how browsers get their assets. One thread at a time. */
@Command(
        name = "env",
        description = "Shows environments, makes new ones of a signed bundle, and sets how browsers get their assets.",
        subcommands = {
            EnvironmentCommands.Listing.class,
            EnvironmentCommands.Show.class,
            EnvironmentCommands.Set.class,
            EnvironmentExport.class,
            EnvironmentCreate.class
        })
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

    /** {@code env set}. */
    @Command(
            name = "set",
            description = "Sets how browsers get the assets of an environment; what is not given stays as it is.",
            footer = {
                "",
                "Examples:",
                "  portolan env set prod --cdn edge=https://cdn.example.net/CDN --cdn other=https://other.example/CDN",
                "  portolan env set prod --no-cdn",
                "  portolan env set prod --worker off"
            })
    static final class Set extends Verb {
        @Parameters(paramLabel = "ENVIRONMENT", description = "Name of the environment.")
        private String name;

        @Option(
                names = "--cdn",
                paramLabel = "NAME=URL",
                description = "A CDN: what stands before /R/Content/V/PATH. Several are asked in the order given.")
        private List<String> cdns = new ArrayList<>();

        @Option(names = "--no-cdn", description = "No CDN: bytes come from the regions.")
        private boolean noCdn;

        @Option(
                names = "--worker",
                paramLabel = "on|off",
                description = "off takes the service worker out of browsers.")
        private @Nullable String worker;

        @Option(
                names = "--first-visit",
                paramLabel = "go|wait",
                description = "wait: a first page starts when the service worker is there, which spares its region.")
        private @Nullable String firstVisit;

        @Option(
                names = "--breaker",
                paramLabel = "on|off",
                description = "off: nothing watches the CDNs, and only people take them away and give them back.")
        private @Nullable String breaker;

        @Option(
                names = "--telemetry",
                paramLabel = "on|off",
                description = "off: pages tell nothing of themselves, and nodes count nothing of them.")
        private @Nullable String telemetry;

        @Override
        protected int run() {
            if (noCdn && !cdns.isEmpty()) {
                throw usage("env set: --no-cdn and --cdn say different things");
            }
            var body = (ObjectNode) api().get(CdnCommands.deliveryOf(name)).tree();
            if (noCdn || !cdns.isEmpty()) {
                var list = body.putArray("cdns");
                for (var cdn : cdns) {
                    int equals = cdn.indexOf('=');
                    if (equals < 0) {
                        throw usage("env set: --cdn " + cdn + " (expected: NAME=URL)");
                    }
                    list.addObject().put("name", cdn.substring(0, equals)).put("url", cdn.substring(equals + 1));
                }
            }
            if (worker != null) {
                body.put("worker", worker);
            }
            if (firstVisit != null) {
                body.put("firstVisit", firstVisit);
            }
            if (breaker != null) {
                body.put("breaker", breaker);
            }
            if (telemetry != null) {
                body.put("telemetry", telemetry);
            }
            var reply = api().put(CdnCommands.deliveryOf(name), body);
            portolan().print(reply, () -> {
                var after = reply.tree();
                var names = new ArrayList<String>();
                after.path("cdns").forEach(cdn -> names.add(Trees.text(cdn, "name") + "=" + Trees.text(cdn, "url")));
                return List.of((portolan().dryRun() ? "would set " : "set ") + name + ": CDNs "
                        + (names.isEmpty() ? "none" : String.join(", ", names)) + "; service worker "
                        + Trees.text(after, "worker") + "; first visit " + Trees.text(after, "firstVisit")
                        + "; breaker " + Trees.text(after, "breaker") + "; telemetry "
                        + Trees.text(after, "telemetry"));
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
