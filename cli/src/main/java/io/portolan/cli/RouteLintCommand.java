package io.portolan.cli;

import io.portolan.protocol.rest.RouteLintBody;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code route lint}. One thread at a time. */
@Command(
        name = "lint",
        description = {
            "Shows how long a failover takes at worst with an extension's routing method, and what of it will hurt.",
            "Exit code 0 whatever is found; route set --dry-run shows the same for a method that is not set yet."
        },
        footer = {"", "Example:", "  portolan route lint Contoso_Orders --resolvers 40"})
final class RouteLintCommand extends Verb {
    @Parameters(paramLabel = "NAME", description = "Name of the extension.")
    private String name;

    @Option(
            names = "--environment",
            paramLabel = "E",
            defaultValue = "",
            description = "Environment; the last of the train unless given.")
    private String environment = "";

    @Option(
            names = "--resolvers",
            paramLabel = "N",
            defaultValue = "0",
            description = "Distinct resolvers that ask, as far as it is known: for weighted methods.")
    private int resolvers;

    @Override
    protected int run() {
        if (resolvers < 0) {
            throw usage("--resolvers: " + resolvers + " (expected: 0 or more)");
        }
        var reply = api().get(path(name, portolan().environment(environment)) + "?resolvers=" + resolvers);
        portolan().print(reply, () -> lines(reply));
        return ExitCode.DONE;
    }

    static String path(String name, String environment) {
        return "/v1/extensions/" + Api.segment(name) + "/environments/" + Api.segment(environment) + "/profile/lint";
    }

    static List<String> lines(Reply reply) {
        var body = reply.as(RouteLintBody.class);
        var lines = new ArrayList<String>();
        lines.add("failover at worst: " + body.text());
        body.findings()
                .forEach(
                        finding -> lines.add((finding.severity().equals("WARNING") ? Paint.BAD.mark("warning") : "note")
                                + " " + finding.code() + " " + finding.pointer() + ": " + finding.message()));
        if (body.findings().isEmpty()) {
            lines.add("nothing else to say");
        }
        return lines;
    }
}
