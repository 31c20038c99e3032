package io.portolan.region.gateway;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.BiPredicate;

/**
 * A controller of one version, as calls see it. Immutable; the same instance as long as nothing of it has changed.
 *
 * @param repeatable tells of method and path on the controller whether such a call may be made twice, beside those that always may
 * @param ready      replicas that take calls
 */
public record Upstream(Key key, Limits limits, BiPredicate<String, String> repeatable, List<Backend> ready) {
    public Upstream {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(repeatable, "repeatable");
        ready = List.copyOf(ready);
    }

    /** Whether its replicas are spoken to in HTTP/2. */
    boolean isHttp2() {
        return !ready.isEmpty() && ready.getFirst().http2();
    }

    /** Which controller. Immutable. */
    public record Key(String extension, String version, String controller) {
        public Key {
            Objects.requireNonNull(extension, "extension");
            Objects.requireNonNull(version, "version");
            Objects.requireNonNull(controller, "controller");
        }

        @Override
        public String toString() {
            return extension + " " + version + " " + controller;
        }
    }

    /**
     * How long is waited. Immutable.
     *
     * @param connect  for a connection
     * @param response from the last byte of a call to the head of its answer, over all attempts
     * @param idle     without a byte in either direction while bodies stream or a socket is open
     * @param drain    how long a socket stays open after its replica takes no new calls
     */
    public record Limits(Duration connect, Duration response, Duration idle, Duration drain) {
        public Limits {
            Objects.requireNonNull(connect, "connect");
            Objects.requireNonNull(response, "response");
            Objects.requireNonNull(idle, "idle");
            Objects.requireNonNull(drain, "drain");
        }
    }
}
