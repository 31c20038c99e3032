package io.portolan.artifact;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;

/**
 * Validates packages: the archive, every byte of its content, and the rules for what is in it. Immutable.
 *
 * <p>Every entry is streamed once; only {@code portolan.json}, the page and one configuration file at a time are held.
 */
public final class PackageReader {
    private final PackageLimits limits;

    public PackageReader(PackageLimits limits) {
        this.limits = Objects.requireNonNull(limits, "limits");
    }

    /**
     * Validates a package for a publish.
     *
     * @throws PackageRejected with every rule that it breaks, its names among them
     */
    public ValidPackage read(Path zip, ExtensionName extension, VersionLabel version)
            throws IOException, PackageRejected {
        return read(zip, (manifest, violations) -> {
            if (VersionLabel.isReserved(version.value())) {
                violations.add(ViolationCode.VERSION_RESERVED, "", "version " + version + " is a reserved word");
            }
            compare(
                    ViolationCode.EXTENSION_MISMATCH,
                    "extension",
                    manifest.extensionName(),
                    extension.value(),
                    violations);
            compare(ViolationCode.VERSION_MISMATCH, "version", manifest.versionLabel(), version.value(), violations);
        });
    }

    /** Validates a package on its own, whatever it calls itself. */
    public ValidPackage read(Path zip) throws IOException, PackageRejected {
        return read(zip, (manifest, violations) -> {
            if (VersionLabel.isReserved(manifest.versionLabel())) {
                violations.add(
                        ViolationCode.VERSION_RESERVED,
                        PackageManifest.PATH,
                        "version " + manifest.versionLabel() + " is a reserved word");
            }
        });
    }

    private ValidPackage read(Path zip, BiConsumer<PackageManifest, Violations> names)
            throws IOException, PackageRejected {
        var violations = new Violations();
        var warnings = new ArrayList<String>();
        try (var archive = ZipArchive.open(zip, limits, violations)) {
            int before = violations.total();
            var manifest = manifest(archive, limits, violations, warnings);
            boolean manifestIsKnown = violations.total() == before;
            names.accept(manifest, violations);
            var content = new PackageContent(manifest, limits, violations, warnings);
            List<ServedFile> files;
            try (var all = NestedArchives.open(zip, archive, manifest, limits, violations)) {
                files = content.read(all.entries());
                if (manifestIsKnown) {
                    content.checkReferences();
                    PackageContent.checkPresent(all.names(), manifest, violations);
                }
            }
            violations.throwIfAny();
            return new ValidPackage(manifest, CanonicalManifest.identity(files), files, warnings);
        } catch (Unreadable e) {
            violations.throwIfAny();
            throw new IllegalStateException("unreadable without a violation", e);
        }
    }

    private static void compare(ViolationCode code, String key, String said, String asked, Violations violations) {
        if (!said.isEmpty() && !said.equals(asked)) {
            violations.add(
                    code, PackageManifest.PATH, key + ": " + said + " (expected: " + asked + ", as the publish says)");
        }
    }

    /** Reads the manifest of an archive; without one, or with one that cannot be read, what holds without it. */
    static PackageManifest manifest(
            ZipArchive archive, PackageLimits limits, Violations violations, List<String> warnings) throws IOException {
        for (var entry : archive.entries()) {
            if (!entry.header().name().equals(PackageManifest.PATH)) {
                continue;
            }
            if (entry.header().sizeBytes() > limits.jsonBytes()) {
                violations.addLimit(
                        ViolationCode.JSON_TOO_LARGE,
                        PackageManifest.PATH,
                        "size in bytes",
                        limits.jsonBytes(),
                        entry.header().sizeBytes());
                return PackageManifest.NONE;
            }
            try (var content = entry.open()) {
                return PackageManifest.parse(content.readAllBytes(), violations, warnings);
            } catch (EntryBroken e) {
                violations.add(e.code(), PackageManifest.PATH, String.valueOf(e.getMessage()));
                return PackageManifest.NONE;
            }
        }
        return PackageManifest.NONE;
    }
}
