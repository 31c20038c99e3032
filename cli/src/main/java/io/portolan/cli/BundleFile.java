package io.portolan.cli;

import io.portolan.model.Digest;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.EnvironmentBundle;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.PublicKey;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * The file of an environment's bundle: a zip with the signed {@link EnvironmentBundle} and the packages that it names. What is
 * taken out of it was signed, or hashes to what was signed. One thread at a time.
 */
final class BundleFile implements AutoCloseable {
    /** Longest envelope that is read: some ten thousand extensions. */
    private static final int ENVELOPE_LIMIT_BYTES = 16 << 20;

    private final ZipFile zip;
    private final Envelope envelope;
    private final EnvironmentBundle bundle;

    private BundleFile(ZipFile zip, Envelope envelope, EnvironmentBundle bundle) {
        this.zip = zip;
        this.envelope = envelope;
        this.bundle = bundle;
    }

    /**
     * Writes a bundle under a temporary name, then under its own.
     *
     * @param packages by digest, as the bundle's extensions name them
     */
    static void write(Path file, Envelope envelope, Map<Digest, Path> packages) throws IOException {
        var temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
        try {
            try (var out = new ZipOutputStream(Files.newOutputStream(temporary))) {
                out.putNextEntry(new ZipEntry(EnvironmentBundle.ENTRY));
                out.write(Json.bytes(envelope));
                out.closeEntry();
                // Packages are compressed already.
                out.setLevel(Deflater.NO_COMPRESSION);
                for (var each : packages.entrySet()) {
                    out.putNextEntry(new ZipEntry("packages/" + each.getKey() + ".zip"));
                    Files.copy(each.getValue(), out);
                    out.closeEntry();
                }
            }
            try (var channel = java.nio.channels.FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Opens a file whose bundle that key has signed; anything else ends the command with the reason. */
    static BundleFile open(Path file, String keyId, PublicKey key) {
        ZipFile zip;
        try {
            zip = new ZipFile(file.toFile());
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.USAGE, "bundle: " + file + ": " + e.getMessage());
        }
        try {
            var envelope = Json.read(entry(zip, file), Envelope.class);
            var payload = envelope.verify(EnvironmentBundle.TYPE, Map.of(keyId, key))
                    .orElseThrow(() -> new CommandFailure(
                            ExitCode.CONFLICT,
                            "bundle: " + file + " is not signed with key " + keyId,
                            List.of("its signatures name: "
                                    + String.join(
                                            ", ",
                                            envelope.signatures().stream()
                                                    .map(Envelope.KeySignature::keyid)
                                                    .toList()))));
            return new BundleFile(zip, envelope, Json.read(payload, EnvironmentBundle.class));
        } catch (IllegalArgumentException e) {
            close(zip);
            throw new CommandFailure(ExitCode.FAILED, "bundle: " + file + ": " + e.getMessage());
        } catch (CommandFailure e) {
            close(zip);
            throw e;
        }
    }

    private static byte[] entry(ZipFile zip, Path file) {
        var entry = zip.getEntry(EnvironmentBundle.ENTRY);
        if (entry == null) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "bundle: " + file + ": no " + EnvironmentBundle.ENTRY
                            + " in it (expected: a file of portolan env export)");
        }
        try (var in = zip.getInputStream(entry)) {
            var bytes = in.readNBytes(ENVELOPE_LIMIT_BYTES + 1);
            if (bytes.length > ENVELOPE_LIMIT_BYTES) {
                throw new CommandFailure(
                        ExitCode.FAILED, "bundle: " + file + ": longer than " + ENVELOPE_LIMIT_BYTES + " bytes");
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Envelope envelope() {
        return envelope;
    }

    EnvironmentBundle bundle() {
        return bundle;
    }

    /** Writes an extension's package into a new file; one with other bytes than were signed ends the command. */
    void extract(EnvironmentBundle.Extension extension, Path target) {
        try (var in = open(extension);
                var out = Files.newOutputStream(target, StandardOpenOption.CREATE_NEW)) {
            copy(extension, in, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Looks whether a package is whole. */
    void check(EnvironmentBundle.Extension extension) {
        try (var in = open(extension)) {
            copy(extension, in, OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private InputStream open(EnvironmentBundle.Extension extension) throws IOException {
        var entry = zip.getEntry(extension.entry());
        if (entry == null) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "bundle: the package of " + extension.name() + " " + extension.version() + " is not in it");
        }
        return zip.getInputStream(entry);
    }

    private static void copy(EnvironmentBundle.Extension extension, InputStream in, OutputStream out)
            throws IOException {
        var hash = Digest.sha256();
        new DigestInputStream(in, hash).transferTo(out);
        var actual = Digest.from(hash);
        if (!actual.equals(extension.archive())) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "bundle: the package of " + extension.name() + " " + extension.version() + " is damaged: " + actual
                            + " (expected: " + extension.archive() + ")");
        }
    }

    @Override
    public void close() {
        close(zip);
    }

    private static void close(ZipFile zip) {
        try {
            zip.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
