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
 * @param outcome     what is answered
 * @param candidates  every endpoint of the profile, the chosen first, then the others best first; then the regions of the environment that
 *                    are no endpoint
 * @param path        the profiles that the decision went through, outermost first, such as {@code geographic: europe}
 * @param reason      one sentence
 * @param scopePrefix prefix length that the answer is valid for
 */
public record RoutingDecision(
        Choice.Outcome outcome, List<Candidate> candidates, List<String> path, String reason, int scopePrefix) {
    public RoutingDecision {
        Objects.requireNonNull(outcome, "outcome");
        candidates = List.copyOf(candidates);
        path = List.copyOf(path);
        Objects.requireNonNull(reason, "reason");
    }

    /** The endpoints chosen, in the order of the answer. */
    public List<Candidate> chosenEndpoints() {
        return candidates.stream()
                .filter(candidate -> candidate.rejection().isEmpty())
                .toList();
    }

    /** The region chosen; empty when none is, or an endpoint outside. */
    public Optional<RegionName> chosen() {
        return chosenEndpoints().stream()
                .filter(Candidate::isRegion)
                .map(candidate -> new RegionName(candidate.label()))
                .findFirst();
    }

    /**
     * One endpoint as the decision saw it. Immutable.
     *
     * @param label     the region, address or host
     * @param isRegion  whether it is a region
     * @param rtt       round-trip time in milliseconds, not a number where none is known
     * @param source    where that figure comes from
     * @param state     with the health that the decision knew
     * @param version   version that the revision gives the extension there, empty text for none
     * @param rejection why it is not the answer, empty text for a chosen one
     */
    public record Candidate(
            String label,
            boolean isRegion,
            double rtt,
            String source,
            EndpointState state,
            String version,
            String rejection) {
        public Candidate {
            Objects.requireNonNull(label, "label");
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(state, "state");
            Objects.requireNonNull(version, "version");
            Objects.requireNonNull(rejection, "rejection");
        }

        /** Whether it is served while others are. */
        public boolean up() {
            return state != EndpointState.DEGRADED;
        }

        /** Round-trip time; empty where none is known. */
        public OptionalDouble rttMillis() {
            return Double.isNaN(rtt) ? OptionalDouble.empty() : OptionalDouble.of(rtt);
        }

        /** The version there, if the revision gives it one. */
        public Optional<VersionLabel> versionThere() {
            return version.isEmpty() ? Optional.empty() : Optional.of(new VersionLabel(version));
        }
    }
}
