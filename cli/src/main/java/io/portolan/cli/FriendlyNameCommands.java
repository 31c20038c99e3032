package io.portolan.cli;

import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Gives versions extra names for testing. One thread at a time. */
@Command(
        name = "friendly-name",
        description = "Gives a version an extra name, for testing it beside what users get.",
        subcommands = {
            FriendlyNameCommands.Put.class,
            FriendlyNameCommands.Remove.class,
            FriendlyNameCommands.Listing.class
        })
final class FriendlyNameCommands extends Group {
    private static String path(String extension, String environment) {
        return "/v1/extensions/" + Api.segment(extension) + "/environments/" + Api.segment(environment) + "/names";
    }

    /** {@code friendly-name set}. */
    @Command(
            name = "set",
            description = "Points a friendly name at a version.",
            footer = {"", "Example:", "  portolan friendly-name set Contoso_Orders next 1.3.0"})
    static final class Put extends Verb {
        @Parameters(index = "0", paramLabel = "NAME", description = "Name of the extension.")
        private String name;

        @Parameters(index = "1", paramLabel = "FRIENDLY", description = "The friendly name.")
        private String friendly;

        @Parameters(index = "2", paramLabel = "VERSION", description = "A published version.")
        private String version;

        @Option(
                names = "--environment",
                paramLabel = "E",
                defaultValue = "",
                description = "Environment; the last of the train unless given.")
        private String environment = "";

        @Option(
                names = "--expires",
                paramLabel = "D",
                description = "How long it lives, such as 7d; for ever unless given.")
        private @Nullable String expires;

        @Override
        protected int run() {
            var where = portolan().environment(environment);
            var body = new TreeMap<String, String>();
            body.put("version", version);
            if (expires != null) {
                body.put("expires", When.duration(expires).toString());
            }
            var reply = api().put(path(name, where) + "/" + Api.segment(friendly), body);
            portolan()
                    .print(
                            reply,
                            () -> List.of(name + " " + version + (portolan().dryRun() ? " would be" : " is now also")
                                    + " " + friendly + " in " + where));
            return ExitCode.DONE;
        }
    }

    /** {@code friendly-name remove}. */
    @Command(name = "remove", description = "Removes a friendly name.")
    static final class Remove extends Verb {
        @Parameters(index = "0", paramLabel = "NAME", description = "Name of the extension.")
        private String name;

        @Parameters(index = "1", paramLabel = "FRIENDLY", description = "The friendly name.")
        private String friendly;

        @Option(
                names = "--environment",
                paramLabel = "E",
                defaultValue = "",
                description = "Environment; the last of the train unless given.")
        private String environment = "";

        @Override
        protected int run() {
            var where = portolan().environment(environment);
            var reply = api().delete(path(name, where) + "/" + Api.segment(friendly));
            portolan()
                    .print(
                            reply,
                            () -> List.of((portolan().dryRun() ? "would remove " : "removed ") + friendly + " of "
                                    + name + " in " + where));
            return ExitCode.DONE;
        }
    }

    /** {@code friendly-name list}. */
    @Command(name = "list", description = "Lists the friendly names of an extension.")
    static final class Listing extends Verb {
        @Parameters(paramLabel = "NAME", description = "Name of the extension.")
        private String name;

        @Option(
                names = "--environment",
                paramLabel = "E",
                defaultValue = "",
                description = "Environment; the last of the train unless given.")
        private String environment = "";

        @Override
        protected int run() {
            var reply = api().get(path(name, portolan().environment(environment)));
            portolan().print(reply, () -> {
                var table = new Table("FRIENDLY NAME", "VERSION", "EXPIRES");
                for (var item : reply.items()) {
                    table.row(Trees.text(item, "name"), Trees.text(item, "version"), Trees.text(item, "expiresAt"));
                }
                return table.isEmpty() ? List.of("no friendly name") : table.lines();
            });
            return ExitCode.DONE;
        }
    }
}
