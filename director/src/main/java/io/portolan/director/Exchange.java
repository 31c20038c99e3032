package io.portolan.director;

import java.net.InetAddress;

/**
 * One query and its answer: the buffers and everything that is learnt on the way, made once a thread and used again and again, so that
 * an answer allocates nothing. One thread at a time.
 */
final class Exchange {
    /** What became of a query, for the limiter and the metrics. */
    enum Kind {
        /** Records. */
        ANSWER,
        /** The name exists, and nothing of that type. */
        NO_DATA,
        /** The name does not exist. */
        NO_NAME,
        /** Anything else: refused, broken, not ready. */
        ERROR,
        /** Nothing is sent. */
        SILENCE
    }

    /** What a query's cookie was. */
    enum Cookie {
        NONE,
        CLIENT_ONLY,
        VALID,
        INVALID
    }

    final byte[] in;
    final byte[] out;
    /** Whether the client's address is proved by a connection, and answers may be long. */
    final boolean tcp;

    /** Bytes of the query in {@link #in}. */
    int length;

    /** 32 or 128. */
    int sourceWidth;

    long sourceHigh;
    /** The client's address, as {@link Bits128}. */
    long sourceLow;

    long nowMillis;

    final WireQuery query = new WireQuery();
    final Steered steered = new Steered();
    final Assembly message = new Assembly(this);
    /** Where cookies are put together. */
    final byte[] cookie = new byte[32];

    Kind kind = Kind.SILENCE;
    Cookie cookieState = Cookie.NONE;
    int rcode;
    boolean truncated;
    /** Whether {@link #query} holds a question. */
    boolean asked;

    private int draws;

    private Exchange(int inBytes, int outBytes, boolean tcp) {
        in = new byte[inBytes];
        out = new byte[outBytes];
        this.tcp = tcp;
        draws = System.identityHashCode(this) | 1;
    }

    static Exchange udp() {
        return new Exchange(Wire.MESSAGE_LIMIT_BYTES, WireAnswerer.UDP_LIMIT_BYTES, false);
    }

    static Exchange tcp() {
        return new Exchange(Wire.MESSAGE_LIMIT_BYTES, Wire.MESSAGE_LIMIT_BYTES, true);
    }

    /** Sets the client's address. */
    void source(InetAddress address) {
        var bits = Bits128.of(address);
        sourceWidth = address.getAddress().length * 8;
        sourceHigh = bits.high();
        sourceLow = bits.low();
    }

    /** Whether the client's subnet, and not its resolver's address, decides. */
    boolean bySubnet() {
        return query.subnetAt >= 0 && query.subnetLength > 0;
    }

    /** A number of 31 bits for choices by chance (xorshift32; not for secrets). */
    int draw() {
        draws ^= draws << 13;
        draws ^= draws >>> 17;
        draws ^= draws << 5;
        return draws >>> 1;
    }
}
