package io.portolan.artifact;

import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ProcessSpec;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The content of a package in which the zips that controllers name as their archive are opened: in place of {@code controllers/a.zip}
 * stand its files, as {@code controllers/a.zip/…}. One thread at a time while it is made, then thread-safe.
 *
 * <p>They are opened once, here, by the reader of packages and under its rules: names that climb, links, devices, overlapping or
 * over-expanding entries are refused, and the limits hold for the package with all that is in it. What a region gets are files named by
 * their hash like all others, so nothing is unpacked there, and a changed file moves alone.
 *
 * <p>A zip in a package is packed a second time there, so it is written to a file without a name beside the package first.
 */
final class NestedArchives implements Closeable {
    /** End of the name of an archive that is opened. */
    private static final String SUFFIX = ".zip";

    private final PackageLimits limits;
    private final Violations violations;
    private final List<ZipArchive> opened = new ArrayList<>();
    private final List<LocatedEntry> entries = new ArrayList<>();
    private final Set<String> names;
    private boolean any;
    private long spooledBytes;

    private NestedArchives(ZipArchive outer, PackageLimits limits, Violations violations) {
        this.limits = limits;
        this.violations = violations;
        this.names = new HashSet<>(outer.names());
    }

    /** What an archive is called in the manifest of a controller that has its files: the folder in its place. */
    static String folder(String archive) {
        return archive.toLowerCase(Locale.ROOT).endsWith(SUFFIX) ? archive + "/" : archive;
    }

    /**
     * Opens the zips that the manifest names, if there are some; what is wrong with them is noted.
     *
     * @param zip the package
     */
    static NestedArchives open(
            Path zip, ZipArchive outer, PackageManifest manifest, PackageLimits limits, Violations violations)
            throws IOException {
        var wanted = manifest.controllers().stream()
                .map(ControllerSpec::process)
                .map(ProcessSpec::archive)
                .filter(archive -> archive.toLowerCase(Locale.ROOT).endsWith(SUFFIX + "/"))
                .map(EntryName::withoutSlash)
                .collect(Collectors.toSet());
        var all = new NestedArchives(outer, limits, violations);
        try {
            for (var entry : outer.entries()) {
                if (!wanted.contains(entry.header().name())) {
                    all.entries.add(entry);
                } else if (all.mayBeSpooled(entry.header())) {
                    all.add(zip, entry);
                }
            }
            all.checkTogether();
            return all;
        } catch (IOException | RuntimeException e) {
            all.close();
            throw e;
        }
    }

    /** The names of all entries, also of those that cannot be read. */
    Set<String> names() {
        return names;
    }

    /** The entries that can be read, folders too. */
    List<LocatedEntry> entries() {
        return entries;
    }

    /** One that may not was noted with the package's other entries, or all of them together were. */
    private boolean mayBeSpooled(ZipEntryHeader header) {
        return !header.exceeds(limits) && header.sizeBytes() <= limits.unpackedBytes() - spooledBytes;
    }

    private void add(Path zip, LocatedEntry entry) throws IOException {
        any = true;
        spooledBytes += entry.header().sizeBytes();
        var name = entry.header().name();
        names.remove(name);
        var own = new Violations();
        try {
            var archive = ZipArchive.open(spooled(zip, entry), limits, own);
            opened.add(archive);
            archive.names().forEach(each -> names.add(name + "/" + each));
            archive.entries().forEach(each -> entries.add(below(name, each)));
        } catch (EntryBroken e) {
            violations.add(e.code(), name, String.valueOf(e.getMessage()));
        } catch (Unreadable e) {
            // It is noted why.
        }
        violations.addAll(name, own);
    }

    /** The zip as a file that is gone with its last reader. */
    private static ArchiveFile spooled(Path zip, LocatedEntry entry) throws IOException {
        var file =
                Files.createTempFile(Objects.requireNonNull(zip.toAbsolutePath().getParent()), ".nested-", SUFFIX);
        try {
            try (var content = entry.open();
                    var out = Files.newOutputStream(file)) {
                content.transferTo(out);
            }
            return new ArchiveFile(file, StandardOpenOption.DELETE_ON_CLOSE);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    private LocatedEntry below(String folder, LocatedEntry entry) {
        var name = folder + "/" + entry.header().name();
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length > limits.nameBytes()) {
            violations.addLimit(
                    ViolationCode.NAME_TOO_LONG,
                    name,
                    "length of the name in bytes, with that of its archive",
                    limits.nameBytes(),
                    length);
        }
        int levels = EntryName.withoutSlash(name).split("/", -1).length;
        if (levels > limits.levels()) {
            violations.addLimit(
                    ViolationCode.NAME_TOO_DEEP,
                    name,
                    "levels of the name, with those of its archive",
                    limits.levels(),
                    levels);
        }
        return new LocatedEntry(entry.header().named(name), entry.content(), entry.file());
    }

    /** Limits that each archive keeps for itself and all of them may not together. */
    private void checkTogether() {
        if (!any) {
            return;
        }
        if (names.size() > limits.files()) {
            violations.addLimit(
                    ViolationCode.TOO_MANY_FILES, "", "entries in all archives", limits.files(), names.size());
        }
        long total = entries.stream()
                .mapToLong(entry -> Math.min(entry.header().sizeBytes(), limits.fileBytes()))
                .sum();
        if (total > limits.unpackedBytes()) {
            violations.addLimit(
                    ViolationCode.PACKAGE_TOO_LARGE,
                    "",
                    "size unpacked in bytes, with the archives in it",
                    limits.unpackedBytes(),
                    total);
        }
    }

    @Override
    public void close() throws IOException {
        for (var archive : opened) {
            archive.close();
        }
    }
}
