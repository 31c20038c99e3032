package io.portolan.control;

import io.portolan.protocol.Signer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** A key pair in a file that only its owner can read. */
final class KeyFile {
    private KeyFile() {}

    /** The pair in the file; at the first start a fresh one, on disk before it is used. */
    static Signer readOrCreate(Path folder, String name) throws IOException {
        Files.createDirectories(folder);
        var file = folder.resolve(name);
        if (Files.exists(file)) {
            return Signer.decode(Files.readString(file));
        }
        var signer = Signer.generate();
        var temporary = Files.createTempFile(
                folder,
                name,
                ".tmp",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(temporary, signer.encoded());
        try (var written = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            written.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        try (var entry = FileChannel.open(folder, StandardOpenOption.READ)) {
            entry.force(true);
        }
        return signer;
    }
}
