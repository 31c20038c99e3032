package io.portolan.region.gateway;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Finds the addresses of replicas that are known by name, off the event loops, and remembers them for a while. Thread-safe. */
final class HostNames {
    private static final long KEPT_NANOS = Duration.ofSeconds(10).toNanos();
    private static final int MOST = 1_000;

    private final Executor executor;
    private final LongSupplier nanos;
    private final ConcurrentHashMap<InetSocketAddress, Known> known = new ConcurrentHashMap<>();

    private record Known(InetSocketAddress resolved, long at) {}

    /** Told what a name stands for; null, and why, where it stands for nothing. */
    interface Told {
        void told(@Nullable InetSocketAddress resolved, String detail);
    }

    /** {@code executor}: where waiting for a name server is allowed. */
    HostNames(Executor executor, LongSupplier nanos) {
        this.executor = executor;
        this.nanos = nanos;
    }

    /** Finds an address; tells on this thread or another. */
    void resolve(InetSocketAddress unresolved, Told told) {
        var found = known.get(unresolved);
        if (found != null && nanos.getAsLong() - found.at() < KEPT_NANOS) {
            told.told(found.resolved(), "");
            return;
        }
        executor.execute(() -> {
            try {
                var address = InetAddress.getByName(unresolved.getHostString());
                var resolved = new InetSocketAddress(address, unresolved.getPort());
                if (known.size() >= MOST) {
                    known.clear();
                }
                known.put(unresolved, new Known(resolved, nanos.getAsLong()));
                told.told(resolved, "");
            } catch (UnknownHostException e) {
                told.told(null, "host " + unresolved.getHostString() + ": not known");
            }
        });
    }
}
