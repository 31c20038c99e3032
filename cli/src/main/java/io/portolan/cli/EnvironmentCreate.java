package io.portolan.cli;

import io.portolan.model.EnvironmentName;
import io.portolan.protocol.EnvironmentBundle;
import io.portolan.protocol.Signer;
import io.portolan.protocol.rest.ExtensionBody;
import io.portolan.protocol.rest.NewEnvironmentBody;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes an environment of a bundle. One thread at a time. */
@Command(
        name = "create",
        description = {
            "Makes an environment of a signed bundle, without any network but the way to its control plane: registers the"
                    + " extensions, publishes their versions, and sets them as what every stage has. It begins without"
                    + " regions; each one added is seeded by itself. Extensions without a configuration for its portal hosts"
                    + " are published and listed as not enabled. Given again after a failure it goes on where it stopped."
        },
        footer = {
            "",
            "Examples:",
            "  portolan env create gov --from prod.bundle --key carrier.pub --zone ext.portal.gov --portal-host portal.gov",
            "  portolan env create gov --from prod.bundle --key carrier.pub --zone ext.portal.gov --dry-run",
            "then: portolan region add NAME --environment gov"
        })
final class EnvironmentCreate extends Verb {
    @Parameters(paramLabel = "ENVIRONMENT", description = "Name of the new environment.")
    private String name;

    @Option(names = "--from", paramLabel = "FILE", required = true, description = "File of: portolan env export")
    private Path file;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            required = true,
            description =
                    "Public half of the key that the bundle must be signed with, or a file with it or with the pair.")
    private String key;

    @Option(names = "--zone", paramLabel = "ZONE", description = "DNS zone; that of the bundle unless given.")
    private @Nullable String zone;

    @Option(
            names = "--portal-host",
            paramLabel = "HOST",
            description = "Host of a portal; those of the bundle unless given.")
    private List<String> portalHosts = new ArrayList<>();

    @Option(names = "--name-server", paramLabel = "HOST", description = "Host name of a director, for NS and SOA.")
    private List<String> nameServers = new ArrayList<>();

    @Option(names = "--reason", paramLabel = "T", description = "Why, for the log.")
    private @Nullable String reason;

    @Override
    protected int run() {
        var trusted = trusted();
        try (var opened = BundleFile.open(
                portolan().console().folder().resolve(file), Signer.keyId(trusted.key()), trusted.key())) {
            var bundle = opened.bundle();
            // All of it is looked at before anything is changed.
            bundle.extensions().forEach(opened::check);
            if (portolan().dryRun()) {
                return plan(bundle, trusted.text());
            }
            for (var extension : bundle.extensions()) {
                publish(opened, extension);
            }
            var reply = api().post(
                            "/v1/environments",
                            new NewEnvironmentBody(
                                    new EnvironmentName(name),
                                    zone,
                                    portalHosts.isEmpty() ? null : portalHosts,
                                    nameServers.isEmpty() ? null : nameServers,
                                    opened.envelope(),
                                    trusted.text(),
                                    reason));
            portolan().print(reply, () -> describe(reply.as(NewEnvironmentBody.Made.class)));
            return ExitCode.DONE;
        }
    }

    /** A public key and its text. */
    private record Trusted(PublicKey key, String text) {}

    private Trusted trusted() {
        var path = portolan().console().folder().resolve(key);
        try {
            var text = Files.isRegularFile(path)
                    ? Files.readString(path, StandardCharsets.US_ASCII).strip()
                    : key;
            // A pair is "private.public": Base64 has no dot.
            text = text.contains(".") ? Signer.decode(text).publicKeyText() : text;
            return new Trusted(Signer.publicKey(text), text);
        } catch (IOException | IllegalArgumentException e) {
            throw usage("key: " + key + ": " + e.getMessage());
        }
    }

    private int plan(EnvironmentBundle bundle, String publicKey) {
        var lines = new ArrayList<String>();
        lines.add(
                "would make environment " + name + " of " + bundle.extensions().size()
                        + (bundle.extensions().size() == 1 ? " extension" : " extensions") + " of "
                        + bundle.environment() + ", taken "
                        + bundle.takenAt().truncatedTo(ChronoUnit.SECONDS));
        lines.add("zone " + (zone == null ? bundle.zone() : zone) + ", portal hosts "
                + String.join(", ", portalHosts.isEmpty() ? bundle.portalHosts() : portalHosts)
                + ", whole and signed with key " + Signer.keyId(Signer.publicKey(publicKey)));
        var table = new Table("EXTENSION", "VERSION", "PACKAGE");
        bundle.extensions()
                .forEach(extension ->
                        table.row(extension.name(), extension.version(), When.size(extension.sizeBytes())));
        lines.addAll(table.lines());
        portolan().print(new Reply(200, io.portolan.protocol.Json.bytes(bundle), ""), () -> lines);
        return ExitCode.DONE;
    }

    private void publish(BundleFile opened, EnvironmentBundle.Extension extension) {
        api().post(
                        "/v1/extensions",
                        new ExtensionBody(extension.name(), extension.route(), extension.owners(), null, null, null));
        try {
            var scratch = Files.createTempDirectory("portolan-create");
            try {
                var archive = scratch.resolve("package.zip");
                opened.extract(extension, archive);
                new Upload(portolan()).send(archive, extension.name(), extension.version());
            } finally {
                Trash.delete(scratch);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> describe(NewEnvironmentBody.Made made) {
        var table = new Table("EXTENSION", "VERSION", "ENABLED", "PORTAL HOSTS");
        made.enabled()
                .forEach(enabled ->
                        table.row(enabled.extension(), enabled.version(), "yes", String.join(", ", enabled.hosts())));
        made.notEnabled()
                .forEach(not -> table.row(not.extension(), not.version(), Paint.WARN.mark("no"), not.reason()));
        var lines = new ArrayList<>(table.lines());
        lines.add("");
        lines.add("made environment " + made.name() + ": zone " + made.zone() + ", bundle signed with key "
                + made.keyId() + ", " + made.enabled().size() + " enabled, "
                + made.notEnabled().size() + " not");
        return lines;
    }
}
