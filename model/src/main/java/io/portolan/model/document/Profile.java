package io.portolan.model.document;

import java.util.List;
import java.util.Objects;

/**
 * Routing method of an extension in an environment: which of its endpoints a client is sent to. Immutable.
 *
 * <p>A profile without endpoints is over the extension's placement: every region that was given a version, each as if it were listed
 * with the defaults. What a profile must keep to (numbers, mappings, depth) is said by {@code ProfileRules} of the planner, all faults at
 * once; the records check only that nothing is missing.
 */
public sealed interface Profile {
    /** What every profile has. */
    Settings settings();

    /** Endpoints in the order of the declaration; empty for the placement. */
    List<Endpoint> endpoints();

    /** The default: performance over the placement, reference behaviour. */
    static Profile standard() {
        return new Performance(Settings.STANDARD, List.of(), Performance.SAME_VERSION_WITHIN_MILLIS);
    }

    /**
     * Lowest latency first.
     *
     * @param sameVersionWithinMillis when the best region is down: how much slower than the next one a region may be and still be
     *     preferred because it runs the same version as the best; 0 turns that off (reference behaviour)
     */
    record Performance(Settings settings, List<Endpoint> endpoints, int sameVersionWithinMillis) implements Profile {
        /** Default of {@link #sameVersionWithinMillis}. */
        public static final int SAME_VERSION_WITHIN_MILLIS = 15;

        public Performance {
            Objects.requireNonNull(settings, "settings");
            endpoints = List.copyOf(endpoints);
        }
    }

    /** First by priority; equal to the list's order where none is given. */
    record Priority(Settings settings, List<Endpoint> endpoints) implements Profile {
        public Priority {
            Objects.requireNonNull(settings, "settings");
            endpoints = List.copyOf(endpoints);
        }
    }

    /** At random, in proportion to weight. */
    record Weighted(Settings settings, List<Endpoint> endpoints) implements Profile {
        public Weighted {
            Objects.requireNonNull(settings, "settings");
            endpoints = List.copyOf(endpoints);
        }
    }

    /** By where the client is: subdivision, country, continent, then World; no failover between endpoints. */
    record Geographic(Settings settings, List<Endpoint> endpoints) implements Profile {
        public Geographic {
            Objects.requireNonNull(settings, "settings");
            endpoints = List.copyOf(endpoints);
        }
    }

    /**
     * Every healthy address, up to a maximum.
     *
     * @param maxReturn 1 to 10
     */
    record MultiValue(Settings settings, List<Endpoint> endpoints, int maxReturn) implements Profile {
        /** Default of {@link #maxReturn}. */
        public static final int MAX_RETURN = 2;

        public MultiValue {
            Objects.requireNonNull(settings, "settings");
            endpoints = List.copyOf(endpoints);
        }
    }

    /** By the client's address; an endpoint without ranges takes all others. */
    record Subnet(Settings settings, List<Endpoint> endpoints) implements Profile {
        public Subnet {
            Objects.requireNonNull(settings, "settings");
            endpoints = List.copyOf(endpoints);
        }
    }

    /**
     * What every profile has. Immutable.
     *
     * @param enabled     a disabled profile does not exist (NXDOMAIN); as a child it is stopped
     * @param ttlSeconds  of its answers; {@link #TTL_OF_ENVIRONMENT} takes the environment's. Only the outermost profile's counts
     * @param matchFamily true: an endpoint without an address of the family asked for is passed over, so a healthy alternative of the
     *     right family is found; false (reference behaviour): the decision is made before looking at the type
     * @param monitor     how its external endpoints are probed; regions are probed for the whole environment
     */
    record Settings(boolean enabled, long ttlSeconds, boolean matchFamily, Monitor monitor) {
        /** The environment's answer TTL. */
        public static final long TTL_OF_ENVIRONMENT = -1;

        /** Enabled, the environment's TTL, reference behaviour. */
        public static final Settings STANDARD = new Settings(true, TTL_OF_ENVIRONMENT, false, Monitor.STANDARD);

        public Settings {
            Objects.requireNonNull(monitor, "monitor");
        }
    }
}
