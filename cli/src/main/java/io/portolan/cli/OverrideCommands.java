package io.portolan.cli;

import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.Slot;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.OverrideReport;
import io.portolan.protocol.Overrides;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Orders that nodes and directors obey without a control plane. One thread at a time. */
@Command(
        name = "override",
        description = {
            "Orders nodes and directors what to do while the control plane is gone, signed with an operator's key that the"
                    + " environment lists. When the control plane is back it takes a rollback over, with a hold."
        },
        subcommands = {
            OverrideCommands.Rollback.class,
            OverrideCommands.Drain.class,
            OverrideCommands.Lift.class,
            OverrideCommands.Listing.class
        })
final class OverrideCommands extends Group {
    private static final String NODES = "Base URLs of region nodes, with commas between.";
    private static final String DIRECTORS = "Base URLs of directors' operations listeners, with commas between.";

    /** {@code override rollback}. */
    @Command(
            name = "rollback",
            description = {
                "Takes an extension back to a slot at these nodes, at once, across their restarts, until the control plane"
                        + " takes it over or it is lifted. Only to what each node holds."
            },
            footer = {
                "",
                "Example:",
                "  portolan override rollback Contoso_Orders --to lkg --nodes http://10.1.0.4:7080,http://10.2.0.4:7080 \\",
                "      --key olivia.key --reason 'INC-512: orders fail' --yes"
            })
    static final class Rollback extends OverrideOrder {
        @Parameters(paramLabel = "NAME", description = "Name of the extension.")
        private String name;

        @Option(
                names = "--to",
                required = true,
                paramLabel = "SLOT",
                description = "lkg, previous-lkg, last-hotfix or previous-hotfix.")
        private String to;

        @Option(names = "--nodes", required = true, split = ",", paramLabel = "URL", description = NODES)
        private List<String> nodes;

        @Override
        protected int run() {
            var slot = slot(to);
            var extension = extension(name);
            return give(
                    NodeClient.uris(nodes, "--nodes"),
                    "Roll " + extension + " back to " + to,
                    of -> OperatorOverride.rollback(of, extension, slot));
        }

        private ExtensionName extension(String text) {
            try {
                return new ExtensionName(text);
            } catch (IllegalArgumentException e) {
                throw usage(String.valueOf(e.getMessage()));
            }
        }

        private Slot slot(String text) {
            return Arrays.stream(Slot.values())
                    .filter(slot -> slot.label().equals(text))
                    .findFirst()
                    .orElseThrow(() -> usage("--to: " + text + " (expected: "
                            + Arrays.stream(Slot.values()).map(Slot::label).collect(Collectors.joining(", "))
                            + "; an override brings nothing that nodes do not hold)"));
        }
    }

    /** {@code override drain}. */
    @Command(
            name = "drain",
            description = {
                "Takes a region out of the answers of these directors, at once, across their restarts, while another region is"
                        + " up, until it is drained by the control plane or the override is lifted."
            },
            footer = {
                "",
                "Example:",
                "  portolan override drain westeurope --directors http://10.0.0.2:7054 --key olivia.key \\",
                "      --reason 'INC-513: cable cut' --yes"
            })
    static final class Drain extends OverrideOrder {
        @Parameters(paramLabel = "REGION", description = "Name of the region.")
        private String region;

        @Option(names = "--directors", required = true, split = ",", paramLabel = "URL", description = DIRECTORS)
        private List<String> directors;

        @Override
        protected int run() {
            return give(
                    NodeClient.uris(directors, "--directors"),
                    "Drain " + region,
                    of -> OperatorOverride.drain(of, new RegionName(region)));
        }
    }

    /** {@code override lift}. */
    @Command(
            name = "lift",
            description = "Ends an override at these nodes or directors; they go by their revision again.",
            footer = {
                "",
                "Example:",
                "  portolan override lift ov-0123456789abcdef --nodes http://10.1.0.4:7080 --key olivia.key \\",
                "      --reason 'INC-512: it was the network' --yes"
            })
    static final class Lift extends OverrideOrder {
        @Parameters(paramLabel = "ID", description = "Id of the override, as override list shows it.")
        private String id;

        @Option(names = "--nodes", split = ",", paramLabel = "URL", description = NODES)
        private List<String> nodes = List.of();

        @Option(names = "--directors", split = ",", paramLabel = "URL", description = DIRECTORS)
        private List<String> directors = List.of();

        @Override
        protected int run() {
            var addresses = addresses(nodes, directors);
            if (addresses.isEmpty()) {
                throw usage("nobody to tell (expected: --nodes URL,… or --directors URL,…)");
            }
            return give(addresses, "Lift override " + id, of -> OperatorOverride.lift(of, id));
        }
    }

    private static List<URI> addresses(List<String> nodes, List<String> directors) {
        return Stream.concat(
                        NodeClient.uris(nodes, "--nodes").stream(), NodeClient.uris(directors, "--directors").stream())
                .toList();
    }

    /** {@code override list}. */
    @Command(
            name = "list",
            description = {
                "Lists overrides: those in force at nodes and directors, asked themselves, or without addresses those that the"
                        + " control plane was told of, with what became of them."
            },
            footer = {
                "",
                "Examples:",
                "  portolan override list",
                "  portolan override list --nodes http://10.1.0.4:7080 --directors http://10.0.0.2:7054"
            })
    static final class Listing extends Verb {
        @Option(names = "--nodes", split = ",", paramLabel = "URL", description = NODES)
        private List<String> nodes = List.of();

        @Option(names = "--directors", split = ",", paramLabel = "URL", description = DIRECTORS)
        private List<String> directors = List.of();

        @Override
        protected int run() {
            var addresses = addresses(nodes, directors);
            return addresses.isEmpty() ? ofControlPlane() : ofNodes(addresses);
        }

        private int ofControlPlane() {
            var reply = api().get("/v1/overrides");
            portolan().print(reply, () -> {
                var now = portolan().console().clock().instant();
                var table = new Table("ID", "STATE", "WHAT", "SINCE", "BY", "KEY", "ROLLOUT", "REASON");
                for (var override : reply.items()) {
                    table.row(
                            Trees.text(override, "id"),
                            Trees.text(override, "state"),
                            Trees.text(override, "action").equals("DRAIN")
                                    ? "drain " + Trees.text(override, "region")
                                    : Trees.text(override, "extension") + " to " + Trees.text(override, "slot") + " ("
                                            + Trees.text(override, "version") + ")",
                            When.ago(Trees.time(override, "issuedAt"), now),
                            Trees.text(override, "issuer"),
                            Trees.text(override, "keyId"),
                            Trees.text(override, "rollout"),
                            Trees.text(override, "reason"));
                }
                return table.isEmpty() ? List.of("no override was told of") : table.lines();
            });
            return ExitCode.DONE;
        }

        private int ofNodes(List<URI> addresses) {
            try (var client = new NodeClient()) {
                var said = client.list(addresses);
                var bodies = new ArrayList<Map<String, Object>>();
                var table = new Table("ADDRESS", "NODE", "OVERRIDE", "WHAT", "KEY", "SINCE");
                for (var one : said) {
                    switch (one) {
                        case NodeClient.Said.Answered<Overrides.Listing> answered -> {
                            bodies.add(Map.of("address", one.node().toString(), "listing", answered.value()));
                            answered.value()
                                    .overrides()
                                    .forEach(report -> row(table, answered.node(), answered.value(), report));
                        }
                        case NodeClient.Said.Refused<Overrides.Listing> refused -> {
                            bodies.add(Map.of("address", one.node().toString(), "problem", refused.problem()));
                            portolan()
                                    .note(one.node() + ": " + refused.problem().detail());
                        }
                        case NodeClient.Said.Silent<Overrides.Listing> silent -> {
                            bodies.add(Map.of("address", one.node().toString(), "unreachable", silent.reason()));
                            portolan().note(one.node() + ": " + silent.reason());
                        }
                    }
                }
                portolan()
                        .print(
                                new Reply(200, Json.bytes(Map.of("items", bodies)), ""),
                                () -> table.isEmpty() ? List.of("no override is in force there") : table.lines());
                return said.stream().allMatch(one -> one instanceof NodeClient.Said.Answered)
                        ? ExitCode.DONE
                        : ExitCode.UNREACHABLE;
            }
        }

        private void row(Table table, URI address, Overrides.Listing listing, OverrideReport report) {
            table.row(
                    address.toString(),
                    listing.node(),
                    report.id(),
                    report.action() == OperatorOverride.Action.DRAIN
                            ? "drain " + report.region()
                            : report.extension() + " at " + report.version(),
                    report.keyId(),
                    When.ago(report.receivedAt(), portolan().console().clock().instant()));
        }
    }
}
