package io.portolan.sync;

import io.portolan.model.FailPoints;
import java.time.InstantSource;

/** A node's copy of its environment's revisions: joins, fetches, verifies, keeps, applies and reports. Thread-safe. */
public final class RevisionReplica implements AutoCloseable {
    private RevisionReplica() {}

    /** Opens the folder and applies the newest good revision on disk, if there is one; opens no connection. */
    public static RevisionReplica open(
            ReplicaSettings settings, RevisionConsumer consumer, InstantSource clock, FailPoints failPoints) {
        throw new UnsupportedOperationException("signatures first, the body follows in the next commit");
    }

    /** Starts to join, to follow and to report; once. */
    public void start() {
        throw new UnsupportedOperationException("signatures first, the body follows in the next commit");
    }

    /** Asks for a status soon: the consumer's facts changed. */
    public void statusChanged() {
        throw new UnsupportedOperationException("signatures first, the body follows in the next commit");
    }

    /** How following goes. */
    public SyncState state() {
        throw new UnsupportedOperationException("signatures first, the body follows in the next commit");
    }

    /** Ends all threads and connections promptly. */
    @Override
    public void close() {
        throw new UnsupportedOperationException("signatures first, the body follows in the next commit");
    }
}
