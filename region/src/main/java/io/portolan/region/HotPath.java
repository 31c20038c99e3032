package io.portolan.region;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a connection needs to give answers that are ready. Thread-safe.
 *
 * @param state   the state in use
 * @param answers those that are ready
 * @param observer told of each
 */
record HotPath(Supplier<Optional<ServingState>> state, HotAnswers answers, HttpDate date, RequestObserver observer) {}
