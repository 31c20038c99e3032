package io.portolan.cli;

import io.portolan.placement.plan.Placement;
import io.portolan.placement.plan.PlacementPlanner;
import io.portolan.placement.report.HtmlReport;
import io.portolan.placement.report.PlacementCsv;
import io.portolan.placement.workload.Attachments;
import io.portolan.placement.workload.ExampleWorkload;
import io.portolan.placement.workload.Violation;
import io.portolan.placement.workload.Workload;
import io.portolan.placement.workload.WorkloadReader;
import io.portolan.placement.workload.WorkloadRejected;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Plans how many regions a workload needs, and which; asks no control plane. One thread at a time. */
@Command(
        name = "place",
        description = {
            "Says how many regions a workload needs, and which: for each number of regions the best ones, what users"
                    + " would wait, what losing one costs, and which to add or leave out.",
            "Many small calls need near servers, bulk transfer hardly does: each interaction of the workload is"
                    + " planned by itself, then all together."
        },
        footer = {
            "",
            "Examples:",
            "  portolan place --example > orders.yaml          (a workload with a comment for each key)",
            "  portolan place orders.yaml -o report.html       (a page with map, frontier and tables, one file)",
            "  portolan place orders.yaml --explain            (in plain words)",
            "  portolan place orders.yaml --output json | jq .recommended"
        })
final class PlaceCommand extends Verb {
    /** Largest file that a workload may name. */
    private static final int FILE_LIMIT_BYTES = 256 << 20;

    @Parameters(paramLabel = "WORKLOAD.yaml", arity = "0..1", description = "The workload, YAML or JSON.")
    private @Nullable Path file;

    @Option(names = "-o", paramLabel = "FILE", description = "Write the report, one HTML file.")
    private @Nullable Path report;

    @Option(names = "--csv", paramLabel = "FILE", description = "Write every plan as CSV.")
    private @Nullable Path csv;

    @Option(names = "--explain", description = "Say it in plain words.")
    private boolean explain;

    @Option(names = "--example", description = "Print a workload to start from.")
    private boolean example;

    @Override
    protected int run() {
        if (example) {
            ExampleWorkload.text().lines().forEach(portolan()::line);
            return ExitCode.DONE;
        }
        if (file == null) {
            throw usage("no workload (expected: portolan place WORKLOAD.yaml, or --example for one to start from)");
        }
        var workload = workload(portolan().console().folder().resolve(file));
        var placement = PlacementPlanner.plan(workload);
        write(report, () -> HtmlReport.of(workload, placement), "report");
        write(csv, () -> PlacementCsv.of(placement), "table");
        print(placement);
        return ExitCode.DONE;
    }

    private void print(Placement placement) {
        portolan()
                .print(
                        new Reply(200, Json.bytes(placement), ""),
                        () -> explain ? placement.explanation() : PlacementView.lines(placement));
        if (portolan().output() == Portolan.Output.TABLE && report == null && !explain) {
            portolan().note("next: the same with -o report.html for a page, or --explain for plain words");
        }
    }

    private Workload workload(Path path) {
        try {
            var folder = path.toAbsolutePath().getParent();
            Attachments files = name -> bytes(folder == null ? Path.of(name) : folder.resolve(name));
            return WorkloadReader.read(bytes(path), String.valueOf(path.getFileName()), files);
        } catch (WorkloadRejected e) {
            int count = e.violations().size();
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "workload " + file + ": " + count + (count == 1 ? " value is wrong" : " values are wrong"),
                    e.violations().stream().map(Violation::toString).toList());
        } catch (NoSuchFileException e) {
            throw usage("workload " + file + ": no such file (expected: a YAML file; --example prints one)");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(Path path) throws IOException {
        try (var in = Files.newInputStream(path)) {
            var bytes = in.readNBytes(FILE_LIMIT_BYTES + 1);
            if (bytes.length > FILE_LIMIT_BYTES) {
                throw new IOException(path + ": too large (expected: at most " + FILE_LIMIT_BYTES + " bytes)");
            }
            return bytes;
        }
    }

    private void write(@Nullable Path target, java.util.function.Supplier<String> content, String what) {
        if (target == null) {
            return;
        }
        try {
            Files.write(
                    portolan().console().folder().resolve(target), content.get().getBytes(StandardCharsets.UTF_8));
            portolan().note("wrote the " + what + ": " + target);
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.FAILED, "writing the " + what + " " + target + ": " + e.getMessage());
        }
    }
}
