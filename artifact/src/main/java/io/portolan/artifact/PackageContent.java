package io.portolan.artifact;

import io.portolan.model.Digest;
import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerRuntimeKind;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.Reference;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Streams the content of an archive once: hashes files, checks page and configuration. One use. */
final class PackageContent {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final PackageManifest manifest;
    private final PackageLimits limits;
    private final Violations violations;
    private final List<String> warnings;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    /** Keys of all configuration files, nested ones joined by dots. */
    private final Set<String> keys = new HashSet<>();

    PackageContent(PackageManifest manifest, PackageLimits limits, Violations violations, List<String> warnings) {
        this.manifest = manifest;
        this.limits = limits;
        this.violations = violations;
        this.warnings = warnings;
    }

    /** The files in the order of their paths; those that break a rule are left out. */
    List<ServedFile> read(List<LocatedEntry> entries) throws IOException {
        var files = new ArrayList<ServedFile>();
        long total = 0;
        for (var entry : entries) {
            var header = entry.header();
            // What breaks a limit by its own account was noted and is not inflated; so much is the most we ever read.
            if (header.exceeds(limits) || header.sizeBytes() > limits.unpackedBytes() - total) {
                continue;
            }
            total += header.sizeBytes();
            try (var content = entry.open()) {
                read(header, content).ifPresent(files::add);
            } catch (EntryBroken e) {
                // The manifest was read before, and what is wrong with it noted.
                if (!header.name().equals(PackageManifest.PATH)) {
                    violations.add(e.code(), header.name(), String.valueOf(e.getMessage()));
                }
            }
        }
        files.sort(Comparator.comparing(ServedFile::path));
        return files;
    }

    private Optional<ServedFile> read(ZipEntryHeader header, EntryStream content) throws IOException {
        var path = header.name();
        var hash = Digest.sha256();
        var integrity = sha384();
        var kept = new ByteArrayOutputStream();
        var keep = isKept(header) ? kept : OutputStream.nullOutputStream();
        long size = 0;
        for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
            hash.update(buffer, 0, read);
            integrity.update(buffer, 0, read);
            keep.write(buffer, 0, read);
            size += read;
        }
        if (header.isFolder()) {
            return Optional.empty();
        }
        if (keep == kept) {
            check(path, kept.toByteArray());
        }
        return Optional.of(new ServedFile(
                path,
                Digest.from(hash),
                size,
                ContentTypes.of(path),
                "sha384-" + Base64.getEncoder().encodeToString(integrity.digest()),
                List.of()));
    }

    /** Whether a file is checked as a whole; one that is too long for that is a violation. */
    private boolean isKept(ZipEntryHeader header) {
        var path = header.name();
        boolean page = isPage(path);
        if (!page && !PackageConfiguration.isConfiguration(path)) {
            return false;
        }
        int limit = page ? limits.pageBytes() : limits.jsonBytes();
        if (header.sizeBytes() <= limit) {
            return true;
        }
        violations.addLimit(
                page ? ViolationCode.PAGE_TOO_LARGE : ViolationCode.JSON_TOO_LARGE,
                path,
                "size in bytes",
                limit,
                header.sizeBytes());
        return false;
    }

    private boolean isPage(String path) {
        return path.equals(manifest.entry()) && !EntryPage.isModule(path);
    }

    private void check(String path, byte[] content) {
        if (isPage(path)) {
            checkPage(path, HtmlScan.of(content));
        } else {
            checkConfiguration(path, content);
        }
    }

    private void checkPage(String path, HtmlScan page) {
        if (!page.utf8()) {
            violations.add(ViolationCode.PAGE_NOT_UTF8, path, "the page is not UTF-8");
        }
        if (!page.encoding().isEmpty()) {
            violations.add(
                    ViolationCode.PAGE_OTHER_ENCODING,
                    path,
                    "the page declares the encoding " + Violations.printable(page.encoding()) + " (expected: utf-8)");
        }
        if (page.hasBase()) {
            warnings.add(path + ": the page keeps its own <base>; its assets may not be the version's");
        }
    }

    private void checkConfiguration(String path, byte[] content) {
        try {
            var configuration = StrictJson.object(content);
            keys.addAll(PackageConfiguration.flat(configuration).keySet());
            var merge = configuration.path(PackageConfiguration.MERGE);
            if (!merge.isMissingNode() && !merge.asString("").equals(PackageConfiguration.DEEP)) {
                violations.add(
                        ViolationCode.CONFIG_INVALID,
                        path,
                        PackageConfiguration.MERGE + ": " + Violations.printable(merge.toString())
                                + " (expected: \"deep\", or none)");
            }
        } catch (IllegalArgumentException e) {
            violations.add(ViolationCode.CONFIG_INVALID, path, String.valueOf(e.getMessage()));
        }
    }

    /** Checks that what the manifest asks for is in the archive, readable or not. */
    static void checkPresent(Set<String> names, PackageManifest manifest, Violations violations) {
        var entry = manifest.entry();
        if (!entry.endsWith(".html") && !entry.endsWith(".htm") && !EntryPage.isModule(entry)) {
            violations.add(
                    ViolationCode.ENTRY_NOT_A_PAGE,
                    PackageManifest.PATH,
                    "entry: " + Violations.printable(entry) + " (expected: a .html page, or a .js or .mjs module)");
        }
        if (!names.contains(entry)) {
            violations.add(ViolationCode.ENTRY_MISSING, entry, "the page is not in the package");
        }
        if (!manifest.portals().contains("*") && !names.contains(PackageConfiguration.DEFAULT)) {
            violations.add(
                    ViolationCode.CONFIG_MISSING,
                    PackageConfiguration.DEFAULT,
                    "the default configuration is not in the package (expected: there, or \"portals\":[\"*\"] in "
                            + PackageManifest.PATH + ")");
        }
        manifest.controllers().forEach(controller -> checkFiles(names, controller, violations));
    }

    private static void checkFiles(Set<String> names, ControllerSpec controller, Violations violations) {
        var process = controller.process();
        if (controller.kind() != ControllerKind.PROCESS) {
            return;
        }
        var files = names.stream()
                .filter(name -> !name.endsWith("/") && process.holds(name))
                .map(process::placeOf)
                .collect(Collectors.toSet());
        var missing = files.isEmpty()
                ? "nothing of it is in the package"
                : process.runtime() == ControllerRuntimeKind.NATIVE
                                && !files.contains(process.command().getFirst())
                        ? "its program "
                                + Violations.printable(process.command().getFirst()) + " is not in it"
                        : "";
        if (!missing.isEmpty()) {
            violations.add(
                    ViolationCode.CONTROLLER_FILES_MISSING,
                    process.archive(),
                    "controller " + controller.name() + ": " + missing);
        }
    }

    /** Checks that what controllers ask of the configuration is in one of its files. */
    void checkReferences() {
        for (var controller : manifest.controllers()) {
            for (var value : controller.environment().values()) {
                for (var reference : Reference.in(value)) {
                    if (reference.kind() == Reference.Kind.CONFIG && !keys.contains(reference.name())) {
                        violations.add(
                                ViolationCode.CONTROLLER_CONFIG_UNKNOWN,
                                PackageManifest.PATH,
                                "controller " + controller.name() + ": no configuration of the package has the key "
                                        + reference.name());
                    }
                }
            }
        }
    }

    private static MessageDigest sha384() {
        try {
            return MessageDigest.getInstance("SHA-384");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-384 is part of every Java platform", e);
        }
    }
}
