package io.portolan.director;

import java.util.List;

/**
 * How many answers of a kind one client network is given over UDP (response-rate limiting as BIND does it): what is forged in a victim's
 * name must not become a flood. TCP and clients with a valid cookie are never limited, as their address is proved. Immutable.
 *
 * @param enabled  false: nobody is limited
 * @param answers  a second: equal answers, that is for one name
 * @param noData   a second: a name without that type
 * @param noName   a second: names that do not exist, all of them together
 * @param errors   a second: refused and broken
 * @param all      a second: everything together; 0 for no such limit
 * @param slip     every how many-th answer over the limit is sent as a short "ask over TCP" instead of nothing, so that a real client
 *                 gets through; 0 for none
 * @param v4Prefix bits of an IPv4 address that make a client network
 * @param v6Prefix bits of an IPv6 address
 * @param exempt   client networks that are never limited; loopback by default
 */
public record RateLimits(
        boolean enabled,
        int answers,
        int noData,
        int noName,
        int errors,
        int all,
        int slip,
        int v4Prefix,
        int v6Prefix,
        List<IpPrefix> exempt) {
    /** Clients on this machine. */
    public static final List<IpPrefix> LOOPBACK = List.of(IpPrefix.parse("127.0.0.0/8"), IpPrefix.parse("::1/128"));

    /** A second's answers for one name; resolvers that ask for their clients' subnets ask for one name often. */
    public static final RateLimits STANDARD = new RateLimits(true, 200, 100, 100, 50, 5_000, 2, 24, 56, LOOPBACK);

    /** Nobody is limited. */
    public static final RateLimits OFF = new RateLimits(false, 1, 1, 1, 1, 0, 0, 24, 56, List.of());

    public RateLimits {
        exempt = List.copyOf(exempt);
        if (answers < 1 || noData < 1 || noName < 1 || errors < 1 || all < 0 || slip < 0) {
            throw new IllegalArgumentException("rate limits: " + List.of(answers, noData, noName, errors, all, slip)
                    + " (expected: answers, no data, no name and errors 1 or more, all and slip 0 or more)");
        }
        if (v4Prefix < 1 || v4Prefix > 32 || v6Prefix < 1 || v6Prefix > 128) {
            throw new IllegalArgumentException(
                    "rate limits: prefixes /" + v4Prefix + " and /" + v6Prefix + " (expected: 1 to 32 and 1 to 128)");
        }
    }

    /** Answers a second of a kind. */
    int of(Exchange.Kind kind) {
        return switch (kind) {
            case ANSWER -> answers;
            case NO_DATA -> noData;
            case NO_NAME -> noName;
            case ERROR, SILENCE -> errors;
        };
    }
}
