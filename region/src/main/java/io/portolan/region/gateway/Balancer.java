package io.portolan.region.gateway;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the replica of a controller that a call goes to. Thread-safe; choosing takes no lock.
 *
 * <p>Of two replicas drawn at random the one with fewer calls in progress (the power of two choices). A replica that fails several
 * times in a row is ejected for a while, each time longer, unless too many are: then, and when no other is left, it is used
 * nevertheless, since an answer that may come is better than none. What is new or was ejected takes its full share only after a
 * slow start.
 */
final class Balancer {
    /** Share of its calls that a replica gets at the beginning of its slow start. */
    private static final double LEAST_WEIGHT = 0.1;

    private final GatewaySettings settings;
    private final IntUnaryOperator random;
    /** Replicas that take no more calls and still have some; under the lock. */
    private final List<Endpoint> leaving = new ArrayList<>();

    private volatile Endpoint[] endpoints = {};

    /** {@code random}: a number from 0 to less than what is given. */
    Balancer(GatewaySettings settings, IntUnaryOperator random) {
        this.settings = settings;
        this.random = random;
    }

    /** Uses these replicas from now on; what is known of those that stay is kept. */
    synchronized void update(List<Backend> ready, long now) {
        var known = new HashMap<Backend, Endpoint>();
        leaving.forEach(endpoint -> known.put(endpoint.backend, endpoint));
        for (var endpoint : endpoints) {
            known.put(endpoint.backend, endpoint);
        }
        // Where all are new there is nobody to take the calls instead.
        boolean first = endpoints.length == 0;
        var next = new Endpoint[ready.size()];
        for (int i = 0; i < next.length; i++) {
            var same = known.remove(ready.get(i));
            next[i] = same == null ? new Endpoint(ready.get(i)) : same;
            if ((same == null || same.gone) && !first) {
                warm(next[i], now);
            }
            next[i].gone = false;
        }
        endpoints = next;
        known.values().forEach(left -> left.gone = true);
        leaving.clear();
        leaving.addAll(known.values());
        leaving.removeIf(left -> left.outstanding.get() == 0);
    }

    /** The replicas in use. */
    List<Endpoint> all() {
        return List.of(endpoints);
    }

    /** How many are left out now. */
    int ejected(long now) {
        int out = 0;
        for (var endpoint : endpoints) {
            out += isOut(endpoint, now) ? 1 : 0;
        }
        return out;
    }

    /** Calls in progress of the replica with that id, -1 for none such. */
    synchronized int open(String id) {
        for (var endpoint : endpoints) {
            if (endpoint.backend.id().equals(id)) {
                return endpoint.outstanding.get();
            }
        }
        for (var endpoint : leaving) {
            if (endpoint.backend.id().equals(id)) {
                return endpoint.outstanding.get();
            }
        }
        return -1;
    }

    int size() {
        return endpoints.length;
    }

    /** A replica that is not among those; null for none. One that is ejected only where there is no other. */
    @Nullable
    Endpoint pick(Collection<Endpoint> avoided, long now) {
        var all = endpoints;
        if (all.length == 0) {
            return null;
        }
        int start = random.applyAsInt(all.length);
        var one = from(all, start, avoided, now, false);
        if (one == null) {
            return from(all, start, avoided, now, true);
        }
        if (all.length == 1) {
            return one;
        }
        var other = from(all, start + 1 + random.applyAsInt(all.length - 1), avoided, now, false);
        return other == null || load(one, now) <= load(other, now) ? one : other;
    }

    private @Nullable Endpoint from(
            Endpoint[] all, int start, Collection<Endpoint> avoided, long now, boolean alsoEjected) {
        for (int i = 0; i < all.length; i++) {
            var endpoint = all[(start + i) % all.length];
            if ((alsoEjected || !isEjected(endpoint, now)) && !avoided.contains(endpoint)) {
                return endpoint;
            }
        }
        return null;
    }

    private double load(Endpoint endpoint, long now) {
        return (endpoint.outstanding.get() + 1) / weight(endpoint, now);
    }

    /** Between {@link #LEAST_WEIGHT} and 1. */
    double weight(Endpoint endpoint, long now) {
        if (!endpoint.warming) {
            return 1;
        }
        double share =
                (now - endpoint.warmSince) / (double) settings.slowStart().toNanos();
        if (share >= 1) {
            endpoint.warming = false;
            return 1;
        }
        return Math.max(LEAST_WEIGHT, share);
    }

    /** Whether calls keep away from it now. */
    boolean isEjected(Endpoint endpoint, long now) {
        if (!endpoint.ejected) {
            return false;
        }
        if (now - endpoint.until < 0) {
            return true;
        }
        back(endpoint, now);
        return false;
    }

    private synchronized void back(Endpoint endpoint, long now) {
        if (endpoint.ejected && now - endpoint.until >= 0) {
            endpoint.failures.set(0);
            warm(endpoint, now);
            endpoint.ejected = false;
        }
    }

    private void warm(Endpoint endpoint, long now) {
        endpoint.warmSince = now;
        endpoint.warming = !settings.slowStart().isZero();
    }

    /** It gave an answer that was no failure. */
    void succeeded(Endpoint endpoint) {
        if (endpoint.failures.get() != 0) {
            endpoint.failures.set(0);
        }
    }

    /** It failed; whether that ejected it. */
    boolean failed(Endpoint endpoint, long now) {
        return endpoint.failures.incrementAndGet() >= settings.failures() && eject(endpoint, now);
    }

    private synchronized boolean eject(Endpoint endpoint, long now) {
        if (endpoint.ejected || endpoint.gone) {
            return false;
        }
        int out = 1;
        for (var other : endpoints) {
            out += isOut(other, now) ? 1 : 0;
        }
        if (out > settings.mostEjected() * endpoints.length) {
            return false;
        }
        // Whoever has behaved for as long as the longest ejection begins anew.
        if (endpoint.times > 0
                && now - endpoint.until > settings.longestEjection().toNanos()) {
            endpoint.times = 0;
        }
        long longest = settings.longestEjection().toNanos();
        long length = settings.ejection().toNanos();
        for (int i = 0; i < endpoint.times && length < longest; i++) {
            length *= 2;
        }
        endpoint.times++;
        endpoint.until = now + Math.min(length, longest);
        endpoint.ejected = true;
        return true;
    }

    private static boolean isOut(Endpoint endpoint, long now) {
        return endpoint.ejected && now - endpoint.until < 0;
    }
}
