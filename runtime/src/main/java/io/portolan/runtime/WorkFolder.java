package io.portolan.runtime;

import io.portolan.model.Digest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;

/**
 * Folders of replicas: {@code work/<extension>/<version>/<controller>/<number>/app} with the controller's files, and {@code tmp} for its
 * own. Thread-safe as long as each number has one user.
 *
 * <p>Files are compared with their digests while they are copied; the folder gets its name when all of them are there and on the disk,
 * so that a half-made one is never started from.
 */
final class WorkFolder {
    private final Path root;
    private final ContentSource content;

    WorkFolder(Path root, ContentSource content) {
        this.root = root;
        this.content = content;
    }

    /** The folder of a replica, complete. */
    Path prepare(ControllerInstance instance, int number) throws IOException {
        var folder = of(instance.id()).resolve(String.valueOf(number));
        var app = folder.resolve("app");
        if (!Files.isDirectory(app)) {
            var making = folder.resolve("app.making");
            delete(making);
            Files.createDirectories(making);
            for (var file : instance.files()) {
                copy(file, making);
            }
            forceFolder(making);
            Files.move(making, app, StandardCopyOption.ATOMIC_MOVE);
            forceFolder(folder);
        }
        Files.createDirectories(folder.resolve("tmp"));
        return folder;
    }

    private void copy(ControllerInstance.File file, Path folder) throws IOException {
        var target = folder.resolve(file.path()).normalize();
        if (!target.startsWith(folder)) {
            // Packages with such names are refused; this is the second lock on that door.
            throw new IOException("file " + file.path() + " leaves its folder");
        }
        Files.createDirectories(target.getParent());
        var hash = Digest.sha256();
        try (var in = new DigestInputStream(content.open(file.digest()), hash);
                var out = FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            in.transferTo(java.nio.channels.Channels.newOutputStream(out));
            out.force(true);
        }
        var found = Digest.from(hash);
        if (!found.equals(file.digest())) {
            throw new IOException("file " + file.path() + ": digest: " + found + " (expected: " + file.digest() + ")");
        }
        if (isPosix(target)) {
            // A package has no modes: what is a program is only known by the command that starts it.
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    /** Removes the folder of a replica that has ended. */
    void remove(ControllerId id, int number) throws IOException {
        delete(of(id).resolve(String.valueOf(number)));
        var relative = root.relativize(of(id));
        for (int names = relative.getNameCount(); names > 0; names--) {
            try {
                Files.deleteIfExists(root.resolve(relative.subpath(0, names)));
            } catch (java.nio.file.DirectoryNotEmptyException e) {
                return;
            }
        }
    }

    /** Removes everything: nothing runs. */
    void clear() throws IOException {
        delete(root);
        Files.createDirectories(root);
    }

    private Path of(ControllerId id) {
        return root.resolve(id.extension().value())
                .resolve(id.version().value())
                .resolve(id.name());
    }

    static boolean isPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private static void forceFolder(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Deletes a folder and what is below it, if it is there. */
    static void delete(Path path) throws IOException {
        if (!Files.exists(path, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        // Links that a controller made are deleted, never followed.
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, java.io.IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
