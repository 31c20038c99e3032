package io.portolan.cli;

import io.portolan.artifact.PackageWriter;
import io.portolan.artifact.ServedManifest;
import io.portolan.model.Digest;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.EnvironmentBundle;
import io.portolan.protocol.Json;
import io.portolan.protocol.Signer;
import io.portolan.protocol.rest.BaselineBody;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes a bundle of an environment. One thread at a time. */
@Command(
        name = "export",
        description = {
            "Writes what a new environment is made of into one signed file: the settings of ENVIRONMENT, and of each extension"
                    + " the version that all its stages have completed. Carry it to where no network leads, and give it to"
                    + " portolan env create there."
        },
        footer = {
            "",
            "Examples:",
            "  portolan operator-key create carrier.key",
            "  portolan env export prod -o prod.bundle --key carrier.key",
            "  portolan env export prod -o prod.bundle --key carrier.key --extension Contoso_Orders"
        })
final class EnvironmentExport extends Verb {
    @Parameters(paramLabel = "ENVIRONMENT", description = "Name of the environment.")
    private String name;

    @Option(names = "-o", paramLabel = "FILE", required = true, description = "File to write.")
    private Path file;

    @Option(
            names = "--key",
            paramLabel = "FILE",
            required = true,
            description = "Key pair to sign with, of: portolan operator-key create")
    private Path key;

    @Option(names = "--extension", paramLabel = "NAME", description = "Only these; all unless given.")
    private List<String> only = new ArrayList<>();

    @Override
    protected int run() {
        var signer = signer();
        var baseline =
                api().get("/v1/environments/" + Api.segment(name) + "/baseline").as(BaselineBody.class);
        var chosen = chosen(baseline);
        var target = portolan().console().folder().resolve(file);
        try {
            var scratch = Files.createTempDirectory("portolan-export");
            try {
                var packages = new LinkedHashMap<Digest, Path>();
                var extensions = new ArrayList<EnvironmentBundle.Extension>();
                for (var extension : chosen) {
                    var archive = scratch.resolve("package-" + extensions.size() + ".zip");
                    fetch(extension, scratch, archive);
                    var digest = digest(archive);
                    packages.put(digest, archive);
                    extensions.add(new EnvironmentBundle.Extension(
                            extension.name(),
                            extension.route(),
                            extension.owners(),
                            extension.version(),
                            extension.identity(),
                            digest,
                            Files.size(archive)));
                    portolan()
                            .note("took " + extension.name() + " " + extension.version() + ", "
                                    + When.size(Files.size(archive)));
                }
                var bundle = new EnvironmentBundle(
                        EnvironmentBundle.SCHEMA,
                        baseline.environment(),
                        baseline.zone(),
                        baseline.portalHosts(),
                        baseline.stages(),
                        baseline.minimumBake(),
                        baseline.frameAncestors(),
                        baseline.bringUp(),
                        portolan().console().clock().instant(),
                        extensions);
                if (!portolan().dryRun()) {
                    BundleFile.write(target, Envelope.sign(EnvironmentBundle.TYPE, bundle, signer), packages);
                }
                print(bundle, baseline, signer, target);
                return ExitCode.DONE;
            } finally {
                Trash.delete(scratch);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Signer signer() {
        var path = portolan().console().folder().resolve(key);
        try {
            return Signer.decode(Files.readString(path, StandardCharsets.US_ASCII));
        } catch (IOException | IllegalArgumentException e) {
            throw usage("key: " + path + ": " + e.getMessage() + " (expected: a file of portolan operator-key create)");
        }
    }

    private List<BaselineBody.Extension> chosen(BaselineBody baseline) {
        if (only.isEmpty()) {
            return baseline.extensions();
        }
        var byName = new TreeMap<String, BaselineBody.Extension>();
        baseline.extensions().forEach(extension -> byName.put(extension.name().value(), extension));
        for (var wanted : only) {
            if (!byName.containsKey(wanted)) {
                var reason = baseline.without().stream()
                        .filter(without -> without.name().value().equals(wanted))
                        .map(BaselineBody.Without::reason)
                        .findFirst()
                        .orElse("it is not registered");
                throw new CommandFailure(ExitCode.CONFLICT, "extension " + wanted + ": " + reason);
            }
        }
        byName.keySet().retainAll(only);
        return List.copyOf(byName.values());
    }

    /** Makes the package of a published version again, of the files that are served; each file's bytes are checked. */
    private void fetch(BaselineBody.Extension extension, Path scratch, Path archive) throws IOException {
        var blobs = Files.createDirectories(scratch.resolve("blobs"));
        var manifest = Json.read(
                api().get("/v1/extensions/" + Api.segment(extension.name().value()) + "/versions/"
                                + Api.segment(extension.version().value()) + "/manifest")
                        .body(),
                ServedManifest.class);
        var files = new HashMap<String, Path>();
        for (var served : manifest.files()) {
            var blob = blobs.resolve(served.hash().value());
            if (!Files.exists(blob)) {
                api().download("/v1/blobs/" + served.hash(), blob);
                if (!digest(blob).equals(served.hash())) {
                    throw new CommandFailure(
                            ExitCode.FAILED,
                            "taking " + extension.name() + ": " + served.path() + " came damaged (expected: "
                                    + served.hash() + "); try again");
                }
            }
            files.put(served.path(), blob);
        }
        PackageWriter.archive(files, archive);
    }

    private static Digest digest(Path file) throws IOException {
        var hash = Digest.sha256();
        try (var in = new DigestInputStream(Files.newInputStream(file), hash)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return Digest.from(hash);
    }

    private void print(EnvironmentBundle bundle, BaselineBody baseline, Signer signer, Path target) {
        var body = Map.of(
                "file", target.toString(),
                "keyId", signer.keyId(),
                "publicKey", signer.publicKeyText(),
                "bundle", bundle,
                "without", baseline.without());
        portolan().print(new Reply(200, Json.bytes(body), ""), () -> {
            var table = new Table("EXTENSION", "VERSION", "PACKAGE", "NOTE");
            bundle.extensions()
                    .forEach(extension ->
                            table.row(extension.name(), extension.version(), When.size(extension.sizeBytes()), "-"));
            if (only.isEmpty()) {
                baseline.without()
                        .forEach(without -> table.row(without.name(), "-", "-", "not in it: " + without.reason()));
            }
            var lines = new ArrayList<>(table.lines());
            lines.add("");
            lines.add((portolan().dryRun() ? "would write " : "wrote ") + target + ": "
                    + bundle.extensions().size()
                    + (bundle.extensions().size() == 1 ? " extension" : " extensions") + " of " + bundle.environment()
                    + ", signed with key " + signer.keyId());
            lines.add("there: portolan env create NAME --from " + target.getFileName() + " --key "
                    + signer.publicKeyText() + " --zone ZONE --portal-host HOST");
            return lines;
        });
    }
}
