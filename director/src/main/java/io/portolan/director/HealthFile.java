package io.portolan.director;

import io.portolan.planner.routing.EndpointHealth;
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
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a director judged last, on its disk. One thread at a time.
 *
 * <p>A file that cannot be read or written costs nothing but the memory: everything is checked anew then.
 */
final class HealthFile {
    /** Age up to which a target that was down counts as down; older ones are checked anew. */
    static final Duration MEMORY_OF_DOWN = Duration.ofMinutes(5);

    private static final Logger LOG = LoggerFactory.getLogger(HealthFile.class);
    private static final int SCHEMA = 1;
    private static final int LIMIT_BYTES = 4 << 20;

    private final Path path;

    HealthFile(Path path) {
        this.path = path;
    }

    private record Kept(int schema, Instant at, Map<String, EndpointHealth> health) {}

    /** What is still to be believed. */
    Map<String, EndpointHealth> read(Instant now) {
        try (var in = Files.newInputStream(path)) {
            var kept = Json.read(in.readNBytes(LIMIT_BYTES), Kept.class);
            boolean fresh = Duration.between(kept.at(), now).compareTo(MEMORY_OF_DOWN) < 0;
            var health = new TreeMap<String, EndpointHealth>();
            kept.health().forEach((target, seen) -> {
                if (fresh || seen == EndpointHealth.ONLINE) {
                    health.put(target, seen);
                }
            });
            return health;
        } catch (NoSuchFileException first) {
            return Map.of();
        } catch (IOException | MalformedJson | NullPointerException e) {
            LOG.warn("health of before is not read file={} reason={}", path, e.getMessage());
            return Map.of();
        }
    }

    void write(Map<String, EndpointHealth> health, Instant now) {
        var temporary = path.resolveSibling("." + path.getFileName() + ".tmp");
        try {
            try (var channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                var bytes = ByteBuffer.wrap(Json.bytes(new Kept(SCHEMA, now, health)));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            try (var folder = FileChannel.open(path.resolveSibling("."), StandardOpenOption.READ)) {
                folder.force(true);
            }
        } catch (IOException e) {
            LOG.warn("health is not kept file={} reason={}", path, e.getMessage());
        }
    }
}
