package io.portolan.cli;

import io.portolan.model.RegionName;
import io.portolan.model.access.AccessSummary;
import io.portolan.placement.data.CloudRegion;
import io.portolan.placement.data.RegionCatalogue;
import io.portolan.placement.plan.Advice;
import io.portolan.placement.plan.AdvicePlanner;
import io.portolan.placement.plan.Usage;
import io.portolan.placement.plan.Words;
import io.portolan.placement.records.Locations;
import io.portolan.placement.records.RecordedDemand;
import io.portolan.placement.workload.Network;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ext advise}. One thread at a time. */
@Command(
        name = "advise",
        description = {
            "Says from an extension's records whether its placement costs users too much, which region would help,"
                    + " which it could do without, and whether a CDN and fewer regions would be enough.",
            "The control plane asks the nodes for what their access logs hold and the director where those networks"
                    + " are; with --access-log and --locations nothing is asked but these files."
        },
        footer = {
            "",
            "Examples:",
            "  portolan ext advise Contoso_Orders",
            "  portolan ext advise Contoso_Orders --threshold 30 --candidates recommended",
            "  portolan ext advise Contoso_Orders --route orders --locations locations.csv \\",
            "    --access-log westeurope=we.log --access-log westus=wus.log --access-log westus=wus.log.1"
        })
final class AdviseCommand extends Verb {
    private static final int USERS_SHOWN = 10;
    private static final int CHANGES_SHOWN = 3;
    private static final int TABLE_LIMIT_BYTES = 256 << 20;

    @Parameters(paramLabel = "NAME", description = "Name of the extension.")
    private String name;

    @Option(names = "--environment", paramLabel = "E", description = "Environment; the server's default unless given.")
    private @Nullable String environment;

    @Option(
            names = "--threshold",
            paramLabel = "MS",
            defaultValue = "50",
            description = "What counts as too much for a round trip, in milliseconds; 50 unless given.")
    private double threshold;

    @Option(
            names = "--candidates",
            paramLabel = "WHICH",
            defaultValue = "environment",
            description = "environment (its regions, the default) or recommended (of the bundled catalogue too).")
    private String candidates;

    @Option(
            names = "--access-log",
            paramLabel = "REGION=FILE",
            description = "Read this log of a node of that region; may be repeated.")
    private List<String> logs = new ArrayList<>();

    @Option(
            names = "--locations",
            paramLabel = "FILE",
            description = "Where clients are: CSV with prefix,latitude,longitude,label; with --access-log.")
    private @Nullable Path locations;

    @Option(
            names = "--route",
            paramLabel = "R",
            description = "Route of the extension in the logs; asked for unless given.")
    private @Nullable String route;

    @Override
    protected int run() {
        if (!List.of("environment", "recommended").contains(candidates)) {
            throw usage("candidates: " + candidates + " (expected: environment or recommended)");
        }
        if (!(threshold >= 0 && threshold <= 10_000)) {
            throw usage("threshold: " + threshold + " (expected: 0 to 10000 milliseconds)");
        }
        var reply = logs.isEmpty() ? asked() : new Reply(200, Json.bytes(read()), "");
        portolan().print(reply, () -> lines(reply.as(Advice.class)));
        return ExitCode.DONE;
    }

    private Reply asked() {
        return api().get("/v1/extensions/" + Api.segment(name) + "/advice?thresholdMillis="
                + String.format(java.util.Locale.ROOT, "%.3f", threshold) + "&candidates=" + candidates
                + (environment == null ? "" : "&environment=" + Api.segment(environment)));
    }

    private Advice read() {
        if (locations == null) {
            throw usage("--access-log without --locations (expected: a CSV file with prefix,latitude,longitude,label)");
        }
        var served = new LinkedHashSet<RegionName>();
        var summary = new AccessSummary(name, route == null ? routeOfServer() : route);
        for (var log : logs) {
            int equals = log.indexOf('=');
            if (equals < 1) {
                throw usage("access-log: " + log + " (expected: REGION=FILE)");
            }
            served.add(new RegionName(log.substring(0, equals)));
            summarise(log.substring(equals + 1), summary);
        }
        var demand = RecordedDemand.of(summary.networks(), table());
        if (demand.places().isEmpty()) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "advising on " + name + ": " + demand.requests() + " requests in the logs, of clients that "
                            + locations + " knows: none");
        }
        var regions = new LinkedHashMap<RegionName, CloudRegion>();
        RegionCatalogue.bundled().recommended().forEach(region -> regions.put(region.name(), region));
        served.forEach(region -> regions.put(
                region,
                RegionCatalogue.bundled()
                        .find(region)
                        .orElseThrow(
                                () -> usage("access-log: region " + region + " (expected: one of the catalogue)"))));
        return AdvicePlanner.advise(new AdvicePlanner.Asked(
                name,
                "access logs: " + logs.size(),
                demand.requests(),
                demand.unlocated(),
                demand.places(),
                Network.DEFAULT,
                List.copyOf(regions.values()),
                List.copyOf(served),
                Usage.of(summary.networks()),
                threshold));
    }

    private String routeOfServer() {
        return Trees.text(api().get("/v1/extensions/" + Api.segment(name)).tree(), "route");
    }

    private void summarise(String file, AccessSummary summary) {
        try (var lines =
                Files.newBufferedReader(portolan().console().folder().resolve(file), StandardCharsets.ISO_8859_1)) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                summary.add(line);
            }
        } catch (NoSuchFileException e) {
            throw usage("access-log " + file + ": no such file");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Locations table() {
        var file = String.valueOf(locations);
        try (var in = Files.newInputStream(portolan().console().folder().resolve(file))) {
            var bytes = in.readNBytes(TABLE_LIMIT_BYTES + 1);
            if (bytes.length > TABLE_LIMIT_BYTES) {
                throw usage("locations " + file + ": too large (expected: at most " + TABLE_LIMIT_BYTES + " bytes)");
            }
            return Locations.parse(bytes, file);
        } catch (NoSuchFileException e) {
            throw usage("locations " + file + ": no such file");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(Advice advice) {
        var lines = new ArrayList<>(advice.explanation());
        lines.add("");
        var users = new Table("USERS", "SHARE", "REGION", "RTT", "BEST REGION", "COSTS");
        advice.networks().stream()
                .limit(USERS_SHOWN)
                .forEach(one -> users.row(
                        one.place(),
                        Words.share(one.share()),
                        one.region(),
                        Words.time(one.rttMillis()),
                        one.best(),
                        one.extra() > advice.thresholdMillis()
                                ? Paint.WARN.mark(Words.time(one.extra()))
                                : Words.time(one.extra())));
        lines.addAll(users.lines());
        lines.add("");
        var changes = new Table("CHANGE", "A VIEW TAKES", "USERS AFFECTED");
        advice.add().stream()
                .limit(CHANGES_SHOWN)
                .forEach(change -> row(changes, "add " + change.region(), Map.entry(change.mean(), change.affected())));
        advice.leaveOut().stream()
                .limit(CHANGES_SHOWN)
                .forEach(change ->
                        row(changes, "leave out " + change.region(), Map.entry(change.mean(), change.affected())));
        if (!changes.isEmpty()) {
            lines.addAll(changes.lines());
        }
        return lines;
    }

    private static void row(Table table, String what, Map.Entry<Double, Double> change) {
        table.row(what, (change.getKey() > 0 ? "+" : "") + Words.time(change.getKey()), Words.share(change.getValue()));
    }
}
