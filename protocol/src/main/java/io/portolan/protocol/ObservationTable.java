package io.portolan.protocol;

import java.util.Map;
import java.util.Objects;

/**
 * What one observer (a director or a region node) sees of all targets, read sideways by others. Immutable; of bounded size.
 *
 * @param observer name of the observer
 * @param kind     {@code region}, {@code director} or {@code control}
 * @param place    region that it stands in; of a director its own name, of a control plane its kind
 * @param stalled  whether it was itself stalled within the last probes
 * @param tried   targets of which it has a result
 * @param bad     those of them that are down, or whose last probe failed
 * @param requestsPerSecond what a region node answers, averaged over the last seconds; 0 of a director
 * @param targets  {@code ONLINE}, {@code CHECKING} or {@code DEGRADED} by target: the name of a region, or the address or host of an
 *                 endpoint outside
 */
public record ObservationTable(
        int schema,
        String observer,
        String kind,
        String place,
        boolean stalled,
        int tried,
        int bad,
        double requestsPerSecond,
        Map<String, String> targets) {
    /** Schema number that this build writes. */
    public static final int SCHEMA = 1;

    /** Kind and place of a control plane: of regions it tells whether their nodes acknowledge what they are told. */
    public static final String CONTROL = "control";

    /** What requests say of themselves that look at regions on their way: they are no user's. */
    public static final String JOINING_AGENT = "portolan-joining-probe";

    /** What probes of CDNs say of themselves. */
    public static final String CDN_AGENT = "portolan-cdn-probe";

    /** Where it is read. */
    public static final String PATH = "/-/observations";

    /** Most targets of a table; further ones are left out, by name. */
    public static final int MAX_TARGETS = 2_000;

    /** Longest table that is read. */
    public static final int LIMIT_BYTES = 512 << 10;

    public ObservationTable {
        // It comes from somebody else: one that lacks its name would else be met by all who judge, for as long as it is
        // kept.
        Objects.requireNonNull(observer, "observer");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(place, "place");
        targets = Map.copyOf(targets);
    }
}
