package io.portolan.cli;

import io.portolan.protocol.rest.BringUpBody;
import java.util.List;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code node token}. One thread at a time. */
@Command(
        name = "token",
        description = {
            "Makes a token with which one node of one added region joins, or one director of an environment, once. It is shown",
            "here and never again; what is kept is its digest."
        },
        footer = {
            "",
            "Examples:",
            "  portolan node token japaneast > join-token",
            "  portolan node token --director --environment gov > join-token"
        })
final class NodeToken extends Verb {
    @Parameters(
            paramLabel = "REGION",
            arity = "0..1",
            defaultValue = "",
            description = "Name of the region; none with --director.")
    private String region = "";

    @Option(names = "--director", description = "For a director, which answers for all regions of an environment.")
    private boolean director;

    @Option(
            names = "--environment",
            paramLabel = "E",
            defaultValue = "",
            description = "Environment of the director; the last of the train unless given.")
    private String environment = "";

    @Option(
            names = "--expires",
            paramLabel = "D",
            defaultValue = "1h",
            description = "How long it is good for; 1h unless given.")
    private String expires = "1h";

    @Override
    protected int run() {
        if (director != region.isEmpty()) {
            throw usage(director ? "REGION: " + region + " (expected: none with --director)" : "REGION: missing");
        }
        var body = new TreeMap<String, String>();
        body.put("expires", When.duration(expires).toString());
        var where = director ? portolan().environment(environment) : "";
        var reply = api().post(
                        director
                                ? "/v1/environments/" + Api.segment(where) + "/director-tokens"
                                : "/v1/regions/" + Api.segment(region) + "/tokens",
                        body);
        portolan()
                .print(
                        reply,
                        // One that was only tried lets nobody in.
                        () -> List.of(
                                portolan().dryRun()
                                        ? "would make a token for "
                                                + (director ? "a director of " + where : "a node of " + region)
                                        : reply.as(BringUpBody.TokenBody.class).token()));
        return ExitCode.DONE;
    }
}
