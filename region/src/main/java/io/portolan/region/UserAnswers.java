package io.portolan.region;

import io.portolan.protocol.ObservationTable;
import java.util.concurrent.atomic.LongAdder;

/** Counts answers about extensions that users got: what is probed by other regions is left out. Thread-safe. */
final class UserAnswers implements RequestObserver {
    private static final int FAULT = 500;

    private final LongAdder answered = new LongAdder();
    private final LongAdder failed = new LongAdder();

    @Override
    public void answered(AnswerFacts answer) {
        if (answer.extension().isEmpty() || isProbe(answer.userAgent())) {
            return;
        }
        answered.increment();
        // What a controller answers is its own; nodes are judged by what they do themselves.
        if (answer.status() >= FAULT && answer.cache() != Cache.CONTROLLER) {
            failed.increment();
        }
    }

    private static boolean isProbe(CharSequence agent) {
        return agent.length() == ObservationTable.JOINING_AGENT.length()
                && CharSequence.compare(agent, ObservationTable.JOINING_AGENT) == 0;
    }

    /** All. */
    long total() {
        return answered.sum();
    }

    /** Those with a fault of this node. */
    long failed() {
        return failed.sum();
    }
}
