package io.portolan.cli;

import io.portolan.protocol.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** {@code route set}. One thread at a time. */
@Command(
        name = "set",
        description = {
            "Sets the routing method of an extension in an environment.",
            "Without --endpoint it is over every region of the placement; what is more is said by a YAML or JSON file.",
            "Directors give it to a growing share of the clients; the profile that it replaces comes back at once."
        },
        footer = {
            "",
            "Examples:",
            "  portolan route set Contoso_Orders --profile priority --endpoint westus --endpoint westeurope --yes",
            "  portolan route set Contoso_Orders --profile weighted --endpoint westus=9 --endpoint westeurope=1 --yes",
            "  portolan route set Contoso_Orders --profile orders-routing.yaml --yes",
            "  portolan route set Contoso_Orders --profile performance --yes     (the default again)"
        })
final class RouteSet extends Verb {
    private static final int FILE_LIMIT_BYTES = 4 << 20;

    /** Stands for an endpoint that was given none, as text of {@link Integer#MIN_VALUE}. */
    private static final String NO_NUMBER = "-2147483648";

    @Parameters(paramLabel = "NAME", description = "Name of the extension.")
    private String name;

    @Option(
            names = "--profile",
            required = true,
            paramLabel = "METHOD|FILE",
            description = "performance, priority, weighted or multivalue; or a YAML or JSON file.")
    private String profile;

    @Option(
            names = "--endpoint",
            paramLabel = "REGION[=N]",
            mapFallbackValue = NO_NUMBER,
            description = "Region in the order of priority; N is its priority or weight; may be repeated.")
    private Map<String, Integer> endpoints = new LinkedHashMap<>();

    @Option(
            names = "--environment",
            paramLabel = "E",
            defaultValue = "",
            description = "Environment; the last of the train unless given.")
    private String environment = "";

    @Option(
            names = "--ramp",
            paramLabel = "D",
            defaultValue = "",
            description =
                    "How long until all clients have it, 0s for at once; 10m, or the least bake of the environment "
                            + "where that is shorter, unless given.")
    private String ramp = "";

    @Override
    protected int run() {
        var wanted = wanted();
        var where = portolan().environment(environment);
        portolan().confirm("Set the routing of " + name + " in " + where + " to " + method(wanted) + "?");
        var reply = api().put(
                        "/v1/extensions/" + Api.segment(name) + "/environments/" + Api.segment(where) + "/profile"
                                + (ramp.isEmpty() ? "" : "?ramp=" + When.duration(ramp)),
                        wanted);
        portolan().print(reply, () -> described(where, wanted, reply.tree()));
        return ExitCode.DONE;
    }

    /** A dry run also says what to think of it. */
    private List<String> described(String where, JsonNode wanted, JsonNode answer) {
        var lines = new ArrayList<String>();
        lines.add((portolan().dryRun() ? "would route " : "routes ") + name + " in " + where + " by " + method(wanted));
        var replaced = answer.path("replaced");
        var gone = replaced.isObject() ? Trees.time(replaced, "goneAt") : null;
        if (gone != null) {
            lines.add("  for " + replaced.path("clients").asInt() / 10 + " % of the clients now, for all at "
                    + gone.truncatedTo(ChronoUnit.SECONDS)
                    + "; until then the method before comes back at once by setting it");
        }
        if (portolan().dryRun()) {
            lines.addAll(RouteLintCommand.lines(api().post(RouteLintCommand.path(name, where), wanted)));
        }
        return lines;
    }

    private static String method(JsonNode profile) {
        return profile.isString()
                ? profile.stringValue()
                : profile.path("method").asString("performance");
    }

    private JsonNode wanted() {
        if (!profile.matches("[a-z]{1,20}")) {
            if (!endpoints.isEmpty()) {
                throw usage("--endpoint: the file says the endpoints (expected: one of both)");
            }
            return file(Path.of(profile));
        }
        var node = Json.mapper().createObjectNode().put("method", profile);
        if (!endpoints.isEmpty()) {
            var array = node.putArray("endpoints");
            endpoints.forEach((region, number) -> endpoint(array.addObject().put("region", region), number));
        }
        return node;
    }

    private void endpoint(ObjectNode node, int number) {
        if (number == Integer.MIN_VALUE) {
            return;
        }
        switch (profile) {
            case "weighted" -> node.put("weight", number);
            case "priority" -> node.put("priority", number);
            default ->
                throw usage("--endpoint " + node.path("region").stringValue() + "=" + number + ": " + profile
                        + " has no numbers (expected: weighted or priority)");
        }
    }

    private JsonNode file(Path path) {
        try {
            if (Files.size(path) > FILE_LIMIT_BYTES) {
                throw usage("profile " + path + ": larger than " + FILE_LIMIT_BYTES + " bytes");
            }
            boolean json = path.toString().endsWith(".json");
            return (json ? Json.mapper() : new YAMLMapper()).readTree(Files.readAllBytes(path));
        } catch (IOException e) {
            throw usage("profile " + path + ": cannot be read (expected: a method or a YAML or JSON file)");
        } catch (JacksonException e) {
            throw usage("profile " + path + ": " + e.getOriginalMessage());
        }
    }
}
