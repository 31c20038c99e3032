package io.portolan.dist;

import io.portolan.cli.Cli;
import io.portolan.cli.Console;
import java.time.InstantSource;

/** The one entry point: the command line with the commands that run components added. */
public final class Main {
    /** Property of the JVM that sets the clock forward, such as {@code 5s}; {@code PT-5S} sets it back. */
    private static final String OFFSET = "portolan.clock-offset";

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        int code = run(Console.ofProcess(clock()), arguments);
        System.exit(code);
    }

    /** The machine's clock, or one that is off by {@value #OFFSET}: what a machine with a wrong clock does can be seen on any. */
    private static InstantSource clock() {
        var off = System.getProperty(OFFSET, "");
        var system = InstantSource.system();
        if (off.isEmpty()) {
            return system;
        }
        var by = Units.duration(off);
        return () -> system.instant().plus(by);
    }

    /** Runs one command. */
    static int run(Console console, String... arguments) {
        var line = Cli.commandLine(console);
        line.addSubcommand("dev", new DevCommand()).addSubcommand("serve", new ServeCommand());
        return Cli.run(line, arguments);
    }
}
