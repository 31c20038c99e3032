package io.portolan.sync;

import java.time.Instant;
import java.util.Optional;

/**
 * How following goes, for diagnostics. Immutable.
 *
 * @param current   the revision in use
 * @param appliedAt when it came into use
 * @param lastSyncAt end of the last attempt to sync
 * @param lastError why the last attempt failed or a revision was refused, empty text: it worked
 */
public record SyncState(
        Optional<VerifiedRevision> current,
        Optional<Instant> appliedAt,
        Optional<Instant> lastSyncAt,
        String lastError) {}
