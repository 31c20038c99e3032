package io.portolan.cli;

import io.portolan.protocol.rest.StatusBody;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows regions, takes them out and back. One thread at a time. */
@Command(
        name = "region",
        description = "Shows regions, adds them, takes them out of the answers and back, and retires them.",
        subcommands = {
            RegionCommands.Listing.class,
            RegionAdd.class,
            RegionShow.class,
            RegionExplain.class,
            RegionSteering.Hold.class,
            RegionSteering.Resume.class,
            RegionStandIn.class,
            RegionRetire.class,
            RegionDrain.class,
            RegionUndrain.class
        })
final class RegionCommands extends Group {
    /** {@code region list}. */
    @Command(name = "list", description = "Lists the regions with their stages and addresses.")
    static final class Listing extends Verb {
        @Option(names = "--environment", paramLabel = "E", defaultValue = "", description = "Only this environment's.")
        private String environment = "";

        @Override
        protected int run() {
            var reply = api().get(
                            "/v1/regions" + (environment.isEmpty() ? "" : "?environment=" + Api.segment(environment)));
            portolan().print(reply, () -> {
                var table = new Table(
                        "REGION", "ENVIRONMENT", "STAGE", "STATE", "LATITUDE", "LONGITUDE", "ADDRESSES", "NODES");
                for (var region : reply.items(StatusBody.RegionBody.class)) {
                    if (environment.isEmpty() || region.environment().value().equals(environment)) {
                        table.row(
                                region.name(),
                                region.environment(),
                                region.stage(),
                                Paint.state(region.state().name()),
                                region.latitude(),
                                region.longitude(),
                                String.join(", ", region.addresses()),
                                String.join(", ", region.nodes()));
                    }
                }
                return table.lines();
            });
            return ExitCode.DONE;
        }
    }
}
