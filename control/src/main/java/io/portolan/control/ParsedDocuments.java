package io.portolan.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.portolan.protocol.Json;
import io.portolan.storage.Document;
import java.util.Arrays;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What documents said when they were last parsed: most are read far more often than they change, a rollout at every look of the engine.
 * A value is given again only for the very bytes that it was parsed from, so nothing in here can be out of date, whoever writes and
 * whatever is undone. Least recently used ones leave. Thread-safe; the values are immutable.
 */
final class ParsedDocuments {
    /** Most bytes of documents that are remembered: 1/32 of the heap, at most 32 MiB. */
    static final long LIMIT_BYTES = Math.min(32L << 20, Runtime.getRuntime().maxMemory() / 32);

    private final long limitBytes;

    @GuardedBy("this")
    private final LinkedHashMap<Name, Parsed> parsed = new LinkedHashMap<>(64, 0.75f, true);

    @GuardedBy("this")
    private long bytes;

    private record Name(String kind, String key) {}

    @SuppressWarnings("ArrayRecordComponent") // compared with Arrays.equals only
    private record Parsed(byte[] bytes, Object value) {}

    ParsedDocuments(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** The document's value. */
    <T> T read(String kind, Document document, Class<T> type) {
        var name = new Name(kind, document.key());
        var before = known(name);
        if (before != null && type.isInstance(before.value()) && Arrays.equals(before.bytes(), document.bytes())) {
            return type.cast(before.value());
        }
        T value = Json.read(document.bytes(), type);
        remember(name, new Parsed(document.bytes(), value));
        return value;
    }

    private synchronized @Nullable Parsed known(Name name) {
        return parsed.get(name);
    }

    private synchronized void remember(Name name, Parsed value) {
        var before = parsed.put(name, value);
        bytes += value.bytes().length - (before == null ? 0 : before.bytes().length);
        var oldest = parsed.entrySet().iterator();
        while (bytes > limitBytes && oldest.hasNext()) {
            bytes -= oldest.next().getValue().bytes().length;
            oldest.remove();
        }
    }

    /** Bytes of the documents that are remembered. */
    synchronized long bytes() {
        return bytes;
    }
}
