package io.portolan.cli;

import java.util.List;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cdn reset}. One thread at a time. */
@Command(
        name = "reset",
        description = "Gives a CDN back to a share of browsers, or to all.",
        footer = {"", "Example:", "  portolan cdn reset edge --share 10 --reason 'it is mended'"})
final class CdnReset extends Verb {
    @Parameters(paramLabel = "CDN", description = "Name of the CDN.")
    private String name;

    @Option(names = "--environment", paramLabel = "E", defaultValue = "", description = "The last unless given.")
    private String environment = "";

    @Option(
            names = "--share",
            paramLabel = "PERCENT",
            defaultValue = "100",
            description = "Of browsers that ask it again, 1 to 100 (${DEFAULT-VALUE}).")
    private int share = 100;

    @Option(names = "--reason", paramLabel = "T", defaultValue = "", description = "Why; stands in the log.")
    private String reason = "";

    @Override
    protected int run() {
        var body = new TreeMap<String, Object>();
        body.put("reason", reason);
        body.put("share", share);
        var reply = api().post(
                        "/v1/environments/" + Api.segment(CdnCommands.environment(api(), environment)) + "/cdns/"
                                + Api.segment(name) + "/reset",
                        body);
        portolan()
                .print(
                        reply,
                        () -> List.of((portolan().dryRun() ? "would give CDN " : "gave CDN ") + name + " back to "
                                + share + " % of browsers"));
        return ExitCode.DONE;
    }
}
