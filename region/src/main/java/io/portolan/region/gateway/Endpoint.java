package io.portolan.region.gateway;

import java.util.concurrent.atomic.AtomicInteger;

/** What is known of one replica: calls in progress, failures in a row, whether it is ejected. Thread-safe. */
final class Endpoint {
    final Backend backend;
    final AtomicInteger outstanding = new AtomicInteger();
    final AtomicInteger failures = new AtomicInteger();
    /** Whether it is still among those that take calls. */
    volatile boolean gone;
    /** Whether calls keep away from it until {@link #until}. */
    volatile boolean ejected;

    volatile long until;
    /** When it began to take calls again, or at all; meaningful while {@link #warming}. */
    volatile long warmSince;

    volatile boolean warming;
    /** Times in a row that it was ejected; under the balancer's lock. */
    int times;

    Endpoint(Backend backend) {
        this.backend = backend;
    }

    @Override
    public String toString() {
        return backend.id() + " at " + backend.address();
    }
}
