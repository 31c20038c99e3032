package io.portolan.region;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.portolan.region.TransportCounters.Limit;
import io.portolan.region.gateway.Gateway;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** The connections of a node, whatever they speak, and the answers in progress on them. Thread-safe. */
final class Connections {
    /** Event to every connection: end as soon as nothing is in progress. */
    static final Object DRAIN = Gateway.NODE_STOPS;

    private final HttpLimits limits;
    private final Http2Limits http2;
    private final OperatorAccess operators;
    private final TransportCounters counters;
    private final ChannelGroup open = new DefaultChannelGroup("region-connections", GlobalEventExecutor.INSTANCE);
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger inProgress = new AtomicInteger();
    private volatile boolean draining;

    Connections(HttpLimits limits, Http2Limits http2, OperatorAccess operators, TransportCounters counters) {
        this.operators = operators;
        this.limits = limits;
        this.http2 = http2;
        this.counters = counters;
    }

    HttpLimits limits() {
        return limits;
    }

    Http2Limits http2() {
        return http2;
    }

    /** Who may see what only operators see. */
    OperatorAccess operators() {
        return operators;
    }

    TransportCounters counters() {
        return counters;
    }

    /** Counts a connection until it closes; false when there are too many, and it has to go. */
    boolean admit(Channel connection) {
        connection.closeFuture().addListener(closed -> count.decrementAndGet());
        if (count.incrementAndGet() > limits.connections()) {
            counters.count(Limit.CONNECTIONS);
            return false;
        }
        open.add(connection);
        return true;
    }

    /** Open connections. */
    int count() {
        return count.get();
    }

    /** Whether there is one, and this holds for each. */
    boolean all(Predicate<Channel> condition) {
        return !open.isEmpty() && open.stream().allMatch(condition);
    }

    /** Answers in progress. */
    int inProgress() {
        return inProgress.get();
    }

    void begun() {
        inProgress.incrementAndGet();
    }

    void ended() {
        inProgress.decrementAndGet();
    }

    /** Whether every answer from now on is the last of its connection. */
    boolean isDraining() {
        return draining;
    }

    /** Begins to end all connections: those at rest now, the others with their next answer. */
    void drain() {
        draining = true;
        open.forEach(connection -> connection.pipeline().fireUserEventTriggered(DRAIN));
    }
}
