package io.portolan.cli;

import io.portolan.model.ExtensionName;
import io.portolan.model.Route;
import io.portolan.protocol.rest.ExtensionBody;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Registers and shows extensions. One thread at a time. */
@Command(
        name = "ext",
        description = "Registers and shows extensions.",
        subcommands = {
            ExtensionCommands.Register.class,
            ExtensionCommands.Listing.class,
            ExtensionCommands.Show.class,
            AdviseCommand.class
        })
final class ExtensionCommands extends Group {
    /** {@code ext register}. */
    @Command(
            name = "register",
            description = "Registers an extension, once.",
            footer = {
                "",
                "Examples:",
                "  portolan ext register Contoso_Orders --route orders --owner orders@contoso.example",
                "  portolan ext register Contoso_Maps --route maps --placement prod=westeurope,westus"
            })
    static final class Register extends Verb {
        @Parameters(paramLabel = "NAME", description = "Name, such as Contoso_Orders.")
        private String name;

        @Option(
                names = "--route",
                required = true,
                paramLabel = "R",
                description = "Lower-case DNS label, such as orders.")
        private String route;

        @Option(names = "--owner", paramLabel = "O", description = "Who owns it; may be repeated.")
        private List<String> owners = new ArrayList<>();

        @Option(
                names = "--placement",
                paramLabel = "ENV=a,b",
                description = "Regions of an environment; all unless given; may be repeated.")
        private Map<String, String> placement = new TreeMap<>();

        @Override
        protected int run() {
            var placed = new TreeMap<String, List<String>>();
            placement.forEach((environment, regions) -> placed.put(environment, List.of(regions.split(","))));
            var reply = api().post(
                            "/v1/extensions",
                            new ExtensionBody(new ExtensionName(name), new Route(route), owners, placed, null, null));
            portolan().print(reply, () -> {
                var body = reply.as(ExtensionBody.class);
                return List.of((portolan().dryRun() ? "would register " : "registered ") + body.name() + " at route "
                        + body.route());
            });
            if (!portolan().dryRun() && portolan().output() == Portolan.Output.TABLE) {
                portolan().note("next: portolan deploy FOLDER --extension " + name + " --version 1.0.0 --wait");
            }
            return ExitCode.DONE;
        }
    }

    /** {@code ext list}. */
    @Command(name = "list", description = "Lists the registered extensions.")
    static final class Listing extends Verb {
        @Override
        protected int run() {
            var reply = api().get("/v1/extensions");
            portolan().print(reply, () -> {
                var table = new Table("NAME", "ROUTE", "OWNERS", "HOLD");
                for (var item : reply.items(ExtensionBody.class)) {
                    table.row(item.name(), item.route(), owners(item), held(item));
                }
                return table.isEmpty()
                        ? List.of("no extension; register one with: portolan ext register NAME --route R")
                        : table.lines();
            });
            return ExitCode.DONE;
        }
    }

    /** {@code ext show}. */
    @Command(name = "show", description = "Shows one extension.")
    static final class Show extends Verb {
        @Parameters(paramLabel = "NAME", description = "Name of the extension.")
        private String name;

        @Override
        protected int run() {
            var reply = api().get("/v1/extensions/" + Api.segment(name));
            portolan().print(reply, () -> {
                var body = reply.as(ExtensionBody.class);
                var table = new Table("FIELD", "VALUE")
                        .row("name", body.name())
                        .row("route", body.route())
                        .row("owners", owners(body));
                var placement = body.placement();
                if (placement == null || placement.isEmpty()) {
                    table.row("placement", "every region");
                } else {
                    new TreeMap<>(placement)
                            .forEach((environment, regions) ->
                                    table.row("placement " + environment, String.join(", ", regions)));
                }
                table.row("hold", held(body));
                return table.lines();
            });
            return ExitCode.DONE;
        }
    }

    private static String owners(ExtensionBody body) {
        var owners = body.owners();
        return owners == null ? "" : String.join(", ", owners);
    }

    private static String held(ExtensionBody body) {
        var hold = body.hold();
        return hold == null ? "" : Paint.WARN.mark(hold.reason() + " (withdrawn: " + hold.withdrawn() + ")");
    }
}
