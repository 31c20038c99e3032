package io.portolan.artifact;

import io.portolan.model.VersionLabel;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Packs a folder into a package: the same files give the same bytes. Stateless.
 *
 * <p>Entries are in the order of their paths, all of one time, without owners or modes. The version is written into
 * {@code portolan.json}, which is added if absent. Hidden files are packed like others; links are refused.
 */
public final class PackageWriter {
    /** The time of every entry. Not the first day of 1980: for it the JDK adds a field that depends on the time zone. */
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 2, 1, 0, 0, 0);

    private static final int LARGEST = 5;

    private PackageWriter() {}

    /**
     * What was packed.
     *
     * @param files       number of files
     * @param unpackedBytes sum of the files
     * @param packedBytes length of the zip
     * @param largest     the largest files, largest first
     * @param content     what the strict reader found in it
     */
    public record Packed(
            int files, long unpackedBytes, long packedBytes, List<ServedFile> largest, ValidPackage content) {
        public Packed {
            largest = List.copyOf(largest);
        }
    }

    /**
     * Packs a folder and validates the result with {@link PackageReader}; {@code output} is replaced only by a valid package.
     *
     * @throws PackageRejected with every rule that the folder's content breaks
     */
    public static Packed pack(Path folder, VersionLabel version, Path output) throws IOException, PackageRejected {
        return pack(folder, version, output, PackageLimits.DEFAULT);
    }

    /** Packs under other limits; see {@link #pack(Path, VersionLabel, Path)}. */
    public static Packed pack(Path folder, VersionLabel version, Path output, PackageLimits limits)
            throws IOException, PackageRejected {
        var target = output.toAbsolutePath();
        var temporary = target.resolveSibling("." + target.getFileName() + ".tmp");
        var violations = new Violations();
        var files = files(folder, target, temporary, violations);
        var manifest = manifest(folder, version, violations);
        violations.throwIfAny();
        try {
            write(files, manifest, temporary);
            var content = new PackageReader(limits).read(temporary);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            var largest = content.files().stream()
                    .sorted(Comparator.comparingLong(ServedFile::sizeBytes).reversed())
                    .limit(LARGEST)
                    .toList();
            return new Packed(content.files().size(), content.sizeBytes(), Files.size(target), largest, content);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /**
     * Writes the package that has exactly these files, such as those of a published version: its identity is theirs.
     *
     * @param files  by their path in the package
     * @param output must not exist yet
     */
    public static void archive(Map<String, Path> files, Path output) throws IOException {
        var ordered = new TreeMap<>(files);
        try (var zip = new ZipOutputStream(
                new BufferedOutputStream(Files.newOutputStream(output, StandardOpenOption.CREATE_NEW)))) {
            zip.setLevel(Deflater.BEST_COMPRESSION);
            var manifest = ordered.remove(PackageManifest.PATH);
            if (manifest != null) {
                try (var content = Files.newInputStream(manifest)) {
                    add(zip, PackageManifest.PATH, content);
                }
            }
            addAll(zip, ordered);
        }
    }

    private static void addAll(ZipOutputStream zip, Map<String, Path> files) throws IOException {
        for (var file : files.entrySet()) {
            try (var content = Files.newInputStream(file.getValue())) {
                add(zip, file.getKey(), content);
            }
        }
    }

    private static TreeMap<String, Path> files(Path folder, Path output, Path temporary, Violations violations)
            throws IOException {
        var files = new TreeMap<String, Path>();
        try (var walk = Files.walk(folder)) {
            for (var path : (Iterable<Path>) walk::iterator) {
                var name = name(folder, path);
                if (Files.isSymbolicLink(path)) {
                    violations.add(ViolationCode.LINK, name, "the file is a symbolic link");
                } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                    // The package of a run before may lie in the folder that it was made of.
                    var absolute = path.toAbsolutePath();
                    if (!absolute.equals(output) && !absolute.equals(temporary)) {
                        files.put(name, path);
                    }
                } else if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                    violations.add(ViolationCode.DEVICE, name, "the file is a device, pipe or socket");
                }
            }
        }
        return files;
    }

    private static String name(Path folder, Path path) {
        var name = new StringBuilder();
        for (var segment : folder.relativize(path)) {
            name.append(name.isEmpty() ? "" : "/").append(segment);
        }
        return name.toString();
    }

    /** The manifest with the version in it, other keys as they are. */
    private static byte[] manifest(Path folder, VersionLabel version, Violations violations) throws IOException {
        var path = folder.resolve(PackageManifest.PATH);
        ObjectNode manifest = JsonNodeFactory.instance.objectNode();
        if (Files.isRegularFile(path)) {
            try {
                manifest = StrictJson.object(Files.readAllBytes(path));
            } catch (IllegalArgumentException e) {
                violations.add(ViolationCode.MANIFEST_INVALID, PackageManifest.PATH, String.valueOf(e.getMessage()));
            }
        }
        manifest.put("version", version.value());
        return StrictJson.bytes(manifest);
    }

    private static void write(TreeMap<String, Path> files, byte[] manifest, Path output) throws IOException {
        try (var channel = FileChannel.open(
                        output,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
                var zip = new ZipOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel)))) {
            zip.setLevel(Deflater.BEST_COMPRESSION);
            // First, so that it is found without reading on.
            add(zip, PackageManifest.PATH, new ByteArrayInputStream(manifest));
            var others = new TreeMap<>(files);
            others.remove(PackageManifest.PATH);
            addAll(zip, others);
            zip.finish();
            zip.flush();
            channel.force(true);
        }
    }

    private static void add(ZipOutputStream zip, String name, InputStream content) throws IOException {
        var entry = new ZipEntry(name);
        entry.setTimeLocal(TIME);
        zip.putNextEntry(entry);
        content.transferTo(zip);
        zip.closeEntry();
    }
}
