package io.portolan.director;

/**
 * Makes and checks server cookies: who sends one back is where it says it is (RFC 7873), in the form that servers of other makes can
 * share (RFC 9018). Immutable: one pair of secrets; {@link CookieSecrets} replaces it.
 *
 * @param current  first half and second half of the secret that signs, little endian
 * @param previous of the one before, still believed
 */
record ServerCookies(long current0, long current1, long previous0, long previous1) {
    /** Data of the option with both cookies. */
    static final int FULL_BYTES = 24;

    static final int CLIENT_BYTES = 8;
    /** Longest that one is believed (RFC 9018, 4.3). */
    private static final int AGE_LIMIT_SECONDS = 3600;
    /** From this age on the client is given a new one. */
    private static final int RENEW_AFTER_SECONDS = 1800;
    /** How far ahead a clock of another server of the zone may be. */
    private static final int AHEAD_LIMIT_SECONDS = 300;

    private static final int HASHED_BYTES = 16;
    private static final byte VERSION = 1;

    /** Whether the option's data holds a server cookie of ours, fresh and for this client. */
    boolean valid(Exchange exchange) {
        var query = exchange.query;
        if (query.cookieBytes != FULL_BYTES) {
            return false;
        }
        int at = query.cookieAt;
        byte[] in = exchange.in;
        if (in[at + 8] != VERSION || age(exchange) > AGE_LIMIT_SECONDS || age(exchange) < -AHEAD_LIMIT_SECONDS) {
            return false;
        }
        System.arraycopy(in, at, exchange.cookie, 0, HASHED_BYTES);
        long given = Long.reverseBytes(Wire.get64(in, at + HASHED_BYTES));
        int bytes = withAddress(exchange);
        return given == SipHash.of(current0, current1, exchange.cookie, bytes)
                || given == SipHash.of(previous0, previous1, exchange.cookie, bytes);
    }

    /** Serial number arithmetic: the time has 32 bits. */
    private static int age(Exchange exchange) {
        return (int) (exchange.nowMillis / 1000) - Wire.get32(exchange.in, exchange.query.cookieAt + 12);
    }

    /**
     * Writes the option's data: the client's cookie and ours.
     *
     * @param valid whether the client's server cookie was; while it is young it is sent back as it is
     */
    void write(Exchange exchange, int at, boolean valid) {
        var query = exchange.query;
        if (valid && age(exchange) < RENEW_AFTER_SECONDS && age(exchange) >= 0) {
            System.arraycopy(exchange.in, query.cookieAt, exchange.out, at, FULL_BYTES);
            return;
        }
        byte[] cookie = exchange.cookie;
        System.arraycopy(exchange.in, query.cookieAt, cookie, 0, CLIENT_BYTES);
        cookie[8] = VERSION;
        cookie[9] = 0;
        Wire.put16(cookie, 10, 0);
        Wire.put32(cookie, 12, (int) (exchange.nowMillis / 1000));
        System.arraycopy(cookie, 0, exchange.out, at, HASHED_BYTES);
        long hash = SipHash.of(current0, current1, cookie, withAddress(exchange));
        Wire.put64(exchange.out, at + HASHED_BYTES, Long.reverseBytes(hash));
    }

    /** The client's address behind the first sixteen bytes; how many bytes are hashed. */
    private static int withAddress(Exchange exchange) {
        if (exchange.sourceWidth == 32) {
            Wire.put32(exchange.cookie, HASHED_BYTES, (int) exchange.sourceLow);
            return HASHED_BYTES + 4;
        }
        Wire.put64(exchange.cookie, HASHED_BYTES, exchange.sourceHigh);
        Wire.put64(exchange.cookie, HASHED_BYTES + 8, exchange.sourceLow);
        return HASHED_BYTES + 16;
    }
}
