package io.portolan.cli;

import java.util.List;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cdn trip}. One thread at a time. */
@Command(
        name = "trip",
        description = {
            "Takes a CDN away from every browser, at once: bytes come from the regions.",
            "It stays away until somebody resets it, whatever else is set of the environment."
        },
        footer = {"", "Example:", "  portolan cdn trip edge --reason 'serves old files' --yes"})
final class CdnTrip extends Verb {
    @Parameters(paramLabel = "CDN", description = "Name of the CDN.")
    private String name;

    @Option(names = "--environment", paramLabel = "E", defaultValue = "", description = "The last unless given.")
    private String environment = "";

    @Option(names = "--reason", paramLabel = "T", defaultValue = "", description = "Why; stands in the log.")
    private String reason = "";

    @Override
    protected int run() {
        portolan().confirm("Trip CDN " + name + "? Every browser gets its files from the regions.");
        var body = new TreeMap<String, Object>();
        body.put("reason", reason);
        var reply = api().post(
                        "/v1/environments/" + Api.segment(CdnCommands.environment(api(), environment)) + "/cdns/"
                                + Api.segment(name) + "/trip",
                        body);
        portolan().print(reply, () -> List.of((portolan().dryRun() ? "would trip CDN " : "tripped CDN ") + name));
        return ExitCode.DONE;
    }
}
