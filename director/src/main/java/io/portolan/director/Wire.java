package io.portolan.director;

/** Numbers of the DNS wire format, and reading and writing of them in network order. Stateless. */
final class Wire {
    /** Length of the header of a message. */
    static final int HEADER_BYTES = 12;
    /** Longest message, over TCP. */
    static final int MESSAGE_LIMIT_BYTES = 65_535;
    /** Longest name with its length bytes and the root. */
    static final int NAME_LIMIT_BYTES = 255;

    static final int LABEL_LIMIT_BYTES = 63;
    /** First byte of a pointer to an earlier name (RFC 1035, 4.1.4). */
    static final int POINTER = 0xc0;
    /** The question's name, as a pointer. */
    static final int QUESTION_POINTER = (POINTER << 8) | HEADER_BYTES;

    static final int TYPE_A = 1;
    static final int TYPE_NS = 2;
    static final int TYPE_CNAME = 5;
    static final int TYPE_SOA = 6;
    static final int TYPE_TXT = 16;
    static final int TYPE_AAAA = 28;
    static final int TYPE_OPT = 41;
    static final int TYPE_DS = 43;
    static final int TYPE_TKEY = 249;
    static final int TYPE_TSIG = 250;
    static final int TYPE_IXFR = 251;
    static final int TYPE_AXFR = 252;
    static final int TYPE_ANY = 255;
    static final int CLASS_IN = 1;

    static final int NOERROR = 0;
    static final int FORMERR = 1;
    static final int SERVFAIL = 2;
    static final int NXDOMAIN = 3;
    static final int NOTIMP = 4;
    static final int REFUSED = 5;
    static final int BADVERS = 16;
    static final int BADCOOKIE = 23;

    static final int OPTION_SUBNET = 8;
    static final int OPTION_COOKIE = 10;

    private Wire() {}

    static int get16(byte[] from, int at) {
        return ((from[at] & 0xff) << 8) | (from[at + 1] & 0xff);
    }

    static int get32(byte[] from, int at) {
        return (get16(from, at) << 16) | get16(from, at + 2);
    }

    static long get64(byte[] from, int at) {
        return ((long) get32(from, at) << 32) | (get32(from, at + 4) & 0xffff_ffffL);
    }

    static void put16(byte[] to, int at, int value) {
        to[at] = (byte) (value >> 8);
        to[at + 1] = (byte) value;
    }

    static void put32(byte[] to, int at, int value) {
        put16(to, at, value >> 16);
        put16(to, at + 2, value);
    }

    static void put64(byte[] to, int at, long value) {
        put32(to, at, (int) (value >> 32));
        put32(to, at + 4, (int) value);
    }

    /** Lower case of A to Z only, as names are compared (RFC 4343). */
    static byte lower(byte value) {
        return value >= 'A' && value <= 'Z' ? (byte) (value + ('a' - 'A')) : value;
    }
}
