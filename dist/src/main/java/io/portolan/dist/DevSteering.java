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
}
