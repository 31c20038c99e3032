package io.portolan.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Ordinary zips for tests, written by the JDK. Stateless. */
final class Zips {
    private Zips() {}

    /** Writes a zip of text files into a new file of the folder. */
    static Path plain(Path folder, Map<String, String> files) throws IOException {
        var path = Files.createTempFile(folder, "plain", ".zip");
        try (var zip = new ZipOutputStream(Files.newOutputStream(path))) {
            for (var file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue().getBytes(UTF_8));
                zip.closeEntry();
            }
        }
        return path;
    }

    static List<Path> filesBelow(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }
}
