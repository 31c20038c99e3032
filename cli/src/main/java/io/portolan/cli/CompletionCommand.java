package io.portolan.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the completion script for bash and zsh. One thread at a time. */
@Command(
        name = "completion",
        description = "Prints a script that completes commands in bash and zsh.",
        footer = {"", "Example:", "  source <(portolan completion)"})
final class CompletionCommand extends Verb {
    @Spec
    private CommandSpec spec;

    @Override
    protected int run() {
        portolan()
                .console()
                .out()
                .print(AutoComplete.bash("portolan", spec.root().commandLine()));
        return ExitCode.DONE;
    }
}
