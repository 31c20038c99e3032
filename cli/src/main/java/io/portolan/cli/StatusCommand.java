package io.portolan.cli;

import io.portolan.protocol.Json;
import io.portolan.protocol.rest.StatusBody;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Shows which version every region should serve and does serve. One thread at a time. */
@Command(
        name = "status",
        description = "Shows which version every region should serve and does serve.",
        footer = {"", "Examples:", "  portolan status", "  portolan status Contoso_Orders --output json"})
final class StatusCommand extends Verb {
    /** A node that was silent for longer is stale; it reports every 5 s. */
    private static final Duration SILENCE = Duration.ofSeconds(15);

    @Parameters(arity = "0..1", paramLabel = "NAME", description = "Name of the extension; all unless given.")
    private @Nullable String name;

    @Override
    protected int run() {
        if (name != null) {
            var reply = api().get(path(name));
            portolan().print(reply, () -> lines(reply.as(StatusBody.class)));
            return ExitCode.DONE;
        }
        var bodies = new ArrayList<JsonNode>();
        for (var extension : api().get("/v1/extensions").items()) {
            bodies.add(api().get(path(Trees.text(extension, "name"))).tree());
        }
        var whole = new LinkedHashMap<String, Object>();
        whole.put("items", bodies);
        whole.put("next", Json.mapper().nullNode());
        var reply = new Reply(200, Json.bytes(whole), "");
        portolan().print(reply, () -> {
            var lines = new ArrayList<String>();
            for (var body : reply.items(StatusBody.class)) {
                if (!lines.isEmpty()) {
                    lines.add("");
                }
                lines.addAll(lines(body));
            }
            return lines.isEmpty()
                    ? List.of("no extension; register one with: portolan ext register NAME --route R")
                    : lines;
        });
        return ExitCode.DONE;
    }

    private static String path(String extension) {
        return "/v1/extensions/" + Api.segment(extension) + "/status";
    }

    private List<String> lines(StatusBody body) {
        var now = portolan().console().clock().instant();
        var lines = new ArrayList<String>();
        var warnings = new ArrayList<String>();
        for (var environment : body.environments()) {
            lines.add(Paint.HEADING.mark(body.extension() + " in " + environment.environment()));
            var table = new Table("STAGE", "REGION", "DESIRED", "ACTUAL", "CONVERGED", "REVISION", "NODES");
            for (var region : environment.regions()) {
                table.row(
                        region.stage(),
                        region.region(),
                        region.desired() == null ? "" : region.desired(),
                        region.actual() == null ? "" : region.actual(),
                        Paint.state(region.converged() ? "yes" : "no"),
                        region.nodes().stream()
                                .map(node -> node.epoch() + "." + node.revision())
                                .distinct()
                                .collect(Collectors.joining(", ")),
                        region.nodes().stream().map(node -> node(node, now)).collect(Collectors.joining(", ")));
                region.nodes().forEach(node -> warnings.addAll(warnings(node)));
            }
            table.lines().forEach(line -> lines.add("  " + line));
        }
        warnings.forEach(warning -> lines.add("  " + Paint.WARN.mark(warning)));
        return lines;
    }

    private static String node(StatusBody.Node node, Instant now) {
        if (!node.inRotation()) {
            return Paint.BAD.mark(node.id() + " (out of rotation)");
        }
        var at = node.at();
        return at == null || Duration.between(at, now).compareTo(SILENCE) > 0
                ? Paint.WARN.mark(node.id() + " (silent"
                        + (at == null ? "" : " for " + When.text(Duration.between(at, now))) + ")")
                : node.id();
    }

    private static List<String> warnings(StatusBody.Node node) {
        var warnings = new ArrayList<String>();
        for (var entry : node.quarantined()) {
            warnings.add(node.id() + ": " + entry.extension() + " is quarantined: " + entry.reason());
        }
        if (!node.lastError().isEmpty()) {
            warnings.add(node.id() + ": " + node.lastError());
        }
        return warnings;
    }
}
