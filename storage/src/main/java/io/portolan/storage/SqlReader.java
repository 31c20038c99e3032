package io.portolan.storage;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.RevisionId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Reads the tables of {@link Schema} in portable SQL. One thread at a time, while its transaction lasts. */
class SqlReader implements Reader {
    private static final String REVISION =
            "select epoch, number, digest, parent, key_id, cause, created_at, envelope from revisions"
                    + " where environment = :environment";
    private static final String LOG =
            "select id, type, subject, actor, origin, reason, data, at, previous, hash from log";

    final Handle handle;

    SqlReader(Handle handle) {
        this.handle = handle;
    }

    @Override
    public Optional<Document> get(String kind, String key) {
        return handle.createQuery("select generation, bytes from documents where kind = :kind and key = :key")
                .bind("kind", kind)
                .bind("key", key)
                .map((row, context) -> new Document(kind, key, row.getLong("generation"), row.getBytes("bytes")))
                .findOne();
    }

    @Override
    public List<Document> list(String kind, String keyPrefix) {
        var end = KeyRange.end(keyPrefix);
        var query = handle.createQuery(
                        "select key, generation, bytes from documents where kind = :kind and key >= :from"
                                + (end.isPresent() ? " and key < :end" : "") + " order by key")
                .bind("kind", kind)
                .bind("from", keyPrefix);
        end.ifPresent(bound -> query.bind("end", bound));
        return query.map((row, context) ->
                        new Document(kind, row.getString("key"), row.getLong("generation"), row.getBytes("bytes")))
                .list();
    }

    @Override
    public long lastChange() {
        return handle.createQuery("select number from last_change")
                .mapTo(long.class)
                .one();
    }

    @Override
    public List<Document> changed(String kind, long afterNumber) {
        return handle.createQuery("select key, generation, bytes from documents"
                        + " where kind = :kind and changed > :after order by key")
                .bind("kind", kind)
                .bind("after", afterNumber)
                .map((row, context) ->
                        new Document(kind, row.getString("key"), row.getLong("generation"), row.getBytes("bytes")))
                .list();
    }

    @Override
    public List<String> removed(String kind, long afterNumber) {
        return handle.createQuery("select key from removed where kind = :kind and changed > :after order by key")
                .bind("kind", kind)
                .bind("after", afterNumber)
                .mapTo(String.class)
                .list();
    }

    @Override
    public Optional<byte[]> object(Digest digest) {
        return handle.createQuery("select bytes from objects where digest = :digest")
                .bind("digest", digest.value())
                .map((row, context) -> row.getBytes("bytes"))
                .findOne();
    }

    @Override
    public Optional<StoredRevision> newestRevision(EnvironmentName environment) {
        return revisions(environment, 1).stream().findFirst();
    }

    @Override
    public Optional<StoredRevision> revision(EnvironmentName environment, RevisionId id) {
        return handle.createQuery(REVISION + " and epoch = :epoch and number = :number")
                .bind("environment", environment.value())
                .bind("epoch", id.epoch())
                .bind("number", id.number())
                .map((row, context) -> revision(environment, row))
                .findOne();
    }

    @Override
    public List<StoredRevision> revisions(EnvironmentName environment, int limit) {
        return handle.createQuery(REVISION + " order by epoch desc, number desc limit :limit")
                .bind("environment", environment.value())
                .bind("limit", limit)
                .map((row, context) -> revision(environment, row))
                .list();
    }

    @Override
    public List<LogRow> log(long afterId, int limit) {
        return handle.createQuery(LOG + " where id > :after order by id limit :limit")
                .bind("after", afterId)
                .bind("limit", limit)
                .map((row, context) -> logRow(row))
                .list();
    }

    @Override
    public List<LogRow> logOf(String subject, int limit) {
        return handle.createQuery(LOG + " where subject = :subject order by id desc limit :limit")
                .bind("subject", subject)
                .bind("limit", limit)
                .map((row, context) -> logRow(row))
                .list();
    }

    @Override
    public Optional<LogRow> lastLogRow() {
        return handle.createQuery(LOG + " order by id desc limit 1")
                .map((row, context) -> logRow(row))
                .findOne();
    }

    private static StoredRevision revision(EnvironmentName environment, ResultSet row) throws SQLException {
        return new StoredRevision(
                environment,
                new RevisionId(row.getLong("epoch"), row.getLong("number")),
                new Digest(row.getString("digest")),
                row.getString("parent"),
                row.getString("key_id"),
                row.getString("cause"),
                Instant.parse(row.getString("created_at")),
                row.getBytes("envelope"));
    }

    private static LogRow logRow(ResultSet row) throws SQLException {
        long id = row.getLong("id");
        try {
            var entry = new LogEntry(
                    row.getString("type"),
                    row.getString("subject"),
                    row.getString("actor"),
                    row.getString("origin"),
                    row.getString("reason"),
                    row.getString("data"),
                    Instant.parse(row.getString("at")));
            return new LogRow(id, entry, new Digest(row.getString("previous")), new Digest(row.getString("hash")));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new UnreadableRow(id, e);
        }
    }
}
