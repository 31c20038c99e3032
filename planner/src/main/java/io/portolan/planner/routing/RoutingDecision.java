package io.portolan.planner.routing;

import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Where a client is sent, and why. Immutable.
 *
 * @param candidates every region of the environment: first those that may serve the extension, best first, then the others
 * @param reason     one sentence
 */
public record RoutingDecision(List<Candidate> candidates, String reason) {
    public RoutingDecision {
        candidates = List.copyOf(candidates);
        Objects.requireNonNull(reason, "reason");
    }

    /** The region chosen; empty when none serves the extension. */
    public Optional<RegionName> chosen() {
        return candidates.stream()
                .filter(candidate -> candidate.rejection().isEmpty())
                .map(Candidate::region)
                .findFirst();
    }

    /**
     * One region as the decision saw it. Immutable.
     *
     * @param distanceKm great-circle distance to the client, not a number where the client's place is unknown
     * @param up         whether the probes see it up
     * @param version    version that the revision gives the extension there, empty text for none
     * @param rejection  why it is not the answer, empty text for the chosen one
     */
    public record Candidate(RegionName region, double distanceKm, boolean up, String version, String rejection) {
        public Candidate {
            Objects.requireNonNull(region, "region");
            Objects.requireNonNull(version, "version");
            Objects.requireNonNull(rejection, "rejection");
        }

        /** Estimated round-trip time; empty where the client's place is unknown. */
        public OptionalDouble rttMillis() {
            return Double.isNaN(distanceKm)
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(PerformanceRouting.rttMillis(distanceKm));
        }

        /** The version there, if the revision gives it one. */
        public Optional<VersionLabel> versionThere() {
            return version.isEmpty() ? Optional.empty() : Optional.of(new VersionLabel(version));
        }
    }
}
