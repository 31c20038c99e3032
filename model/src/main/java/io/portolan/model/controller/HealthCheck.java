package io.portolan.model.controller;

import java.time.Duration;
import java.util.Objects;

/**
 * How a replica shows that it can take calls: a GET that answers 200 to 299. Immutable.
 *
 * @param path     path on the replica, with its leading slash
 * @param every    from one check to the next
 * @param timeout  longest that one check may take
 * @param failures checks in a row that must fail before a ready replica is taken out
 * @param startup  longest from its start to its first good check; a replica that takes longer is started again
 */
public record HealthCheck(String path, Duration every, Duration timeout, int failures, Duration startup) {
    /** What holds where a manifest says nothing. */
    public static final HealthCheck STANDARD =
            new HealthCheck("/healthz", Duration.ofSeconds(2), Duration.ofSeconds(2), 3, Duration.ofSeconds(60));

    public HealthCheck {
        Objects.requireNonNull(path, "path");
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("health: path: " + path + " (expected: a path with its leading slash)");
        }
        Times.requireBetween("health: every", every, Duration.ofMillis(100), Duration.ofMinutes(5));
        Times.requireBetween("health: timeout", timeout, Duration.ofMillis(100), Duration.ofMinutes(1));
        Times.requireBetween("health: startup", startup, Duration.ofSeconds(1), Duration.ofHours(1));
        if (failures < 1 || failures > 100) {
            throw new IllegalArgumentException("health: failures: " + failures + " (expected: 1 to 100)");
        }
    }
}
