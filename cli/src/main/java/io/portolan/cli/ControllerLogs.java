package io.portolan.cli;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code controller logs}. One thread at a time. */
@Command(
        name = "logs",
        description = {
            "Shows what a controller's processes wrote last, of each node; secrets are taken out.",
            "What runs on a cluster has its logs there: kubectl logs."
        },
        footer = {"", "Example:", "  portolan controller logs Contoso_Orders quotes --version 1.2.0 --region westeurope"
        })
final class ControllerLogs extends Verb {
    @Parameters(index = "0", paramLabel = "EXTENSION", description = "Whose.")
    @Nullable
    private String extension;

    @Parameters(index = "1", paramLabel = "CONTROLLER", description = "Its name.")
    @Nullable
    private String controller;

    @Option(names = "--version", required = true, paramLabel = "VERSION", description = "Of which version.")
    @Nullable
    private String version;

    @Option(names = "--region", paramLabel = "REGION", defaultValue = "", description = "Only this region's nodes.")
    private String region = "";

    @Override
    protected int run() {
        var route = Trees.text(
                api().get("/v1/extensions/" + Api.segment(Objects.requireNonNull(extension)))
                        .tree(),
                "route");
        var path =
                "/" + Api.segment(route) + "/-/controller-log?version=" + Api.segment(Objects.requireNonNull(version))
                        + "&controller=" + Api.segment(Objects.requireNonNull(controller));
        var silent = new ArrayList<String>();
        var out = portolan().console().out();
        try (var question = new NodeQuestion(portolan().console())) {
            for (var node : NodeQuestion.nodes(api(), region)) {
                var said = question.ask(node, path);
                if (said.problem().isEmpty()) {
                    out.println("=== " + node.id() + " (" + node.region() + ")");
                    out.print(new String(said.body(), StandardCharsets.UTF_8));
                } else {
                    silent.add(node.id() + ": " + said.problem());
                }
            }
        }
        out.flush();
        silent.forEach(line -> portolan().console().err().println(line));
        return silent.isEmpty() ? ExitCode.DONE : ExitCode.UNREACHABLE;
    }
}
