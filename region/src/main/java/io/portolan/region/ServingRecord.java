package io.portolan.region;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What each extension served by default, on disk ({@code serving.json}), so that a restart goes on with it while the version that
 * its region was given is not fully held. One thread at a time. Losing the file costs no more than that.
 */
final class ServingRecord {
    private static final Logger LOG = LoggerFactory.getLogger(ServingRecord.class);
    private static final int SCHEMA = 1;

    private final Path file;
    private Map<ExtensionName, VersionLabel> last;

    /** The file's form. */
    record Form(int schema, Map<ExtensionName, VersionLabel> serving) {
        Form {
            serving = Map.copyOf(serving);
        }
    }

    ServingRecord(Path folder) {
        this.file = folder.resolve("serving.json");
        this.last = load(file);
    }

    /** What was saved last. */
    Map<ExtensionName, VersionLabel> last() {
        return last;
    }

    /** Saves, if it differs. */
    void save(Map<ExtensionName, VersionLabel> serving) {
        if (serving.equals(last)) {
            return;
        }
        var temporary = file.resolveSibling("serving.json.tmp");
        try {
            try (var channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                for (var bytes = ByteBuffer.wrap(Json.bytes(new Form(SCHEMA, serving))); bytes.hasRemaining(); ) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            try (var folder = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
                folder.force(true);
            }
            last = Map.copyOf(serving);
        } catch (IOException e) {
            // Serving goes on; what is lost is a memory of it for the next start.
            LOG.warn("file={} cannot be written: {}", file, e.toString());
        }
    }

    private static Map<ExtensionName, VersionLabel> load(Path file) {
        if (!Files.exists(file)) {
            return Map.of();
        }
        try {
            return Json.read(Files.readAllBytes(file), Form.class).serving();
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("file={} cannot be read, starting without it: {}", file, e.toString());
            return Map.of();
        }
    }
}
