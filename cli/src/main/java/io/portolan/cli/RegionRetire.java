package io.portolan.cli;

import java.util.List;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code region retire}. One thread at a time. */
@Command(
        name = "retire",
        description = {
            "Takes a region away, in two steps. The first drains it, where the rest can carry the load.",
            "When it has no users and is DARK, the second (--final) takes its extensions and revokes the identities of its"
                    + " nodes."
        },
        footer = {
            "",
            "Examples:",
            "  portolan region retire japaneast --reason 'moves to japanwest' --yes",
            "  portolan region retire japaneast --final --yes"
        })
final class RegionRetire extends Verb {
    @Parameters(paramLabel = "REGION", description = "Name of the region.")
    private String name;

    @Option(names = "--reason", paramLabel = "T", defaultValue = "", description = "Why; stands in the log.")
    private String reason = "";

    @Option(names = "--final", description = "The second step.")
    private boolean last;

    @Override
    protected int run() {
        portolan()
                .confirm(
                        last
                                ? "Retire " + name + " for good? The identities of its nodes are revoked."
                                : "Retire " + name + "? Its users go to their next region.");
        var body = new TreeMap<String, Object>();
        body.put("reason", reason);
        body.put("last", last);
        var reply = api().post("/v1/regions/" + Api.segment(name) + "/retire", body);
        portolan()
                .print(
                        reply,
                        () -> List.of(
                                name
                                        + (portolan().dryRun() ? " would be " : " is ")
                                        + Trees.text(reply.tree(), "state"),
                                "see: portolan region show " + name));
        return ExitCode.DONE;
    }
}
