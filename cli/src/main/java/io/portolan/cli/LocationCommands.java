package io.portolan.cli;

import io.portolan.protocol.rest.LocationBody;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Where clients are: the latency map that directors answer from. One thread at a time. */
@Command(
        name = "location",
        description = "Says where clients are, and how far they are from each region.",
        subcommands = {LocationCommands.Import.class, LocationCommands.Show.class, LocationCommands.Remove.class})
final class LocationCommands extends Group {
    private static final String NO_TABLE = "none";
    private static final int REJECTED_SHOWN = 20;

    private static String path(String environment, Portolan portolan) {
        return "/v1/environments/" + Api.segment(portolan.environment(environment)) + "/location";
    }

    private static List<String> describe(LocationBody body, boolean dryRun) {
        var lines = new ArrayList<String>();
        if (body.map().isEmpty()) {
            lines.add("no map is imported for " + body.environment() + ": directors use their own location table");
            return lines;
        }
        lines.add((dryRun ? "would use map " : "map ") + body.map().substring(0, 12) + " for " + body.environment()
                + ": " + body.origin());
        lines.add("  " + body.networks() + " networks, " + (body.ranges4() + body.ranges6()) + " ranges, " + body.rows()
                + " rows, " + body.orders() + " orders, " + When.size(body.sizeBytes()));
        taken(lines, "region table", body.regionTable());
        taken(lines, "measurements", body.measurements());
        return lines;
    }

    private static void taken(List<String> lines, String what, LocationBody.Taken taken) {
        if (taken.name().isEmpty()) {
            return;
        }
        lines.add("  " + what + " " + taken.name() + ": " + taken.accepted() + " rows taken, " + taken.rejectedCount()
                + " left out");
        taken.rejected().stream()
                .limit(REJECTED_SHOWN)
                .forEach(rejected -> lines.add("    line " + rejected.line() + ": " + rejected.reason()));
        if (taken.rejectedCount() > REJECTED_SHOWN) {
            lines.add("    and " + (taken.rejectedCount() - REJECTED_SHOWN) + " more");
        }
    }

    /** {@code location import}. */
    @Command(
            name = "import",
            description = "Compiles a latency map from a location file and has all directors of an environment use it.",
            footer = {
                "",
                "FILE is an mmdb file of any vendor, or CSV with a header that names its columns: prefix (or first and",
                "last), and any of latitude, longitude, label, country, subdivision, continent. It replaces the map before.",
                "",
                "Examples:",
                "  portolan location import dbip-city.mmdb",
                "  portolan location import offices.csv --rtt regions-rtt.csv --measurements rum.csv --dry-run"
            })
    static final class Import extends Verb {
        @Parameters(paramLabel = "FILE", description = "Networks and their places.")
        private Path file;

        @Option(
                names = "--environment",
                paramLabel = "E",
                defaultValue = "",
                description = "The last of the train unless given.")
        private String environment = "";

        @Option(
                names = "--rtt",
                paramLabel = "FILE|none",
                description =
                        "Round trips between regions: source,destination,rttMillis. A bundled example is used where it"
                                + " names the regions; none leaves it out.")
        private @Nullable String rtt;

        @Option(
                names = "--measurements",
                paramLabel = "FILE",
                description = "What clients measured: network,region,rttMillis,samples.")
        private @Nullable Path measurements;

        @Option(names = "--reason", paramLabel = "T", description = "Why, for the log.")
        private @Nullable String reason;

        @Override
        protected int run() {
            var folder = portolan().console().folder();
            var table = rtt == null || rtt.equals(NO_TABLE) ? null : folder.resolve(rtt);
            var name = String.valueOf(file.getFileName());
            var path = path(environment, portolan()) + "?name=" + Api.segment(name)
                    + (NO_TABLE.equals(rtt) ? "&table=none" : "")
                    + (reason == null ? "" : "&reason=" + Api.segment(reason));
            try {
                var zip = Files.createTempFile("portolan-location", ".zip");
                try {
                    try (var out = new ZipOutputStream(Files.newOutputStream(zip))) {
                        out.setLevel(Deflater.BEST_SPEED);
                        add(out, "locations", folder.resolve(file));
                        add(out, "rtt.csv", table);
                        add(out, "measurements.csv", measurements == null ? null : folder.resolve(measurements));
                    }
                    portolan().note("uploading " + When.size(Files.size(zip)));
                    var reply = api().upload(path, "application/zip", BodyPublishers.ofFile(zip));
                    portolan()
                            .print(
                                    reply,
                                    () -> describe(
                                            reply.as(LocationBody.class),
                                            portolan().dryRun()));
                    return ExitCode.DONE;
                } finally {
                    Files.deleteIfExists(zip);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void add(ZipOutputStream out, String entry, @Nullable Path source) throws IOException {
            if (source == null) {
                return;
            }
            if (!Files.isRegularFile(source)) {
                throw usage("location import: " + source + ": no such file");
            }
            out.putNextEntry(new ZipEntry(entry));
            Files.copy(source, out);
            out.closeEntry();
        }
    }

    /** {@code location show}. */
    @Command(name = "show", description = "Shows the map in use and how its import went.")
    static final class Show extends Verb {
        @Option(
                names = "--environment",
                paramLabel = "E",
                defaultValue = "",
                description = "The last of the train unless given.")
        private String environment = "";

        @Override
        protected int run() {
            var reply = api().get(path(environment, portolan()));
            portolan().print(reply, () -> describe(reply.as(LocationBody.class), false));
            return ExitCode.DONE;
        }
    }

    /** {@code location remove}. */
    @Command(name = "remove", description = "Has directors use their own location table again.")
    static final class Remove extends Verb {
        @Option(
                names = "--environment",
                paramLabel = "E",
                defaultValue = "",
                description = "The last of the train unless given.")
        private String environment = "";

        @Override
        protected int run() {
            var reply = api().delete(path(environment, portolan()));
            portolan()
                    .print(
                            reply,
                            () -> describe(
                                    reply.as(LocationBody.class), portolan().dryRun()));
            return ExitCode.DONE;
        }
    }
}
