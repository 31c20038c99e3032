package io.portolan.artifact;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A zip archive whose structure was checked; see DESIGN.md section 4 for the rules.
 *
 * <p>Not {@code java.util.zip}: that reader accepts overlapping entries, wrong checksums, hostile names and headers that
 * contradict each other. This one reads the directory once, takes every number in the archive as a claim to be checked, and
 * accepts nothing that two readers could understand differently. Its memory is bounded by the number of entries, never by
 * their content.
 *
 * <p>Thread-safe once opened; streams are for one thread.
 */
final class ZipArchive implements Closeable {
    private final ArchiveFile file;
    private final Set<String> names;
    private final List<LocatedEntry> entries;

    private ZipArchive(ArchiveFile file, Set<String> names, List<LocatedEntry> entries) {
        this.file = file;
        this.names = names;
        this.entries = entries;
    }

    /**
     * Opens an archive; what is wrong with its structure is noted.
     *
     * @throws Unreadable when the structure gives no way on
     */
    static ZipArchive open(Path path, PackageLimits limits, Violations violations) throws IOException, Unreadable {
        return open(new ArchiveFile(path), limits, violations);
    }

    /** The same of a file that is open; it is closed with the archive, or when it cannot be opened. */
    static ZipArchive open(ArchiveFile file, PackageLimits limits, Violations violations)
            throws IOException, Unreadable {
        try {
            var end = ZipEnd.read(file, violations);
            var headers = ZipDirectory.read(file, end, limits, violations);
            NameClashes.check(headers, violations);
            checkTotal(headers, limits, violations);
            var names = headers.stream().map(ZipEntryHeader::name).collect(Collectors.toSet());
            return new ZipArchive(file, names, ZipLayout.locate(file, end.directory(), headers, violations));
        } catch (IOException | Unreadable | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static void checkTotal(List<ZipEntryHeader> headers, PackageLimits limits, Violations violations) {
        long total = 0;
        for (var header : headers) {
            total = total + header.sizeBytes() < total ? Long.MAX_VALUE : total + header.sizeBytes();
        }
        if (total > limits.unpackedBytes()) {
            violations.addLimit(
                    ViolationCode.PACKAGE_TOO_LARGE, "", "size unpacked in bytes", limits.unpackedBytes(), total);
        }
    }

    /** The names of all entries, also of those that cannot be read. */
    Set<String> names() {
        return names;
    }

    /** The entries that can be read, in the order of the archive, folders too. */
    List<LocatedEntry> entries() {
        return entries;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
