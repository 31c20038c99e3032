package io.portolan.cli;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code region undrain}. One thread at a time. */
@Command(
        name = "undrain",
        description = "Brings a region back: its users return in ten steps over the ramp.",
        footer = {"", "Example:", "  portolan region undrain westus --ramp 30m"})
final class RegionUndrain extends Verb {
    @Parameters(paramLabel = "REGION", description = "Name of the region.")
    private String name;

    @Option(names = "--reason", paramLabel = "T", defaultValue = "", description = "Why; stands in the log.")
    private String reason = "";

    @Option(
            names = "--ramp",
            paramLabel = "D",
            defaultValue = "",
            description = "How long the way back takes; 10m unless given, 0s for all at once.")
    private String ramp = "";

    @Override
    protected int run() {
        var body = new TreeMap<String, String>();
        body.put("reason", reason);
        if (!ramp.isEmpty()) {
            body.put("ramp", When.duration(ramp).toString());
        }
        var reply = api().post("/v1/regions/" + Api.segment(name) + "/undrain", body);
        portolan()
                .print(
                        reply,
                        () -> List.of((portolan().dryRun() ? "would bring back " : "bringing back ")
                                + name
                                + full(Trees.time(reply.tree(), "fullAt"))));
        return ExitCode.DONE;
    }

    /** When the ramp ends, to the second: nobody waits for less. */
    private static String full(@Nullable Instant at) {
        return at == null ? "" : ", with all of its users at " + at.truncatedTo(ChronoUnit.SECONDS);
    }
}
