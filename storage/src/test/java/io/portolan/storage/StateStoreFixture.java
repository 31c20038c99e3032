package io.portolan.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.RevisionId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An open store and short names for what tests do with it. */
abstract class StateStoreFixture {
    static final EnvironmentName PROD = new EnvironmentName("prod");
    static final Instant AT = Instant.parse("2026-11-23T10:00:00.123456789Z");

    /** The open store. */
    StateStore store;

    /** Opens the same state again and again. */
    abstract StateStore open();

    @BeforeEach
    final void openStore() {
        store = open();
    }

    @AfterEach
    final void closeStore() {
        store.close();
    }

    void reopen() {
        store.close();
        store = open();
    }

    Optional<Document> document(String kind, String key) {
        return store.read(r -> r.get(kind, key));
    }

    Optional<byte[]> object(Digest digest) {
        return store.read(r -> r.object(digest));
    }

    Optional<StoredRevision> newest(EnvironmentName environment) {
        return store.read(r -> r.newestRevision(environment));
    }

    Optional<StoredRevision> revision(RevisionId id) {
        return store.read(r -> r.revision(PROD, id));
    }

    List<StoredRevision> revisions(int limit) {
        return store.read(r -> r.revisions(PROD, limit));
    }

    List<LogRow> log(long afterId, int limit) {
        return store.read(r -> r.log(afterId, limit));
    }

    List<LogRow> logOf(String subject, int limit) {
        return store.read(r -> r.logOf(subject, limit));
    }

    Optional<LogRow> lastRow() {
        return store.read(Reader::lastLogRow);
    }

    Optional<LogChain.Broken> broken() {
        return store.read(LogChain::verify);
    }

    long put(String kind, String key, long expected, String text) {
        return store.write(w -> w.put(kind, key, expected, text.getBytes(UTF_8)));
    }

    void delete(String kind, String key, long expected) {
        store.write(w -> {
            w.delete(kind, key, expected);
            return key;
        });
    }

    void increment() {
        store.write(w -> {
            var present = w.get("k", "counter");
            long value = present.map(document -> Long.parseLong(new String(document.bytes(), UTF_8)))
                    .orElse(0L);
            return w.put(
                    "k",
                    "counter",
                    present.map(Document::generation).orElse(Writer.ABSENT),
                    Long.toString(value + 1).getBytes(UTF_8));
        });
    }

    void putRevision(StoredRevision revision) {
        store.write(w -> {
            w.putRevision(revision);
            return revision;
        });
    }

    String text(String kind, String key) {
        return new String(document(kind, key).orElseThrow().bytes(), UTF_8);
    }

    List<String> keys(String prefix) {
        return store.read(r -> r.list("k", prefix)).stream().map(Document::key).toList();
    }

    LogRow append(String subject) {
        return store.write(w -> w.append(entry(subject)));
    }

    static LogEntry entry(String subject) {
        return new LogEntry("portolan.test", subject, "ada", "127.0.0.1", "", "{}", AT);
    }

    static StoredRevision revision(long epoch, long number, String parent) {
        var envelope = ("revision " + epoch + "." + number + parent).getBytes(UTF_8);
        return new StoredRevision(
                PROD, new RevisionId(epoch, number), Digest.of(envelope), parent, "key", "test", AT, envelope);
    }

    static <T> T join(Future<T> future) {
        try {
            return future.get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
