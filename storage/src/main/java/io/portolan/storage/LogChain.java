package io.portolan.storage;

import io.portolan.model.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Iterator;
import java.util.Optional;

/**
 * The hash chain over the log. Pure functions.
 *
 * <p>A row's hash covers its id, the hash of the row before and every field, each preceded by its length, so that no two
 * different rows have the same encoding. Whoever changes, inserts, moves or removes a row breaks the chain there, unless
 * all rows behind it are rewritten too; rows cut off at the end show only against a hash that was noted elsewhere.
 */
public final class LogChain {
    /** {@code previous} of the first row. */
    public static final Digest START = new Digest("0".repeat(64));

    private static final String SCHEMA = "portolan-log-1";
    private static final int PAGE = 500;

    private LogChain() {}

    /**
     * The first row that does not fit.
     *
     * @param id     id that the row says it has
     * @param reason what was found and what was expected
     */
    public record Broken(long id, String reason) {}

    /** The row that continues the chain. */
    static LogRow next(long lastId, Digest lastHash, LogEntry entry) {
        long id = lastId + 1;
        return new LogRow(id, entry, lastHash, hash(id, lastHash, entry));
    }

    /** SHA-256 over id, previous and every field of the entry. */
    public static Digest hash(long id, Digest previous, LogEntry entry) {
        var sha = Digest.sha256();
        field(sha, SCHEMA.getBytes(StandardCharsets.UTF_8));
        field(sha, ByteBuffer.allocate(Long.BYTES).putLong(id).array());
        field(sha, previous.bytes());
        field(sha, entry.type());
        field(sha, entry.subject());
        field(sha, entry.actor());
        field(sha, entry.origin());
        field(sha, entry.reason());
        field(sha, entry.data());
        field(sha, entry.at().toString());
        return Digest.from(sha);
    }

    /** Checks a whole log, oldest row first; empty when every row fits. */
    public static Optional<Broken> verify(Iterator<LogRow> rows) {
        return verify(rows, 0, START);
    }

    /** Checks the whole log of one snapshot, a page at a time; a row that cannot be read counts as broken. */
    public static Optional<Broken> verify(Reader reader) {
        long lastId = 0;
        var lastHash = START;
        try {
            while (true) {
                var page = reader.log(lastId, PAGE);
                if (page.isEmpty()) {
                    return Optional.empty();
                }
                var broken = verify(page.iterator(), lastId, lastHash);
                if (broken.isPresent()) {
                    return broken;
                }
                lastId = page.getLast().id();
                lastHash = page.getLast().hash();
            }
        } catch (UnreadableRow e) {
            return Optional.of(e.broken());
        }
    }

    private static Optional<Broken> verify(Iterator<LogRow> rows, long lastId, Digest lastHash) {
        long id = lastId;
        var hash = lastHash;
        while (rows.hasNext()) {
            var row = rows.next();
            var expected = next(id, hash, row.entry());
            if (row.id() != expected.id()) {
                return broken(row, "id: " + row.id() + " (expected: " + expected.id() + ")");
            }
            if (!row.previous().equals(hash)) {
                return broken(row, "previous: " + row.previous() + " (expected: " + hash + ")");
            }
            if (!row.hash().equals(expected.hash())) {
                return broken(row, "hash: " + row.hash() + " (expected: " + expected.hash() + ")");
            }
            id = row.id();
            hash = row.hash();
        }
        return Optional.empty();
    }

    private static Optional<Broken> broken(LogRow row, String what) {
        return Optional.of(new Broken(row.id(), "log row " + row.id() + ": " + what));
    }

    private static void field(MessageDigest sha, String text) {
        field(sha, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void field(MessageDigest sha, byte[] bytes) {
        sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        sha.update(bytes);
    }
}
