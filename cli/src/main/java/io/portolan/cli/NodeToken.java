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
            "Makes a token with which one node of one added region joins, once. It is shown here and never again; what is kept is",
            "its digest."
        },
        footer = {"", "Example:", "  portolan node token japaneast > join-token"})
final class NodeToken extends Verb {
    @Parameters(paramLabel = "REGION", description = "Name of the region.")
    private String region;

    @Option(
            names = "--expires",
            paramLabel = "D",
            defaultValue = "1h",
            description = "How long it is good for; 1h unless given.")
    private String expires = "1h";

    @Override
    protected int run() {
        var body = new TreeMap<String, String>();
        body.put("expires", When.duration(expires).toString());
        var reply = api().post("/v1/regions/" + Api.segment(region) + "/tokens", body);
        portolan()
                .print(
                        reply,
                        // One that was only tried lets nobody in.
                        () -> List.of(
                                portolan().dryRun()
                                        ? "would make a token for a node of " + region
                                        : reply.as(BringUpBody.TokenBody.class).token()));
        return ExitCode.DONE;
    }
}
