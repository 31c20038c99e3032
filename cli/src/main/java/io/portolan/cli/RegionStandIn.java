package io.portolan.cli;

import io.portolan.protocol.rest.BringUpBody;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code region stand-in}. One thread at a time. */
@Command(
        name = "stand-in",
        description = {
            "Lets a region that only gets its first users (CANARY, RAMPING) take the clients of regions that are down too, all of",
            "those whose next region it is. It was not proved for them; without this no failover ever goes there. Its share of its",
            "own clients stays as it is. It ends after --for, when the region is LIVE, held or back in DARK, and with --end."
        },
        footer = {
            "",
            "Examples:",
            "  portolan region stand-in japaneast --for 30m --reason 'japanwest is down, koreacentral is full' --yes",
            "  portolan region stand-in japaneast --end --reason 'japanwest is back' --yes"
        })
final class RegionStandIn extends Verb {
    @Parameters(paramLabel = "REGION", description = "Name of the region.")
    private String name;

    @Option(
            names = "--for",
            paramLabel = "D",
            defaultValue = "1h",
            description = "For how long; 1h unless given, 24h at most.")
    private String over = "1h";

    @Option(names = "--end", description = "Ends it now.")
    private boolean end;

    @Option(names = "--reason", paramLabel = "T", required = true, description = "Why; stands in the log.")
    private String reason;

    @Override
    protected int run() {
        var time = end ? Duration.ZERO : When.duration(over);
        portolan()
                .confirm(
                        end
                                ? "Let " + name + " stand in for no region any more?"
                                : "Let " + name
                                        + " take clients of regions that are down, though it is not proved for them?");
        var reply = api().post(
                        "/v1/regions/" + Api.segment(name) + "/stand-in",
                        Map.of("over", time.toString(), "reason", reason));
        portolan().print(reply, () -> {
            var until = reply.as(BringUpBody.class).standsInUntil();
            return List.of(name + (portolan().dryRun() ? " would stand" : " stands") + " in for "
                    + (until == null
                            ? "no region any more"
                            : "regions that are down until " + until.truncatedTo(ChronoUnit.SECONDS)
                                    + " or until it is LIVE"));
        });
        return ExitCode.DONE;
    }
}
