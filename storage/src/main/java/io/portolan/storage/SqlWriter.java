package io.portolan.storage;

import io.portolan.model.Digest;
import java.util.Objects;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/** Changes the tables of {@link Schema} in portable SQL. One thread at a time, while its transaction lasts. */
final class SqlWriter extends SqlReader implements Writer {
    /** Number of this transaction's change of documents, 0 before the first. */
    private long change;

    SqlWriter(Handle handle) {
        super(handle);
    }

    @Override
    public long put(String kind, String key, long expectedGeneration, byte[] bytes) {
        text("kind", kind);
        text("key", key);
        long present = expect("putting", kind, key, expectedGeneration);
        var sql = present == ABSENT
                ? "insert into documents (kind, key, generation, bytes, changed)"
                        + " values (:kind, :key, :generation, :bytes, :changed)"
                : "update documents set generation = :generation, bytes = :bytes, changed = :changed"
                        + " where kind = :kind and key = :key";
        handle.createUpdate(sql)
                .bind("kind", kind)
                .bind("key", key)
                .bind("generation", present + 1)
                .bind("bytes", bytes)
                .bind("changed", change())
                .execute();
        return present + 1;
    }

    @Override
    public void delete(String kind, String key, long expectedGeneration) {
        if (expect("deleting", kind, key, expectedGeneration) == ABSENT) {
            return;
        }
        handle.createUpdate("insert into removed (kind, key, changed) values (:kind, :key, :changed)"
                        + " on conflict (kind, key) do update set changed = excluded.changed")
                .bind("kind", kind)
                .bind("key", key)
                .bind("changed", change())
                .execute();
        handle.createUpdate("delete from documents where kind = :kind and key = :key")
                .bind("kind", kind)
                .bind("key", key)
                .execute();
    }

    @Override
    public Digest putObject(byte[] bytes) {
        var digest = Digest.of(bytes);
        handle.createUpdate(
                        "insert into objects (digest, bytes) values (:digest, :bytes) on conflict (digest) do nothing")
                .bind("digest", digest.value())
                .bind("bytes", bytes)
                .execute();
        return digest;
    }

    @Override
    public void putRevision(StoredRevision revision) {
        var newest = newestRevision(revision.environment());
        var parent = newest.map(present -> present.digest().value()).orElse("");
        var what = "adding revision " + revision.id() + " of " + revision.environment() + ": ";
        if (newest.isPresent() && !revision.id().isAfter(newest.get().id())) {
            throw new Conflict(what + "id: " + revision.id() + " (expected: above "
                    + newest.get().id() + ")");
        }
        if (!revision.parent().equals(parent)) {
            throw new Conflict(what + "parent: '" + revision.parent() + "' (expected: '" + parent + "')");
        }
        handle.createUpdate("""
                        insert into revisions
                            (environment, epoch, number, digest, parent, key_id, cause, created_at, envelope)
                        values (:environment, :epoch, :number, :digest, :parent, :keyId, :cause, :createdAt, :envelope)""")
                .bind("environment", revision.environment().value())
                .bind("epoch", revision.id().epoch())
                .bind("number", revision.id().number())
                .bind("digest", revision.digest().value())
                .bind("parent", revision.parent())
                .bind("keyId", revision.keyId())
                .bind("cause", text("cause", revision.cause()))
                .bind("createdAt", revision.createdAt().toString())
                .bind("envelope", revision.envelope())
                .execute();
    }

    @Override
    public LogRow append(LogEntry entry) {
        Stream.of(entry.type(), entry.subject(), entry.actor(), entry.origin(), entry.reason(), entry.data())
                .forEach(field -> text("log entry " + entry.type(), field));
        var last = lastLogRow();
        var row = LogChain.next(
                last.map(LogRow::id).orElse(0L), last.map(LogRow::hash).orElse(LogChain.START), entry);
        handle.createUpdate("""
                        insert into log (id, type, subject, actor, origin, reason, data, at, previous, hash)
                        values (:id, :type, :subject, :actor, :origin, :reason, :data, :at, :previous, :hash)""")
                .bind("id", row.id())
                .bind("type", entry.type())
                .bind("subject", entry.subject())
                .bind("actor", entry.actor())
                .bind("origin", entry.origin())
                .bind("reason", entry.reason())
                .bind("data", entry.data())
                .bind("at", entry.at().toString())
                .bind("previous", row.previous().value())
                .bind("hash", row.hash().value())
                .execute();
        return row;
    }

    private long change() {
        if (change == 0) {
            handle.execute("update last_change set number = number + 1");
            change = lastChange();
        }
        return change;
    }

    /** The document's generation, 0 for none, after checking it. */
    private long expect(String action, String kind, String key, long expected) {
        long present = handle.createQuery("select generation from documents where kind = :kind and key = :key")
                .bind("kind", kind)
                .bind("key", key)
                .mapTo(long.class)
                .findOne()
                .orElse(ABSENT);
        if (expected != ANY && expected != present) {
            throw new Conflict(
                    action + " " + kind + " " + key + ": generation: " + present + " (expected: " + expected + ")");
        }
        return present;
    }

    /** PostgreSQL cannot hold a zero character, and a lone surrogate comes back as another text than was hashed. */
    private static String text(String what, String value) {
        Objects.requireNonNull(value, what);
        if (value.codePoints().anyMatch(point -> point == 0 || Character.getType(point) == Character.SURROGATE)) {
            throw new IllegalArgumentException(what + ": zero character or lone surrogate (expected: Unicode text)");
        }
        return value;
    }
}
