package io.portolan.region.gateway;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;

/** What a node knows of one controller beside where its replicas are: balance, budget, calls in progress, counters. Thread-safe. */
final class UpstreamState {
    final Balancer balancer;
    final RetryBudget retries;
    final UpstreamMetrics metrics = new UpstreamMetrics();
    /** Calls in progress, open sockets not among them. */
    final AtomicInteger outstanding = new AtomicInteger();

    final AtomicInteger sockets = new AtomicInteger();

    private volatile Upstream known;

    UpstreamState(Upstream upstream, GatewaySettings settings, IntUnaryOperator random, long now) {
        balancer = new Balancer(settings, random);
        retries = new RetryBudget(settings.retryShare(), settings.retriesPerSecond(), now);
        known = upstream;
        balancer.update(upstream.ready(), now);
    }

    /** Takes over where the replicas are now; costs a comparison where nothing has changed. */
    void update(Upstream upstream, long now) {
        if (known != upstream) {
            synchronized (this) {
                if (known != upstream) {
                    balancer.update(upstream.ready(), now);
                    known = upstream;
                }
            }
        }
    }

    /** As they were seen last. */
    Upstream known() {
        return known;
    }
}
