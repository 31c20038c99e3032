package io.portolan.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Puts the command line together and runs it. Stateless. */
public final class Cli {
    private Cli() {}

    /** The command line; further verbs can be added before it runs. */
    public static CommandLine commandLine(Console console) {
        var line = new CommandLine(new Portolan(console));
        line.addSubcommand("pack", new PackCommand())
                .addSubcommand("publish", new PublishCommand())
                .addSubcommand("deploy", new DeployCommand())
                .addSubcommand("ext", new ExtensionCommands())
                .addSubcommand("versions", new VersionsCommand())
                .addSubcommand("diff", new DiffCommand())
                .addSubcommand("revoke", new RevokeCommand())
                .addSubcommand("env", new EnvironmentCommands())
                .addSubcommand("region", new RegionCommands())
                .addSubcommand("node", new NodeCommands())
                .addSubcommand("controller", new ControllerCommands())
                .addSubcommand("rollout", new RolloutCommands())
                .addSubcommand("rollback", new RollbackCommand())
                .addSubcommand("override", new OverrideCommands())
                .addSubcommand("operator-key", new OperatorKeyCommands())
                .addSubcommand("hold", new HoldCommands())
                .addSubcommand("window", new WindowCommands())
                .addSubcommand("incident", new IncidentCommands())
                .addSubcommand("cdn", new CdnCommands())
                .addSubcommand("friendly-name", new FriendlyNameCommands())
                .addSubcommand("place", new PlaceCommand())
                .addSubcommand("status", new StatusCommand())
                .addSubcommand("revision", new RevisionCommands())
                .addSubcommand("route", new RouteCommands())
                .addSubcommand("location", new LocationCommands())
                .addSubcommand("log", new LogCommand())
                .addSubcommand("events", new EventsCommand())
                .addSubcommand("context", new ContextCommands())
                .addSubcommand("completion", new CompletionCommand());
        return line;
    }

    /** Runs one command and answers its exit code. */
    public static int run(CommandLine line, String... arguments) {
        var portolan = (Portolan) line.getCommandSpec().userObject();
        var console = portolan.console();
        line.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
        line.setColorScheme(Help.defaultColorScheme(console.colour() ? Help.Ansi.ON : Help.Ansi.OFF));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpAutoWidth(console.terminal());
        line.setUsageHelpWidth(100);
        line.setExecutionExceptionHandler(failures(portolan));
        line.setParameterExceptionHandler((failure, given) -> {
            var command = failure.getCommandLine();
            portolan.note(Paint.BAD.mark("portolan: ") + failure.getMessage());
            if (!UnmatchedArgumentException.printSuggestions(failure, command.getErr())) {
                portolan.note("see: " + command.getCommandSpec().qualifiedName() + " --help");
            }
            return ExitCode.USAGE;
        });
        try {
            return line.execute(arguments);
        } finally {
            console.out().flush();
            portolan.close();
        }
    }

    private static IExecutionExceptionHandler failures(Portolan portolan) {
        return (Exception failure, CommandLine command, ParseResult given) -> {
            if (failure instanceof CommandFailure known) {
                report(portolan, String.valueOf(known.getMessage()), known.details());
                return known.exitCode();
            }
            if (failure instanceof IllegalArgumentException wrong) {
                report(portolan, String.valueOf(wrong.getMessage()), List.of());
                return ExitCode.USAGE;
            }
            if (failure instanceof java.io.UncheckedIOException wrong) {
                report(portolan, String.valueOf(wrong.getCause()), List.of());
                return ExitCode.FAILED;
            }
            report(portolan, "this is a fault of portolan itself: " + failure, List.of());
            failure.printStackTrace(command.getErr());
            return ExitCode.FAILED;
        };
    }

    private static void report(Portolan portolan, String message, List<String> details) {
        portolan.note(Paint.BAD.mark("portolan: ") + message);
        details.forEach(detail -> portolan.note("  " + detail));
    }
}
