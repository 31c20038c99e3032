package io.portolan.dist;

import io.portolan.cli.CommandFailure;
import io.portolan.cli.ExitCode;
import io.portolan.cli.Verb;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Verbs that reach a running world over its socket. One thread at a time. */
abstract class DevSteering extends Verb {
    @Parameters(paramLabel = "COMPONENT", description = "control, director or node-REGION.")
    private String component;

    @ParentCommand
    private DevCommand dev;

    private final String word;

    DevSteering(String word) {
        this.word = word;
    }

    @Override
    protected final int run() {
        var console = portolan().console();
        var answer = DevSocket.ask(dev.world(), word + " " + component);
        if (!answer.startsWith("ok ")) {
            throw new CommandFailure(
                    ExitCode.FAILED, answer.startsWith("error ") ? answer.substring("error ".length()) : answer);
        }
        console.out().println(answer.substring("ok ".length()));
        return ExitCode.DONE;
    }

    /** {@code dev stop}. */
    @Command(name = "stop", description = "Stops one component of the running world.")
    static final class Stop extends DevSteering {
        Stop() {
            super("stop");
        }
    }

    /** {@code dev start}. */
    @Command(name = "start", description = "Starts a stopped component of the running world.")
    static final class Start extends DevSteering {
        Start() {
            super("start");
        }
    }

    /** {@code dev restart}. */
    @Command(name = "restart", description = "Stops and starts one component of the running world.")
    static final class Restart extends DevSteering {
        Restart() {
            super("restart");
        }
    }

    /** {@code dev add-region}. */
    @Command(
            name = "add-region",
            description = {
                "Adds a region of the bundled list to the running world and starts its node on the next address.",
                "From there to its users it goes by itself: portolan region show NAME tells how far it is."
            })
    static final class AddRegion extends Verb {
        @Parameters(paramLabel = "NAME", description = "A region of the bundled list that the world does not have.")
        private String region;

        @ParentCommand
        private DevCommand dev;

        @Override
        protected int run() {
            var console = portolan().console();
            var answer = DevSocket.ask(dev.world(), "add-region " + region);
            if (!answer.startsWith("ok ")) {
                throw new CommandFailure(
                        ExitCode.FAILED, answer.startsWith("error ") ? answer.substring("error ".length()) : answer);
            }
            console.out().println(answer.substring("ok ".length()));
            return ExitCode.DONE;
        }
    }
}
