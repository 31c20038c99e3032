package io.portolan.storage;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.RevisionId;
import java.util.List;
import java.util.Optional;

/** What can be asked of the state inside a transaction. One thread at a time. */
public interface Reader {
    /** The document, if there is one. */
    Optional<Document> get(String kind, String key);

    /** All documents of the kind whose key starts with the prefix (empty text: all), in order of their keys. */
    List<Document> list(String kind, String keyPrefix);

    /** Number of the newest change of documents: each transaction that puts or deletes some has one, above all before. */
    long lastChange();

    /** The documents of the kind that were put by a change above {@code afterNumber}, in order of their keys; {@code -1}: all. */
    List<Document> changed(String kind, long afterNumber);

    /**
     * Keys of the kind that were deleted by a change above {@code afterNumber}; one that was put again is in {@link #changed} too.
     */
    List<String> removed(String kind, long afterNumber);

    /** The bytes with this digest, if stored. */
    Optional<byte[]> object(Digest digest);

    /** The newest revision of the environment by (epoch, number). */
    Optional<StoredRevision> newestRevision(EnvironmentName environment);

    /** One revision. */
    Optional<StoredRevision> revision(EnvironmentName environment, RevisionId id);

    /** Revisions of the environment, newest first, at most {@code limit}. */
    List<StoredRevision> revisions(EnvironmentName environment, int limit);

    /** Rows of the log with an id above {@code afterId}, oldest first, at most {@code limit}. */
    List<LogRow> log(long afterId, int limit);

    /** Rows of the log about one subject, newest first, at most {@code limit}. */
    List<LogRow> logOf(String subject, int limit);

    /** The newest row of the log. */
    Optional<LogRow> lastLogRow();
}
