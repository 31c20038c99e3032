package io.portolan.planner.routing;

/**
 * Result of one decision, reused from query to query. One thread at a time.
 *
 * <p>{@link CompiledProfile#choose} resets and fills it.
 */
public final class Choice {
    /** Most endpoints of one answer. */
    public static final int MAX_ENDPOINTS = 10;

    /** Least prefix length by which clients are told apart where a region takes only a share of them. */
    static final int SHARE_PREFIX_V4 = 24;

    static final int SHARE_PREFIX_V6 = 48;

    private static final int MAPPED_BITS = 96;

    /** What to answer. */
    public enum Outcome {
        /** The endpoints chosen. A type that they do not have is NODATA. */
        ENDPOINTS,
        /** The name exists and nothing is answered: NODATA. */
        NO_DATA,
        /** The profile is disabled: NXDOMAIN. */
        NO_NAME
    }

    private final int[] endpoints = new int[MAX_ENDPOINTS];
    private int count;
    private int scopePrefix;
    private Outcome outcome = Outcome.NO_DATA;

    // The question, while it is being decided.
    long high;
    long low;
    int family;
    private long draw;

    /** What to answer. */
    public Outcome outcome() {
        return outcome;
    }

    /** How many endpoints were chosen; 1 or more exactly when the outcome is {@link Outcome#ENDPOINTS}. */
    public int count() {
        return count;
    }

    /** Number of the endpoint at a position, see {@link CompiledProfile#endpoints()}. */
    public int endpoint(int position) {
        return endpoints[position];
    }

    /**
     * Prefix length of the client's address that the decision depended on, in the address's own family (0 to 32, or to 128): 0 where the
     * method ignores the client.
     */
    public int scopePrefix() {
        return scopePrefix;
    }

    void reset(long addressHigh, long addressLow, int askedFamily, long random) {
        high = addressHigh;
        low = addressLow;
        family = askedFamily;
        draw = random;
        count = 0;
        scopePrefix = 0;
        outcome = Outcome.NO_DATA;
    }

    void noName() {
        outcome = Outcome.NO_NAME;
    }

    void add(int endpoint) {
        if (count < MAX_ENDPOINTS) {
            endpoints[count++] = endpoint;
            outcome = Outcome.ENDPOINTS;
        }
    }

    /** Replaces the endpoint at a position (sampling). */
    void set(int position, int endpoint) {
        endpoints[position] = endpoint;
    }

    /** The decision depended on so many bits of the client's address. */
    void dependsOn(int prefix) {
        scopePrefix = Math.max(scopePrefix, prefix);
    }

    /** Whether the client's address is IPv4 (held as {@code ::ffff:a.b.c.d}). */
    boolean isV4() {
        return high == 0 && low >>> 32 == 0xffffL;
    }

    /** A random number below a bound, other in every query; repeated calls give the same until {@link #nextDraw}. */
    int draw(int bound) {
        return (int) Long.remainderUnsigned(mix(draw), bound);
    }

    void nextDraw() {
        draw = mix(draw + 0x9e3779b97f4a7c15L);
    }

    /**
     * A number below a bound that is the same for every query of the same client network: /24 or /48, or longer where the map tells them
     * apart. The decision depends on as many bits from then on.
     */
    int clientDraw(ClientNetwork network, int salt, int bound) {
        boolean v4 = isV4();
        int prefix = Math.max(network.scopePrefix(), v4 ? SHARE_PREFIX_V4 : SHARE_PREFIX_V6);
        dependsOn(prefix);
        int bits = v4 ? prefix + MAPPED_BITS : prefix;
        long maskedHigh = bits >= 64 ? high : high & -1L << (64 - bits);
        long maskedLow = bits <= 64 ? 0 : low & -1L << (128 - bits);
        return (int) Long.remainderUnsigned(
                mix(mix(maskedHigh ^ 0x5851f42d4c957f2dL) + maskedLow + salt * 0x9e3779b97f4a7c15L), bound);
    }

    /** SplitMix64's finaliser (Steele, Lea, Flood, 2014). */
    private static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
