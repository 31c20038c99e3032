package io.portolan.region;

import java.util.concurrent.atomic.LongAdder;

/** Answers by class of their status, since this process began. Thread-safe. */
final class RequestCounters {
    private final LongAdder[] byClass = {
        new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder()
    };

    void count(int status) {
        byClass[Math.clamp(status / 100, 1, 5) - 1].increment();
    }

    /** Answers of {@code 1xx} to {@code 5xx}. */
    long of(int statusClass) {
        return byClass[statusClass - 1].sum();
    }
}
