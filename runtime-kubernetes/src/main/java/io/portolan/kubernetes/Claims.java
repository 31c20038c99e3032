package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;

/**
 * Which nodes want a controller. Nodes of a region share its objects and learn of a revision at different times; each writes until when
 * it wants one, and the last one whose claim is over takes the objects away. A claim outlasts its renewal by the controller's drain
 * time: a node that starts again finds what it left, and open pages find their version. Pure.
 */
final class Claims {
    private Claims() {}

    /** What a node writes. */
    static String text(Instant until, String node) {
        return until + " " + node;
    }

    /** Until when a node wants it; empty when it says nothing. */
    static Optional<Instant> of(Deployment deployment, String claim) {
        return Optional.ofNullable(annotations(deployment).get(claim)).flatMap(Claims::until);
    }

    /** Whether others than this node want it now. */
    static boolean byOthers(Deployment deployment, String own, Instant now) {
        return annotations(deployment).entrySet().stream()
                .filter(entry ->
                        Scope.isClaim(entry.getKey()) && !entry.getKey().equals(own))
                .anyMatch(entry -> isAfter(entry.getValue(), now));
    }

    /** Whether anybody wants it, or may not have had the time to say so: it was made less than that ago. */
    static boolean byAnybody(Deployment deployment, Instant now, Duration young) {
        return annotations(deployment).entrySet().stream()
                        .filter(entry -> Scope.isClaim(entry.getKey()))
                        .anyMatch(entry -> isAfter(entry.getValue(), now))
                || isAfter(deployment.getMetadata().getCreationTimestamp(), now.minus(young));
    }

    private static boolean isAfter(String text, Instant now) {
        return until(text).filter(until -> until.isAfter(now)).isPresent();
    }

    private static Optional<Instant> until(String text) {
        try {
            return text == null ? Optional.empty() : Optional.of(Instant.parse(text.split(" ", 2)[0]));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static Map<String, String> annotations(Deployment deployment) {
        var annotations = deployment.getMetadata().getAnnotations();
        return annotations == null ? Map.of() : annotations;
    }
}
