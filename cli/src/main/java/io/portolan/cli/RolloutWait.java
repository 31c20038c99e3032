package io.portolan.cli;

import io.portolan.model.RolloutState;
import io.portolan.model.StageState;
import io.portolan.protocol.rest.RolloutBody;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;
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
            "3 when it was reverted, 1 when it ended well and was never seen as it was waited for."
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
        return new RolloutFollower(portolan()).until(id, target, target(), When.duration(timeout));
    }

    private Predicate<RolloutBody> target() {
        if (!target.startsWith("stage=")) {
            var state = state(RolloutState.class, target);
            return body -> body.state() == state;
        }
        var parts = target.substring("stage=".length()).split(":", -1);
        if (parts.length != 2) {
            throw usage("--for: " + target + " (expected: stage=NAME:STATE)");
        }
        var state = state(StageState.class, parts[1]);
        return body -> reached(stage(body, parts[0]).state(), state);
    }

    private RolloutBody.StageBody stage(RolloutBody body, String name) {
        return body.stages().stream()
                .filter(stage -> stage.name().equals(name))
                .findFirst()
                .orElseThrow(() -> usage("--for: " + target + ": stage " + name + " (expected: one of "
                        + body.stages().stream()
                                .map(RolloutBody.StageBody::name)
                                .collect(Collectors.joining(", "))
                        + ")"));
    }

    private <T extends Enum<T>> T state(Class<T> states, String text) {
        var word = text.toUpperCase(Locale.ROOT);
        return Arrays.stream(states.getEnumConstants())
                .filter(state -> state.name().equals(word))
                .findFirst()
                .orElseThrow(() -> usage("--for: " + target + ": state " + text + " (expected: one of "
                        + Arrays.stream(states.getEnumConstants())
                                .map(Enum::name)
                                .collect(Collectors.joining(", "))
                        + ")"));
    }

    // A stage that moves fast may be past the awaited state when we look; one without regions has nothing to seal.
    private static boolean reached(StageState actual, StageState wanted) {
        if (wanted == StageState.REVERTED || wanted == StageState.SKIPPED || wanted == StageState.PENDING) {
            return actual == wanted;
        }
        return actual == StageState.SKIPPED || (actual != StageState.REVERTED && actual.ordinal() >= wanted.ordinal());
    }
}
