package io.portolan.planner.routing;

/**
 * What one observer's probes of one target have shown. Immutable.
 *
 * @param health what it says of the target
 * @param seenUp whether it ever saw it up, itself or before a restart; a target never seen up takes twice the failures to be called down
 * @param streak results in a row that speak against {@code health}
 */
public record ProbeState(EndpointHealth health, boolean seenUp, int streak) {
    /** Before the first probe: served, or a restart would take every region away. */
    public static final ProbeState UNPROBED = new ProbeState(EndpointHealth.CHECKING, false, 0);

    /** Of one probe. */
    public enum Result {
        SUCCESS,
        FAILURE,
        /** The observer itself was stalled or had no network: says nothing of the target. */
        INCONCLUSIVE
    }

    /** Whether a probe has said something. */
    public boolean isTried() {
        return health != EndpointHealth.CHECKING || streak > 0;
    }

    /** Whether it is down, or the last probe failed. */
    public boolean isBad() {
        return health == EndpointHealth.DEGRADED || streak > 0;
    }

    /** The same without a verdict of being down, which was reached while the observer itself was sick: evidence is gathered anew. */
    public ProbeState doubted() {
        return health == EndpointHealth.DEGRADED ? new ProbeState(EndpointHealth.CHECKING, seenUp, 1) : this;
    }

    /** What was known before a restart. */
    public static ProbeState restored(EndpointHealth health) {
        return new ProbeState(health, health != EndpointHealth.CHECKING, 0);
    }

    /**
     * After one more probe.
     *
     * @param tolerated failures in a row that are tolerated; one more make the target down
     * @param recovery  successes in a row that bring it back
     */
    public ProbeState after(Result result, int tolerated, int recovery) {
        return switch (result) {
            case INCONCLUSIVE -> this;
            case SUCCESS -> {
                boolean back = health != EndpointHealth.DEGRADED || streak + 1 >= recovery;
                yield new ProbeState(back ? EndpointHealth.ONLINE : health, true, back ? 0 : streak + 1);
            }
            case FAILURE -> {
                if (health == EndpointHealth.DEGRADED) {
                    yield new ProbeState(health, seenUp, 0);
                }
                int needed = (tolerated + 1) * (seenUp ? 1 : 2);
                boolean down = streak + 1 >= needed;
                yield new ProbeState(down ? EndpointHealth.DEGRADED : health, seenUp, down ? 0 : streak + 1);
            }
        };
    }
}
