package io.portolan.cli;

import io.portolan.artifact.PackageRejected;
import io.portolan.artifact.PackageWriter;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a package of a folder. One thread at a time. */
@Command(
        name = "pack",
        description = "Makes a package of a folder and checks every rule; the same files give the same bytes.",
        footer = {
            "",
            "Examples:",
            "  portolan pack ./build --version 1.2.0",
            "  portolan pack ./build --version 1.2.0 -o /tmp/orders.zip"
        })
final class PackCommand extends Verb {
    @Parameters(paramLabel = "DIR", description = "Folder with index.html and the assets.")
    private Path folder;

    @Option(
            names = "--version",
            required = true,
            paramLabel = "V",
            description = "Label of the release, such as 1.2.0.")
    private String version;

    @Option(names = "-o", paramLabel = "FILE", description = "Where to write it; VERSION.zip unless given.")
    private @Nullable Path output;

    @Override
    protected int run() {
        var label = new VersionLabel(version);
        var base = portolan().console().folder();
        var target = base.resolve(output == null ? Path.of(label + ".zip") : output);
        if (portolan().dryRun()) {
            return dryRun(base.resolve(folder), label);
        }
        print(pack(base.resolve(folder), label, target), label, target);
        return ExitCode.DONE;
    }

    private int dryRun(Path source, VersionLabel label) {
        try {
            var scratch = Files.createTempDirectory("portolan-pack");
            var target = scratch.resolve(label + ".zip");
            try {
                print(pack(source, label, target), label, target);
            } finally {
                Files.deleteIfExists(target);
                Files.deleteIfExists(scratch);
            }
            return ExitCode.DONE;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Packs; a folder that breaks rules ends the command with all of them. */
    static PackageWriter.Packed pack(Path folder, VersionLabel version, Path target) {
        if (!Files.isDirectory(folder)) {
            throw new CommandFailure(ExitCode.USAGE, "packing " + folder + ": no such folder");
        }
        try {
            return PackageWriter.pack(folder, version, target);
        } catch (PackageRejected e) {
            throw rejected("packing " + folder, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The failure that names every violation. */
    static CommandFailure rejected(String doing, PackageRejected e) {
        return new CommandFailure(
                ExitCode.FAILED,
                doing + ": " + e.total() + (e.total() == 1 ? " rule is broken" : " rules are broken"),
                e.violations().stream().map(Object::toString).toList());
    }

    private void print(PackageWriter.Packed packed, VersionLabel label, Path target) {
        var body = new LinkedHashMap<String, Object>();
        body.put("file", target.toString());
        body.put("version", label);
        body.put("digest", packed.content().identity());
        body.put("fileCount", packed.files());
        body.put("unpackedBytes", packed.unpackedBytes());
        body.put("packedBytes", packed.packedBytes());
        body.put("warnings", packed.content().warnings());
        packed.content().warnings().forEach(warning -> portolan().note(Paint.WARN.mark("warning: ") + warning));
        portolan().print(new Reply(200, Json.bytes(body), ""), () -> {
            var lines = new ArrayList<String>(List.of(
                    (portolan().dryRun() ? "would pack " : "packed ") + target.getFileName() + ": "
                            + packed.files() + (packed.files() == 1 ? " file, " : " files, ")
                            + When.size(packed.unpackedBytes()) + ", " + When.size(packed.packedBytes()) + " packed",
                    "digest " + packed.content().identity(),
                    ""));
            var table = new Table("LARGEST", "SIZE");
            packed.largest().forEach(file -> table.row(file.path(), When.size(file.sizeBytes())));
            lines.addAll(table.lines());
            return lines;
        });
    }
}
