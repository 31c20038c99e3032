package io.portolan.region;

import java.util.concurrent.atomic.LongAdder;

/** Answers by class of their status, since this process began. Thread-safe. */
final class RequestCounters implements RequestObserver {
    private final LongAdder[] byClass = {
        new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder()
    };

    @Override
    public void answered(AnswerFacts answer) {
        byClass[Math.clamp(answer.status() / 100, 1, 5) - 1].increment();
    }

    /** All answers. */
    long total() {
        long total = 0;
        for (var count : byClass) {
            total += count.sum();
        }
        return total;
    }

    /** Answers of {@code 1xx} to {@code 5xx}. */
    long of(int statusClass) {
        return byClass[statusClass - 1].sum();
    }
}
