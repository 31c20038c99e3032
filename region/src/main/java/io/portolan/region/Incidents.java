package io.portolan.region;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.portolan.model.Digest;
import io.portolan.protocol.IncidentRecord;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What went wrong at this node, kept in {@code incidents.json}: one record for each key, also across restarts. Thread-safe.
 *
 * <p>At most {@link #MOST} records; the oldest resolved ones are forgotten first.
 */
final class Incidents {
    /** Most records. */
    static final int MOST = 64;

    private static final Logger LOG = LoggerFactory.getLogger(Incidents.class);
    private static final String FILE = "incidents.json";
    private static final int SCHEMA = 1;
    private static final int ID_DIGITS = 12;

    private final Path folder;
    private final String node;
    private final InstantSource clock;

    @GuardedBy("this")
    private final Map<String, IncidentRecord> byKey = new LinkedHashMap<>();

    private volatile List<IncidentRecord> all = List.of();

    /** The file's form. */
    record Form(int schema, List<IncidentRecord> incidents) {
        Form {
            incidents = List.copyOf(incidents);
        }
    }

    Incidents(Path folder, String node, InstantSource clock) {
        this.folder = folder;
        this.node = node;
        this.clock = clock;
        load(folder.resolve(FILE)).forEach(record -> byKey.put(record.key(), record));
        all = List.copyOf(byKey.values());
    }

    /** All of them, the newest last. */
    List<IncidentRecord> all() {
        return all;
    }

    /** Opens the record of a key, or notes in it that it showed once more; true for a new record. */
    synchronized boolean open(
            String key, String extension, int severity, String summary, Map<String, String> evidence) {
        var before = byKey.get(key);
        var now = clock.instant();
        if (before == null) {
            var id = "inc-"
                    + Digest.of(key.getBytes(StandardCharsets.UTF_8)).value().substring(0, ID_DIGITS);
            byKey.put(
                    key,
                    new IncidentRecord(
                                    id,
                                    key,
                                    node,
                                    extension,
                                    IncidentRecord.TRIGGERED,
                                    severity,
                                    summary,
                                    now,
                                    evidence)
                            .with(IncidentRecord.TRIGGERED, Map.of("times", "1")));
            LOG.error("incident={} key={} {}", id, key, summary);
        } else {
            long times = Long.parseLong(before.evidence().getOrDefault("times", "1")) + 1;
            byKey.put(
                    key,
                    before.with(
                            IncidentRecord.TRIGGERED,
                            Map.of("times", String.valueOf(times), "lastAt", now.toString())));
        }
        save();
        return before == null;
    }

    /** Notes that what the record of a key is about was put right; nothing happens where there is none. */
    synchronized void resolve(String key) {
        var record = byKey.get(key);
        if (record != null && record.state().equals(IncidentRecord.TRIGGERED)) {
            byKey.put(
                    key,
                    record.with(
                            IncidentRecord.RESOLVED,
                            Map.of("resolvedAt", clock.instant().toString())));
            save();
        }
    }

    @GuardedBy("this")
    private void save() {
        for (int surplus = byKey.size() - MOST; surplus > 0; surplus--) {
            var goes = byKey.values().stream()
                    .filter(record -> record.state().equals(IncidentRecord.RESOLVED))
                    .findFirst()
                    .orElse(byKey.values().iterator().next());
            byKey.remove(goes.key());
        }
        all = List.copyOf(byKey.values());
        var temporary = folder.resolve(FILE + ".tmp");
        try {
            var bytes = Json.bytes(new Form(SCHEMA, new ArrayList<>(all)));
            try (var channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                for (var left = ByteBuffer.wrap(bytes); left.hasRemaining(); ) {
                    channel.write(left);
                }
                channel.force(true);
            }
            Files.move(temporary, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
            try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        } catch (IOException e) {
            // Told by status and diagnostics all the same, until the process ends.
            LOG.warn("file={}/{} cannot be written: {}", folder, FILE, e.toString());
        }
    }

    private static List<IncidentRecord> load(Path file) {
        if (!Files.exists(file)) {
            return List.of();
        }
        try {
            return Json.read(Files.readAllBytes(file), Form.class).incidents();
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("file={} cannot be read, starting without it: {}", file, e.toString());
            return List.of();
        }
    }
}
