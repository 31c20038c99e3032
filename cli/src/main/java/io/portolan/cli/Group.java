package io.portolan.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A noun without a verb: shows its verbs. One thread at a time. */
abstract class Group implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private boolean help;

    @Override
    public final void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "a verb is missing after: " + spec.qualifiedName());
    }
}
