package io.portolan.cli;

import io.portolan.protocol.rest.RolloutBody;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Verbs that steer a running rollout. One thread at a time. */
abstract class RolloutSteering extends Verb {
    @Parameters(paramLabel = "ID", description = "Id of the rollout.")
    private String id;

    @Option(names = "--reason", paramLabel = "T", description = "Why; goes into the log.")
    private @Nullable String reason;

    /** The last part of the path. */
    abstract String verb();

    /** What to ask before, empty text for nothing. */
    String question(String rollout) {
        return "";
    }

    @Override
    protected final int run() {
        var question = question(id);
        if (!question.isEmpty()) {
            portolan().confirm(question);
        }
        var reply = api().post(RolloutReading.path(id) + "/" + verb(), new RolloutBody.Verb(reason));
        portolan()
                .print(
                        reply,
                        () -> RolloutView.afterwards(
                                reply.as(RolloutBody.class),
                                portolan().console().clock().instant(),
                                portolan().dryRun()));
        return ExitCode.DONE;
    }

    /** {@code rollout pause}. */
    @Command(name = "pause", description = "Pauses a rollout: nothing moves on until it is resumed.")
    static final class Pause extends RolloutSteering {
        @Override
        String verb() {
            return "pause";
        }
    }

    /** {@code rollout resume}. */
    @Command(name = "resume", description = "Lets a paused rollout go on.")
    static final class Resume extends RolloutSteering {
        @Override
        String verb() {
            return "resume";
        }
    }

    /** {@code rollout advance}. */
    @Command(
            name = "advance",
            description = "Ends the present wait after one evaluation of its gate, never below the minimum bake.")
    static final class Advance extends RolloutSteering {
        @Override
        String verb() {
            return "advance";
        }
    }

    /** {@code rollout abort}. */
    @Command(name = "abort", description = "Ends a rollout and takes every region that it touched back.")
    static final class Abort extends RolloutSteering {
        @Override
        String verb() {
            return "abort";
        }

        @Override
        String question(String rollout) {
            return "Abort " + rollout + " and take every region that it touched back?";
        }
    }

    /** {@code rollout halt}. */
    @Command(name = "halt", description = "Ends a rollout and leaves every region as it is.")
    static final class Halt extends RolloutSteering {
        @Override
        String verb() {
            return "halt";
        }

        @Override
        String question(String rollout) {
            return "Halt " + rollout + " and leave its regions on different versions?";
        }
    }
}
