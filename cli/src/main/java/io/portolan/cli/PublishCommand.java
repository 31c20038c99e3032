package io.portolan.cli;

import io.portolan.artifact.PackageManifest;
import io.portolan.artifact.PackageRejected;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.rest.VersionBody;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Uploads a version. One thread at a time. */
@Command(
        name = "publish",
        description =
                "Uploads a version. The same content again is a success, other content under the same version is refused.",
        footer = {
            "",
            "Examples:",
            "  portolan publish 1.2.0.zip --extension Contoso_Orders",
            "  portolan publish ./build --extension Contoso_Orders --version 1.2.0",
            "",
            "The version is that of --version, else of portolan.json in the package, else the file's name;",
            "the extension that of --extension, else of portolan.json."
        })
final class PublishCommand extends Verb {
    @Parameters(paramLabel = "FILE|DIR", description = "A package, or the folder to make one of.")
    private Path source;

    @Option(names = "--extension", paramLabel = "NAME", defaultValue = "", description = "Name of the extension.")
    private String extension = "";

    @Option(names = "--version", paramLabel = "V", defaultValue = "", description = "Label of the release.")
    private String version = "";

    @Override
    protected int run() {
        var path = portolan().console().folder().resolve(source);
        if (!Files.exists(path)) {
            throw usage("publishing " + source + ": no such file or folder");
        }
        var manifest = peek(path);
        var name = new ExtensionName(extension(manifest));
        var label = new VersionLabel(version(manifest, path));
        var reply = publish(portolan(), path, name, label);
        portolan().print(reply, () -> describe(reply, portolan().dryRun()));
        if (!portolan().dryRun() && portolan().output() == Portolan.Output.TABLE) {
            portolan().note("next: portolan rollout start " + name + " " + label + " --wait");
        }
        return ExitCode.DONE;
    }

    /** Publishes a package, or a folder by way of a temporary package. */
    static Reply publish(Portolan portolan, Path source, ExtensionName name, VersionLabel label) {
        if (!Files.isDirectory(source)) {
            return new Upload(portolan).send(source, name, label);
        }
        try {
            var scratch = Files.createTempDirectory("portolan-publish");
            var zip = scratch.resolve(label + ".zip");
            try {
                var packed = PackCommand.pack(source, label, zip);
                portolan.note("packed " + packed.files() + (packed.files() == 1 ? " file, " : " files, ")
                        + When.size(packed.packedBytes()));
                return new Upload(portolan).send(zip, name, label);
            } finally {
                Files.deleteIfExists(zip);
                Files.deleteIfExists(scratch);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What people are told of a published version. */
    static List<String> describe(Reply reply, boolean dryRun) {
        var body = reply.as(VersionBody.class);
        var verb = dryRun ? "would publish " : reply.status() == 201 ? "published " : "unchanged, already published: ";
        var line = verb + body.extension() + " " + body.version() + ": " + body.fileCount()
                + (body.fileCount() == 1 ? " file, " : " files, ") + When.size(body.sizeBytes()) + ", digest "
                + body.digest().value().substring(0, 12);
        return java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(line),
                        body.warnings().stream().map(warning -> Paint.WARN.mark("warning: ") + warning))
                .toList();
    }

    private static PackageManifest peek(Path path) {
        try {
            return PackageManifest.peek(path);
        } catch (PackageRejected e) {
            throw PackCommand.rejected("reading " + path.getFileName(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String extension(PackageManifest manifest) {
        var inside = manifest.extensionName();
        if (!extension.isEmpty() && !inside.isEmpty() && !extension.equals(inside)) {
            throw usage("extension: --extension says " + extension + ", portolan.json says " + inside);
        }
        if (extension.isEmpty() && inside.isEmpty()) {
            throw usage("which extension? (expected: --extension NAME, or \"extension\" in portolan.json)");
        }
        return extension.isEmpty() ? inside : extension;
    }

    private String version(PackageManifest manifest, Path path) {
        var inside = manifest.versionLabel();
        if (!version.isEmpty() && !inside.isEmpty() && !version.equals(inside)) {
            throw usage("version: --version says " + version + ", portolan.json says " + inside);
        }
        if (!version.isEmpty()) {
            return version;
        }
        if (!inside.isEmpty()) {
            return inside;
        }
        var file = String.valueOf(path.getFileName());
        if (!Files.isDirectory(path) && file.endsWith(".zip")) {
            return file.substring(0, file.length() - ".zip".length());
        }
        throw usage("which version? (expected: --version V, \"version\" in portolan.json, or a file named V.zip)");
    }
}
