package io.portolan.control;

import io.portolan.storage.PostgresSettings;
import java.time.Duration;

/** Where the state of a control plane is kept, and so how many processes may work on it. Immutable. */
public sealed interface StateDatabase {
    /** A file {@code state.db} in the data folder: one process. */
    record Embedded() implements StateDatabase {}

    /**
     * A PostgreSQL that any number of processes share: each answers reads and writes, one runs the engine.
     *
     * @param leaseRenew pause between two signs of life: of the engine's holder, and of what was heard of nodes
     * @param leaseTtl   a holder without a sign of life for so long is succeeded by another; several times {@code leaseRenew}
     */
    record Shared(PostgresSettings postgres, Duration leaseRenew, Duration leaseTtl) implements StateDatabase {
        /** Usual pause between signs of life. */
        public static final Duration RENEW = Duration.ofSeconds(2);
        /** Usual patience with a holder: it may miss three signs. */
        public static final Duration TTL = Duration.ofSeconds(8);

        public Shared {
            if (!leaseRenew.isPositive() || leaseTtl.compareTo(leaseRenew.multipliedBy(2)) < 0) {
                throw new IllegalArgumentException("lease-ttl: " + leaseTtl + ", lease-renew: " + leaseRenew
                        + " (expected: a time to live of at least two renewals)");
            }
        }
    }
}
