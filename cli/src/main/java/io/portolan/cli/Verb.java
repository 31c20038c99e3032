package io.portolan.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that does something; its groups are plain classes. One thread at a time. */
public abstract class Verb implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private boolean help;

    /** Options and helpers that all verbs share. */
    protected final Portolan portolan() {
        return Portolan.of(spec);
    }

    final Api api() {
        return portolan().api();
    }

    /** A failure of usage, answered with a hint at the help of this verb. */
    protected final CommandFailure usage(String message) {
        return new CommandFailure(
                ExitCode.USAGE, message, java.util.List.of("see: " + spec.qualifiedName() + " --help"));
    }

    @Override
    public final Integer call() {
        return run();
    }

    /** Does it; answers the exit code. */
    protected abstract int run();
}
