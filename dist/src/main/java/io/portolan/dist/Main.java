package io.portolan.dist;

import io.portolan.cli.Cli;
import io.portolan.cli.Console;
import java.time.InstantSource;

/** The one entry point: the command line with the commands that run components added. */
public final class Main {
    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        int code = run(Console.ofProcess(InstantSource.system()), arguments);
        System.exit(code);
    }

    /** Runs one command. */
    static int run(Console console, String... arguments) {
        var line = Cli.commandLine(console);
        line.addSubcommand("dev", new DevCommand()).addSubcommand("serve", new ServeCommand());
        return Cli.run(line, arguments);
    }
}
