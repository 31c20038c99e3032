package io.portolan.cli;

import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/**
 * {@code node release}: lifts what a node set aside because loading it crashed the node. One thread at a time.
 *
 * <p>It works in the node's folder, on the machine of the node: what it lifts is there and nowhere else, and a node that crashes
 * at each start answers nobody. The node itself deletes what it set aside, when it finds the file {@code release}.
 */
@Command(
        name = "release",
        description = {
            "Lifts what a node set aside: the extensions or the revision that it was loading at three starts in a row that did"
                    + " not get ready. Runs on the node's machine. A running node loads them again within seconds, a stopped one"
                    + " at its next start; what crashes it again is set aside again.",
        },
        footer = {
            "",
            "Examples:",
            "  portolan node release westus                       (a node of portolan dev, in .portolan)",
            "  portolan node release /var/lib/portolan/node       (the folder of a node's settings file)",
            "  portolan node release westus --dry-run             (only shows what is set aside)"
        })
final class NodeRelease extends Verb {
    private static final Pattern REASON = Pattern.compile("set aside (?:at (\\S+))?: ?(.*)", Pattern.DOTALL);

    @Parameters(index = "0", paramLabel = "NODE", description = "Folder of the node, or its region below --data.")
    private String node;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = ".portolan",
            description = "Data of portolan dev (default: ${DEFAULT-VALUE}).")
    private Path data;

    @Override
    protected int run() {
        var folder = folder();
        try {
            var items = setAside(folder.resolve("set-aside.json"));
            boolean lifts = !items.isEmpty() && !portolan().dryRun();
            if (lifts) {
                Files.writeString(folder.resolve("release"), "");
            }
            var body = new LinkedHashMap<String, Object>();
            body.put("folder", folder.toString());
            body.put("setAside", items);
            body.put("released", lifts);
            portolan().print(new Reply(200, Json.bytes(body), ""), () -> lines(items, lifts));
            return ExitCode.DONE;
        } catch (IOException | MalformedJson e) {
            throw new CommandFailure(ExitCode.FAILED, "releasing " + folder + ": " + e.getMessage());
        }
    }

    private static List<String> lines(List<Map<String, String>> items, boolean lifts) {
        if (items.isEmpty()) {
            return List.of("nothing is set aside");
        }
        var table = new Table("SET ASIDE", "SINCE", "WHY");
        items.forEach(item -> table.row(
                item.getOrDefault("kind", "") + " " + item.getOrDefault("name", ""),
                item.getOrDefault("since", ""),
                item.getOrDefault("reason", "")));
        var lines = new ArrayList<>(table.lines());
        lines.add(
                lifts
                        ? Paint.GOOD.mark(
                                "released: the node loads it again, at once if it runs, else at its next start")
                        : "not released: --dry-run");
        return lines;
    }

    private Path folder() {
        var work = portolan().console().folder();
        var named = work.resolve(node);
        var folder = isNode(named)
                ? named
                : work.resolve(data).resolve("regions").resolve(node.startsWith("node-") ? node.substring(5) : node);
        if (!isNode(folder)) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "node: " + node + " (expected: the folder of a node, or a region below " + data.resolve("regions")
                            + "; looked at " + named.normalize() + " and " + folder.normalize() + ")");
        }
        return folder.normalize();
    }

    private static boolean isNode(Path folder) {
        return Files.isDirectory(folder.resolve("revisions"));
    }

    private static List<Map<String, String>> setAside(Path file) throws IOException {
        var items = new ArrayList<Map<String, String>>();
        if (!Files.exists(file)) {
            return items;
        }
        var stored = Json.read(Files.readAllBytes(file), JsonNode.class);
        stored.path("extensions")
                .properties()
                .forEach(entry -> items.add(item(
                        "extension",
                        entry.getKey(),
                        entry.getValue().path("reason").asString(""))));
        stored.path("revisions")
                .properties()
                .forEach(entry -> items.add(
                        item("revision", entry.getKey(), entry.getValue().asString(""))));
        return items;
    }

    private static Map<String, String> item(String kind, String name, String reason) {
        var parts = REASON.matcher(reason);
        boolean known = parts.matches();
        var item = new LinkedHashMap<String, String>();
        item.put("kind", kind);
        item.put("name", name);
        item.put("since", known && parts.group(1) != null ? parts.group(1) : "");
        item.put("reason", known ? parts.group(2) : reason);
        return item;
    }
}
