package io.portolan.control;

import io.portolan.protocol.Signer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** A key pair in a file that only its owner can read. */
final class KeyFile {
    private KeyFile() {}

    /** The pair in the file; at the first start a fresh one, on disk before it is used. */
    static Signer readOrCreate(Path key) throws IOException {
        var file = key.toAbsolutePath().normalize();
        var folder = file.resolveSibling(".").normalize();
        Files.createDirectories(folder);
        if (Files.exists(file)) {
            return Signer.decode(Files.readString(file));
        }
        var signer = Signer.generate();
        var temporary = Files.createTempFile(
                folder,
                "new-key",
                ".tmp",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(temporary, signer.encoded());
        try (var written = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            written.force(true);
        }
        try {
            // A link and no renaming: of several processes that start at once on one folder, one makes the key.
            Files.createLink(file, temporary);
        } catch (FileAlreadyExistsException anotherWasFirst) {
            return Signer.decode(Files.readString(file));
        } finally {
            Files.delete(temporary);
        }
        try (var entry = FileChannel.open(folder, StandardOpenOption.READ)) {
            entry.force(true);
        }
        return signer;
    }
}
