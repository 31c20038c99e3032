package io.portolan.protocol.rest;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How long a failover takes with an extension's routing method, at worst, and what of it will hurt.
 *
 * @param text     the budget as a sum for people
 * @param findings warnings first
 */
public record RouteLintBody(
        ExtensionName extension, EnvironmentName environment, Budget budget, String text, List<Finding> findings) {
    public RouteLintBody {
        Objects.requireNonNull(extension, "extension");
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(budget, "budget");
        Objects.requireNonNull(text, "text");
        findings = List.copyOf(findings);
    }

    /** The parts of the sum. */
    public record Budget(
            Duration detection, Duration publication, Duration ttl, Duration clientCache, Duration total) {}

    /**
     * One finding.
     *
     * @param severity {@code WARNING} or {@code NOTE}
     * @param pointer  JSON pointer within the profile
     */
    public record Finding(String code, String severity, String pointer, String message) {}
}
