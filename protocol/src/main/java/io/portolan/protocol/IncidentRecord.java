package io.portolan.protocol;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Something that went wrong at a node, as it tells it: one record for each {@code key}, however often it shows. Immutable.
 *
 * @param id        made of the key, so that the record has the same one wherever it is copied to
 * @param key       what it is about, such as {@code blob-damaged/node-westus/<hash>}
 * @param service   who tells it
 * @param extension whom it concerns, empty text where that is not known
 * @param state     {@code TRIGGERED} or {@code RESOLVED}
 * @param severity  0 (worst) to 4
 * @param evidence  facts by name
 */
public record IncidentRecord(
        String id,
        String key,
        String service,
        String extension,
        String state,
        int severity,
        String summary,
        Instant openedAt,
        Map<String, String> evidence) {
    /** State of what goes on. */
    public static final String TRIGGERED = "TRIGGERED";

    /** State of what was put right. */
    public static final String RESOLVED = "RESOLVED";

    public IncidentRecord {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(service, "service");
        Objects.requireNonNull(extension, "extension");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(summary, "summary");
        Objects.requireNonNull(openedAt, "openedAt");
        evidence = Map.copyOf(evidence);
    }

    /** The same in another state, with more evidence. */
    public IncidentRecord with(String otherState, Map<String, String> more) {
        var all = new TreeMap<>(evidence);
        all.putAll(more);
        return new IncidentRecord(id, key, service, extension, otherState, severity, summary, openedAt, all);
    }
}
