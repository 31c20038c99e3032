package io.portolan.cli;

import io.portolan.protocol.rest.VersionBody;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Lists the published versions of an extension. One thread at a time. */
@Command(
        name = "versions",
        description = "Lists the published versions of an extension and where they are live.",
        footer = {"", "Example:", "  portolan versions Contoso_Orders"})
final class VersionsCommand extends Verb {
    @Parameters(paramLabel = "NAME", description = "Name of the extension.")
    private String name;

    @Override
    protected int run() {
        var reply = api().get("/v1/extensions/" + Api.segment(name) + "/versions");
        portolan().print(reply, () -> {
            var now = portolan().console().clock().instant();
            var table = new Table("VERSION", "STATE", "SIZE", "FILES", "PUBLISHED", "BY", "DIGEST", "LIVE");
            for (var version : reply.items(VersionBody.class)) {
                table.row(
                        version.version(),
                        Paint.state(version.state().name()),
                        When.size(version.sizeBytes()),
                        version.fileCount(),
                        When.ago(version.publishedAt(), now),
                        version.publishedBy(),
                        version.digest().value().substring(0, 12),
                        live(version.live()));
            }
            return table.isEmpty()
                    ? List.of("no version; publish one with: portolan publish FOLDER --extension " + name
                            + " --version 1.0.0")
                    : table.lines();
        });
        return ExitCode.DONE;
    }

    private static String live(List<VersionBody.Live> places) {
        Map<String, List<String>> regions = places.stream()
                .collect(Collectors.groupingBy(
                        place -> place.environment().value(),
                        TreeMap::new,
                        Collectors.mapping(place -> place.region().value(), Collectors.toList())));
        return regions.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + String.join(", ", entry.getValue()))
                .collect(Collectors.joining("; "));
    }
}
