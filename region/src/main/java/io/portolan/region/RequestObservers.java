package io.portolan.region;

import java.util.List;

/** Tells each of several. Thread-safe. */
final class RequestObservers implements RequestObserver {
    private final RequestObserver[] all;

    RequestObservers(List<RequestObserver> all) {
        this.all = all.toArray(new RequestObserver[0]);
    }

    @Override
    public void answered(AnswerFacts answer) {
        for (var each : all) {
            each.answered(answer);
        }
    }
}
