package io.portolan.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Verbs that stop a region on its way and let it go on. One thread at a time. */
abstract class RegionSteering extends Verb {
    @Parameters(paramLabel = "REGION", description = "Name of the region.")
    private String name;

    @Option(names = "--reason", paramLabel = "T", defaultValue = "", description = "Why; stands in the log.")
    private String reason = "";

    private final String word;

    RegionSteering(String word) {
        this.word = word;
    }

    @Override
    protected final int run() {
        var reply = api().post("/v1/regions/" + Api.segment(name) + "/" + word, Map.of("reason", reason));
        portolan()
                .print(
                        reply,
                        () -> List.of(name
                                + (portolan().dryRun() ? " would be " : " is ")
                                + Trees.text(reply.tree(), "state")));
        return ExitCode.DONE;
    }

    /** {@code region hold}. */
    @Command(name = "hold", description = "Stops a new region where it is; users that it had go elsewhere.")
    static final class Hold extends RegionSteering {
        Hold() {
            super("hold");
        }
    }

    /** {@code region resume}. */
    @Command(name = "resume", description = "Lets a held region go on where it was held, from DARK if it had users.")
    static final class Resume extends RegionSteering {
        Resume() {
            super("resume");
        }
    }
}
