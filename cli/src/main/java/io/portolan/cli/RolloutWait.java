package io.portolan.cli;

import io.portolan.model.RolloutState;
import io.portolan.model.StageState;
import io.portolan.protocol.rest.RolloutBody;
import java.util.Locale;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Waits for a state of a rollout. One thread at a time. */
@Command(
        name = "wait",
        description = "Waits until a rollout, or one of its stages, has a state.",
        footer = {
            "",
            "Examples:",
            "  portolan rollout wait ro-12",
            "  portolan rollout wait ro-12 --for stage=stage3:SEALED --timeout 2h",
            "",
            "Ends with 7 after the timeout, 5 where a stage must be approved, 8 where only a person can let it go on,",
            "3 when it was reverted."
        })
final class RolloutWait extends Verb {
    @Parameters(paramLabel = "ID", description = "Id of the rollout.")
    private String id;

    @Option(
            names = "--for",
            paramLabel = "WHAT",
            defaultValue = "SUCCEEDED",
            description = "A state of the rollout, or stage=NAME:STATE; SUCCEEDED unless given.")
    private String target = "SUCCEEDED";

    @Option(
            names = "--timeout",
            paramLabel = "D",
            defaultValue = "24h",
            description = "How long to wait, 24h unless given.")
    private String timeout = "24h";

    @Override
    protected int run() {
        return new RolloutFollower(portolan()).until(id, target(), When.duration(timeout));
    }

    private Predicate<RolloutBody> target() {
        if (!target.startsWith("stage=")) {
            var state = RolloutState.valueOf(upper(target));
            return body -> body.state() == state;
        }
        var parts = target.substring("stage=".length()).split(":", -1);
        if (parts.length != 2) {
            throw usage("--for: " + target + " (expected: stage=NAME:STATE)");
        }
        var state = StageState.valueOf(upper(parts[1]));
        return body -> body.stages().stream()
                .anyMatch(stage -> stage.name().equals(parts[0]) && reached(stage.state(), state));
    }

    // A stage that moves fast may be past the awaited state when we look.
    private static boolean reached(StageState actual, StageState wanted) {
        return actual == wanted
                || wanted != StageState.REVERTED
                        && actual != StageState.REVERTED
                        && actual.ordinal() >= wanted.ordinal()
                        && wanted != StageState.SKIPPED
                        && wanted != StageState.PENDING;
    }

    private static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }
}
