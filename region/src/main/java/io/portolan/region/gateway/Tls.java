package io.portolan.region.gateway;

import io.netty.handler.ssl.SslContext;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How replicas are spoken to over TLS: made when the first connection wants it, and equal where they are of the same origin, so that
 * another certificate makes another replica, with connections of its own. Thread-safe.
 */
public final class Tls {
    /** No TLS at all. */
    public static final Tls NONE = new Tls("none", () -> {
        throw new IllegalStateException("no TLS");
    });

    private final Object origin;
    private final Supplier<SslContext> make;
    private @Nullable SslContext made;

    /** {@code origin}: what it is made of, an immutable value. */
    public Tls(Object origin, Supplier<SslContext> make) {
        this.origin = Objects.requireNonNull(origin, "origin");
        this.make = Objects.requireNonNull(make, "make");
    }

    /** Whether TLS is spoken. */
    boolean isOn() {
        return this != NONE;
    }

    synchronized SslContext context() {
        var known = made;
        if (known == null) {
            known = make.get();
            made = known;
        }
        return known;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Tls same && same.origin.equals(origin);
    }

    @Override
    public int hashCode() {
        return origin.hashCode();
    }

    @Override
    public String toString() {
        return origin.toString();
    }
}
