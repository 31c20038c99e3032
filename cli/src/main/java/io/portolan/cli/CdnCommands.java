package io.portolan.cli;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** CDNs of an environment, as sources of the bytes of assets. One thread at a time. */
@Command(
        name = "cdn",
        description = "Shows the CDNs of an environment, takes them out and back, makes the configuration of one.",
        subcommands = {CdnCommands.Status.class, CdnCommands.Config.class, CdnTrip.class, CdnReset.class})
final class CdnCommands extends Group {
    /** {@code cdn status}. */
    @Command(
            name = "status",
            description = "Lists the CDNs that browsers ask, in that order (set with: portolan env set).")
    static final class Status extends Verb {
        @Option(names = "--environment", paramLabel = "E", defaultValue = "", description = "The last unless given.")
        private String environment = "";

        @Override
        protected int run() {
            var reply = api().get(deliveryOf(environment(api(), environment)));
            portolan().print(reply, () -> {
                var table = new Table("CDN", "URL", "ASKED BY", "SINCE", "BY", "WHY");
                var details = new ArrayList<String>();
                for (var cdn : reply.tree().path("cdns")) {
                    var said = said(reply.tree(), Trees.text(cdn, "name"));
                    table.row(
                            Trees.text(cdn, "name"),
                            Trees.text(cdn, "url"),
                            cdn.path("share").asInt(said.path("share").asInt(100)) + " %",
                            Trees.text(said, "since"),
                            Trees.text(said, "by"),
                            Trees.text(said, "reason"));
                    details.addAll(details(cdn, said));
                }
                var lines = new ArrayList<>(
                        table.isEmpty() ? List.of("no CDN: bytes come from the regions") : table.lines());
                lines.addAll(details);
                if (!table.isEmpty()) {
                    lines.add("breaker: " + Trees.text(reply.tree(), "breaker") + ", without any CDN for proof: "
                            + reply.tree().path("dark").asInt() + " % of browsers");
                    dark(reply.tree().path("darkSeen")).ifPresent(lines::add);
                }
                lines.add("service worker: " + Trees.text(reply.tree(), "worker") + ", first visit: "
                        + Trees.text(reply.tree(), "firstVisit") + ", telemetry: "
                        + Trees.text(reply.tree(), "telemetry"));
                return lines;
            });
            return ExitCode.DONE;
        }

        /** What came of browsers that were drawn to ask no CDN; empty where nobody can say. */
        private static Optional<String> dark(JsonNode seen) {
            if (seen.path("places").asInt() == 0) {
                return Optional.empty();
            }
            var within = " within " + seen.path("windowHours").asInt() + " h, by "
                    + seen.path("places").asInt() + " regions";
            long sessions = seen.path("sessions").asLong();
            long failing = seen.path("failing").asLong();
            return Optional.of(
                    sessions == 0
                            ? "  without any CDN: no session has told of it" + within
                            : "  without any CDN: " + sessions + (sessions == 1 ? " session" : " sessions") + within
                                    + ", " + seen.path("files").asLong() + " files, "
                                    + (failing == 0 ? "none was lacking" : failing + " lacked a file") + "; last "
                                    + Trees.text(seen, "lastAt"));
        }

        /** What its breaker rests on and waits for. */
        private static List<String> details(JsonNode cdn, JsonNode said) {
            var details = new ArrayList<String>();
            said.path("evidence").forEach(fact -> details.add("  " + Trees.text(cdn, "name") + ": " + fact.asString()));
            if (!Trees.text(cdn, "watched").isEmpty()) {
                details.add("  " + Trees.text(cdn, "name") + ": " + Trees.text(cdn, "watched"));
            }
            return details;
        }

        private static JsonNode said(JsonNode delivery, String cdn) {
            return delivery.path("breakers")
                    .valueStream()
                    .filter(breaker -> Trees.text(breaker, "cdn").equals(cdn))
                    .findFirst()
                    .orElse(JsonNodeFactory.instance.missingNode());
        }
    }

    /** {@code cdn config}. */
    @Command(
            name = "config",
            description = "Prints the configuration of a cache that pulls from the regions.",
            footer = {
                "",
                "Examples:",
                "  portolan cdn config nginx --listen 8080 > /etc/nginx/conf.d/portolan.conf",
                "  portolan env set prod --cdn edge=https://cdn.example.net/CDN"
            })
    static final class Config extends Verb {
        private static final List<String> KINDS = List.of("nginx", "varnish", "cloudfront");

        @Parameters(paramLabel = "KIND", description = "nginx, varnish or cloudfront.")
        private String kind;

        @Option(names = "--environment", paramLabel = "E", defaultValue = "", description = "The last unless given.")
        private String environment = "";

        @Option(names = "--listen", paramLabel = "ADDRESS", defaultValue = "8080", description = "[ADDRESS:]PORT.")
        private String listen = "8080";

        @Option(
                names = "--cache",
                paramLabel = "DIR",
                defaultValue = "/var/cache/nginx/portolan",
                description = "Folder of nginx's kept files (${DEFAULT-VALUE}).")
        private String cache = "";

        @Option(
                names = "--size",
                paramLabel = "SIZE",
                defaultValue = "10g",
                description = "Most that is kept (${DEFAULT-VALUE}).")
        private String size = "10g";

        @Option(
                names = "--purge-from",
                paramLabel = "NETWORK",
                description =
                        "May have a wrong file forgotten, beside the cache's own machine and nodes with an address in their URL.")
        private List<String> purgers = new ArrayList<>();

        @Override
        protected int run() {
            if (!KINDS.contains(kind)) {
                throw usage("cdn config: " + kind + " (expected: one of " + String.join(", ", KINDS) + ")");
            }
            purgers.stream()
                    .filter(network -> !network.matches("[0-9A-Fa-f.:]+(/[0-9]{1,3})?"))
                    .findFirst()
                    .ifPresent(network -> {
                        throw usage("cdn config: --purge-from " + network + " (expected: such as 10.0.0.0/8)");
                    });
            if (!listen.matches("[0-9A-Za-z.:\\[\\]-]+")
                    || !cache.matches("[^\\s;{}\"']+")
                    || !size.matches("[0-9]+[kmgKMG]?")) {
                throw usage("cdn config: --listen " + listen + " --cache " + cache + " --size " + size
                        + " (expected: an address, a path without spaces, and a size such as 10g)");
            }
            var configuration = configuration(environment(api(), environment));
            portolan()
                    .console()
                    .out()
                    .print(
                            switch (kind) {
                                case "nginx" -> configuration.nginx();
                                case "varnish" -> configuration.varnish();
                                default -> configuration.cloudfront();
                            });
            portolan().console().out().flush();
            return ExitCode.DONE;
        }

        private CdnConfiguration configuration(String name) {
            var zone = Trees.text(
                    api().get("/v1/environments/" + Api.segment(name)).tree(), "zone");
            var nodes = new ArrayList<URI>();
            for (var node : api().get("/v1/nodes").items()) {
                if (Trees.text(node, "environment").equals(name)
                        && Trees.text(node, "kind").equals("region")
                        && !Trees.text(node, "url").isEmpty()) {
                    nodes.add(URI.create(Trees.text(node, "url")));
                }
            }
            if (nodes.isEmpty()) {
                throw new CommandFailure(
                        ExitCode.CONFLICT, "cdn config: no region node of " + name + " has joined yet");
            }
            var scheme = nodes.getFirst().getScheme();
            nodes.removeIf(node -> node.getHost() == null || !scheme.equals(node.getScheme()));
            return new CdnConfiguration(name, zone, nodes, listen, cache, size, purgers);
        }
    }

    static String deliveryOf(String environment) {
        return "/v1/environments/" + Api.segment(environment) + "/delivery";
    }

    /** The environment named, or the last of the train. */
    static String environment(Api api, String named) {
        return named.isEmpty() ? Trees.text(last(api.get("/v1/environments").items()), "name") : named;
    }

    private static JsonNode last(List<JsonNode> environments) {
        if (environments.isEmpty()) {
            throw new CommandFailure(ExitCode.CONFLICT, "environments: there is none");
        }
        return environments.getLast();
    }
}
