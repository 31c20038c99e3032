package io.portolan.planner.routing;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * What one observer says of all targets, as it was last heard. Immutable.
 *
 * @param observer name of the observer
 * @param place    where it stands (a region, or its own name): its word on that place itself is not counted
 * @param age      since it was said, by the clock of whoever heard it
 * @param stalled  whether it says of itself that it was stalled lately
 * @param seen     health by target
 * @param tried    targets of which it has a result
 * @param bad      those of them that it sees down, or whose last probe failed: an observer that loses its network doubts itself before
 *                 its first verdict
 */
public record ObserverReport(
        String observer,
        String place,
        Duration age,
        boolean stalled,
        Map<String, EndpointHealth> seen,
        int tried,
        int bad) {
    public ObserverReport {
        Objects.requireNonNull(observer, "observer");
        Objects.requireNonNull(place, "place");
        Objects.requireNonNull(age, "age");
        seen = Map.copyOf(seen);
    }

    /** Of verdicts alone. */
    public ObserverReport(
            String observer, String place, Duration age, boolean stalled, Map<String, EndpointHealth> seen) {
        this(
                observer,
                place,
                age,
                stalled,
                seen,
                (int) seen.values().stream()
                        .filter(health -> health != EndpointHealth.CHECKING)
                        .count(),
                (int) seen.values().stream()
                        .filter(health -> health == EndpointHealth.DEGRADED)
                        .count());
    }
}
