package io.portolan.model.document;

import io.portolan.model.EnvironmentName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A region as its environment's nodes and directors see it. Immutable.
 *
 * @param schema      version of this form, {@link #SCHEMA}
 * @param displayName name for people
 * @param location    where it stands
 * @param pairs       its paired regions; a pair counts in both directions
 * @param addresses   IP addresses that DNS answers for it
 * @param probeUrls   base URLs of its nodes ({@code http://127.0.1.1:7080}, no trailing slash); a director probes
 *                    {@code /readyz} below each, and the region is up when one answers 200
 * @param capacity    relative capacity, 1 or more
 * @param resourceApiEndpoint resource API nearest to the region, empty where the environment declares none
 * @param ramp        how it comes back, while its state is {@code RAMPING}
 * @param resourceApiRegion region whose resource API that is: itself, or the nearest that has one; empty where there is none, absent
 *                    in older documents
 * @param residency   class of the data that may stay in it, such as {@code eu}, empty text for none; absent in older documents
 */
public record RegionDocument(
        int schema,
        RegionName name,
        EnvironmentName environment,
        String displayName,
        GeoPoint location,
        List<RegionName> pairs,
        List<String> addresses,
        List<String> probeUrls,
        RegionState state,
        int capacity,
        String resourceApiEndpoint,
        Ramp ramp,
        String resourceApiRegion,
        String residency) {
    /** Schema number that this build writes. */
    public static final int SCHEMA = 1;

    public RegionDocument {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(displayName, "displayName");
        Objects.requireNonNull(location, "location");
        pairs = List.copyOf(pairs);
        addresses = List.copyOf(addresses);
        probeUrls = List.copyOf(probeUrls);
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(resourceApiEndpoint, "resourceApiEndpoint");
        ramp = ramp == null ? Ramp.NONE : ramp; // documents of before there were ramps
        resourceApiRegion = Objects.requireNonNullElse(resourceApiRegion, "");
        residency = Objects.requireNonNullElse(residency, "");
        if (resourceApiEndpoint.isEmpty() != resourceApiRegion.isEmpty()) {
            // An older document names none, and had none.
            resourceApiRegion = resourceApiEndpoint.isEmpty() ? "" : name.value();
        }
    }

    /** A region that does not come back from anywhere. */
    public RegionDocument(
            int schema,
            RegionName name,
            EnvironmentName environment,
            String displayName,
            GeoPoint location,
            List<RegionName> pairs,
            List<String> addresses,
            List<String> probeUrls,
            RegionState state,
            int capacity,
            String resourceApiEndpoint) {
        this(
                schema,
                name,
                environment,
                displayName,
                location,
                pairs,
                addresses,
                probeUrls,
                state,
                capacity,
                resourceApiEndpoint,
                Ramp.NONE,
                resourceApiEndpoint.isEmpty() ? "" : name.value(),
                "");
    }

    /** The same, of a class of residency. */
    public RegionDocument withResidency(String other) {
        return new RegionDocument(
                schema,
                name,
                environment,
                displayName,
                location,
                pairs,
                addresses,
                probeUrls,
                state,
                capacity,
                resourceApiEndpoint,
                ramp,
                resourceApiRegion,
                other);
    }

    /** Whether calls of its users to the resource API leave the region. */
    public boolean callsLeave() {
        return !resourceApiRegion.isEmpty() && !resourceApiRegion.equals(name.value());
    }

    /** Whether it gets its first users: a share of those nearest to it, and nobody else's, since it does not count as capacity yet. */
    public boolean joins() {
        return state == RegionState.CANARY || (state == RegionState.RAMPING && ramp.fixed() > 0);
    }

    /**
     * Whether a region that joins takes clients of regions that are down all the same: an operator said so, until a time that each
     * director looks at by its own clock.
     */
    public boolean standsIn(Instant now) {
        var until = ramp.standsInUntil();
        return joins() && until != null && now.isBefore(until);
    }

    /** Share of its nearest clients that it takes at a time, in thousandths. */
    public int share(Instant now) {
        return state == RegionState.RAMPING || state == RegionState.CANARY ? ramp.share(now) : Ramp.ALL;
    }

    /**
     * A share of the clients nearest to a region that rises evenly in {@link #STEPS} steps. Immutable.
     *
     * <p>Directors compute it from their own clock: no revision is needed for a step, and none is missed while the control plane is away.
     *
     * @param since start; the first step is taken at once
     * @param over  length, zero for all at once
     * @param fixed share in thousandths that does not move with the clock, 0 for one that does; absent in older documents
     * @param standsInUntil until when one that joins stands in for regions that are down, null for not at all
     */
    public record Ramp(
            Instant since,
            Duration over,
            Integer fixed,
            @Nullable Instant standsInUntil) {
        /** No ramp: all of its clients. */
        public static final Ramp NONE = new Ramp(Instant.EPOCH, Duration.ZERO);

        /** A share that rises by the clock. */
        public Ramp(Instant since, Duration over) {
            this(since, over, 0, null);
        }

        /** A share that stays until another revision says otherwise, of a region that gets its first users. */
        public static Ramp of(Instant since, int share) {
            return new Ramp(since, Duration.ZERO, share, null);
        }

        /** The same, standing in for regions that are down until a time; null for not at all. */
        public Ramp standingIn(@Nullable Instant until) {
            return new Ramp(since, over, fixed, until);
        }

        /** Steps from the first clients to all. */
        public static final int STEPS = 10;

        private static final int ALL = 1000;

        public Ramp {
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(over, "over");
            fixed = Objects.requireNonNullElse(fixed, 0); // documents of before regions could join
            if (fixed < 0 || fixed > ALL) {
                throw new IllegalArgumentException("ramp: fixed: " + fixed + " (expected: 0 to " + ALL + ")");
            }
        }

        /** Share that it takes at a time, in thousandths. */
        public int share(Instant now) {
            if (fixed > 0) {
                return fixed;
            }
            long whole = over.toMillis();
            long elapsed = Duration.between(since, now).toMillis();
            if (elapsed >= whole) {
                return ALL;
            }
            long step = 1 + Math.max(0, elapsed) * STEPS / whole;
            return (int) (Math.min(STEPS, step) * ALL / STEPS);
        }
    }
}
