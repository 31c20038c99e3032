package io.portolan.cli;

import java.util.List;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code region drain}. One thread at a time. */
@Command(
        name = "drain",
        description = {
            "Takes a region out of the answers, everywhere at once.",
            "Refused, with the figures, where the rest could not carry the load."
        },
        footer = {"", "Example:", "  portolan region drain westus --reason 'power works on Tuesday' --yes"})
final class RegionDrain extends Verb {
    @Parameters(paramLabel = "REGION", description = "Name of the region.")
    private String name;

    @Option(names = "--reason", paramLabel = "T", defaultValue = "", description = "Why; stands in the log.")
    private String reason = "";

    @Override
    protected int run() {
        portolan().confirm("Drain " + name + "? Its users go to their next region.");
        var body = new TreeMap<String, String>();
        body.put("reason", reason);
        var reply = api().post("/v1/regions/" + Api.segment(name) + "/drain", body);
        portolan()
                .print(
                        reply,
                        () -> List.of(
                                (portolan().dryRun() ? "would drain " : "draining ") + name + ": "
                                        + Trees.text(reply.tree(), "verdict"),
                                "back with: portolan region undrain " + name));
        return ExitCode.DONE;
    }
}
