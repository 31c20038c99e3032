package io.portolan.it;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** Looks for files of a running world, in which nodes put files there and away meanwhile. Stateless. */
final class DiskFiles {
    private DiskFiles() {}

    /** Files below a folder whose name and size are wanted. */
    static List<Path> below(Path folder, BiPredicate<String, Long> wanted) throws IOException {
        var found = new ArrayList<Path>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (wanted.test(file.getFileName().toString(), attributes.size())) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException gone) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException gone) {
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }

    /** Inverts a byte in the middle; gives what was there. */
    static byte[] damage(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        var before = bytes.clone();
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        return before;
    }
}
