package io.portolan.director;

import io.portolan.model.Digest;
import io.portolan.model.RevisionId;
import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serial of the SOA record: rises (RFC 1982) with every revision or map that comes into use, and never goes back, kept in
 * {@code serial.json}. One thread at a time.
 *
 * <p>It starts from the revision's position, so that several directors of a zone show about the same number and a director whose
 * folder was lost does not start at 1.
 */
final class SerialNumber {
    private static final Logger LOG = LoggerFactory.getLogger(SerialNumber.class);
    private static final String FILE = "serial.json";
    private static final long NUMBERS_PER_EPOCH = 10_000_000;
    private static final long MASK = 0xffff_ffffL;

    private final Path folder;
    private Stored stored;

    /**
     * The file's content.
     *
     * @param inputs what the serial stands for: digests of revision and map
     */
    record Stored(int schema, long serial, String inputs) {
        static final int SCHEMA = 1;
    }

    /** Reads what the folder holds; the folder is made if it is absent. */
    SerialNumber(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.stored = read(folder.resolve(FILE));
    }

    private static Stored read(Path file) {
        try {
            return Json.read(Files.readAllBytes(file), Stored.class);
        } catch (NoSuchFileException first) {
            return new Stored(Stored.SCHEMA, 0, "");
        } catch (IOException | MalformedJson e) {
            // Answers matter more than the serial; the next one comes from the revision's position.
            LOG.warn("serial not read file={} reason={}", file, e.getMessage());
            return new Stored(Stored.SCHEMA, 0, "");
        }
    }

    /** The serial while this revision and this map are in use. */
    long of(RevisionId revision, Digest digest, Digest map) {
        var inputs = digest + " " + map;
        if (!stored.inputs().equals(inputs)) {
            long natural = (revision.epoch() * NUMBERS_PER_EPOCH + revision.number()) & MASK;
            long next = isAfter(natural, stored.serial()) ? natural : (stored.serial() + 1) & MASK;
            stored = new Stored(Stored.SCHEMA, next, inputs);
            write();
        }
        return stored.serial();
    }

    /** Serial number arithmetic of RFC 1982. */
    static boolean isAfter(long one, long other) {
        return one != other && ((one - other) & MASK) < 1L << 31;
    }

    private void write() {
        var temporary = folder.resolve(".tmp-" + UUID.randomUUID());
        try {
            try (var channel =
                    FileChannel.open(temporary, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
                channel.write(ByteBuffer.wrap(Json.bytes(stored)));
                channel.force(true);
            }
            Files.move(temporary, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
            try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        } catch (IOException e) {
            LOG.warn("serial not kept folder={} reason={}", folder, e.getMessage());
        }
    }
}
