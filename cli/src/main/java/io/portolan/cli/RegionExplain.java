package io.portolan.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code region explain}. One thread at a time. */
@Command(name = "explain", description = "Says in one sentence what a region waits for, until when, and who can act.")
final class RegionExplain extends Verb {
    @Parameters(paramLabel = "REGION", description = "Name of the region.")
    private String name;

    @Override
    protected int run() {
        var reply = api().get("/v1/regions/" + Api.segment(name) + "/explain");
        portolan().print(reply, () -> List.of(Trees.text(reply.tree(), "text")));
        return ExitCode.DONE;
    }
}
