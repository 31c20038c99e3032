package io.portolan.storage;

import java.util.List;

/**
 * The tables, as numbered steps of SQL that SQLite and PostgreSQL both run. Immutable.
 *
 * <p>A step that was released is never edited: a change is a further step.
 *
 * @param text  type of text that compares by code point
 * @param bytes type of bytes of any length
 */
record Schema(String text, String bytes) {
    /** Steps in order; the first has number 1. */
    List<List<String>> steps() {
        return List.of(first(), second());
    }

    /** The feed of changed documents. */
    private List<String> second() {
        return List.of(
                        "alter table documents add column changed bigint not null default 0",
                        "create index documents_by_change on documents (kind, changed)",
                        """
                create table removed (
                    kind TEXT not null,
                    key TEXT not null,
                    changed bigint not null,
                    primary key (kind, key))""",
                        "create index removed_by_change on removed (kind, changed)",
                        "create table last_change (id bigint not null primary key, number bigint not null)",
                        "insert into last_change (id, number) values (1, 0)")
                .stream()
                .map(sql -> sql.replace("TEXT", text))
                .toList();
    }

    private List<String> first() {
        return List.of(
                        """
                create table documents (
                    kind TEXT not null,
                    key TEXT not null,
                    generation bigint not null,
                    bytes BYTES not null,
                    primary key (kind, key))""",
                        "create table objects (digest TEXT not null primary key, bytes BYTES not null)",
                        """
                create table revisions (
                    environment TEXT not null,
                    epoch bigint not null,
                    number bigint not null,
                    digest TEXT not null,
                    parent TEXT not null,
                    key_id TEXT not null,
                    cause TEXT not null,
                    created_at TEXT not null,
                    envelope BYTES not null,
                    primary key (environment, epoch, number))""",
                        """
                create table log (
                    id bigint not null primary key,
                    type TEXT not null,
                    subject TEXT not null,
                    actor TEXT not null,
                    origin TEXT not null,
                    reason TEXT not null,
                    data TEXT not null,
                    at TEXT not null,
                    previous TEXT not null,
                    hash TEXT not null)""",
                        "create index log_by_subject on log (subject, id)")
                .stream()
                .map(sql -> sql.replace("TEXT", text).replace("BYTES", bytes))
                .toList();
    }
}
