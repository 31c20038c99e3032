package io.portolan.storage;

import java.util.List;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the tables to the newest form, inside the caller's transaction; running it again is nothing. */
final class Migrations {
    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);

    private Migrations() {}

    /**
     * Applies the steps that are missing.
     *
     * @param where what is being opened, for messages
     * @throws StorageFailure when the tables were made by a newer program
     */
    static void run(Handle handle, String where, List<List<String>> steps) {
        handle.execute("create table if not exists schema_version (version bigint not null primary key)");
        int present = handle.createQuery("select coalesce(max(version), 0) from schema_version")
                .mapTo(int.class)
                .one();
        if (present > steps.size()) {
            throw new StorageFailure("opening " + where + ": schema: " + present + " (expected: at most " + steps.size()
                    + "; it was written by a newer portolan, use that one)");
        }
        for (int version = present + 1; version <= steps.size(); version++) {
            steps.get(version - 1).forEach(handle::execute);
            handle.execute("insert into schema_version (version) values (?)", version);
            LOG.info("state schema applied version={} where={}", version, where);
        }
    }
}
