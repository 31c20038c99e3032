package io.portolan.sync;

import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.OverrideReport;
import io.portolan.protocol.Signer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code overrides.json} in the folder of a node: what is in force, and what ended lately. One thread at a time.
 *
 * <p>A file that is damaged is set aside as {@code overrides.json.damaged}: serving goes on by the revision alone, and whoever opens
 * it is told.
 */
final class OverrideFile {
    private static final Logger LOG = LoggerFactory.getLogger(OverrideFile.class);
    private static final String NAME = "overrides.json";
    private static final int LIMIT_BYTES = 8 << 20;
    private static final int SCHEMA = 1;

    private final DurableFolder folder;

    private OverrideFile(DurableFolder folder) {
        this.folder = folder;
    }

    /**
     * An override on disk.
     *
     * @param version   that the slot had when it was taken, empty text for a drain
     * @param publicKey that it was verified with: damage on disk is found, and a key that is no longer listed is no damage
     */
    record Kept(Envelope envelope, String version, String publicKey, Instant receivedAt) {}

    /** An override in force, read from what is on disk. */
    record Active(Kept kept, OperatorOverride order, OverrideReport report) {
        static Active of(Kept kept) {
            var key = Signer.publicKey(kept.publicKey());
            var payload = kept.envelope()
                    .verify(OperatorOverride.TYPE, Map.of(Signer.keyId(key), key))
                    .orElseThrow(() -> new MalformedJson("override: signature: not of its key", null));
            var order = Json.read(payload, OperatorOverride.class);
            var report = new OverrideReport(
                    order.id(),
                    order.action(),
                    order.extension(),
                    order.region(),
                    kept.version(),
                    Signer.keyId(key),
                    kept.receivedAt(),
                    kept.envelope());
            return new Active(kept, order, report);
        }
    }

    /** An override that counts no more; {@code at}: when that, or what replaced it, was ordered. */
    record Past(String id, String subject, Instant at) {}

    /**
     * What was read.
     *
     * @param problem why nothing could be, empty text for nothing wrong
     */
    record Content(List<Active> inForce, List<Past> past, String problem) {
        Content {
            inForce = List.copyOf(inForce);
            past = List.copyOf(past);
        }
    }

    private record Form(int schema, List<Kept> inForce, List<Past> past) {
        Form {
            inForce = List.copyOf(inForce);
            past = List.copyOf(past);
        }
    }

    /** Opens the folder, created if it is absent. */
    static OverrideFile open(Path folder) throws IOException {
        Files.createDirectories(folder);
        return new OverrideFile(DurableFolder.open(folder));
    }

    Content read() throws IOException {
        var bytes = folder.read(NAME, LIMIT_BYTES);
        if (bytes.isEmpty()) {
            return new Content(List.of(), List.of(), "");
        }
        try {
            var stored = Json.read(bytes.get(), Form.class);
            return new Content(stored.inForce().stream().map(Active::of).toList(), stored.past(), "");
        } catch (IllegalArgumentException e) {
            folder.rename(NAME, NAME + ".damaged");
            var problem =
                    "overrides on disk were damaged and count no more (see " + NAME + ".damaged): " + e.getMessage();
            LOG.error("folder={} {}", folder, problem);
            return new Content(List.of(), List.of(), problem);
        }
    }

    /** Survives a crash once this returns. */
    void write(List<Active> inForce, List<Past> past) throws IOException {
        folder.write(
                NAME,
                Json.bytes(new Form(SCHEMA, inForce.stream().map(Active::kept).toList(), past)));
    }
}
