package io.portolan.director;

/**
 * A query read where it lies, without an object of its own: made once a thread and read into again and again. One thread at a time.
 *
 * <p>Read by hand rather than by dnsjava, which costs more than everything else of an answer together, and turns away as unreadable
 * what the standard wants answered: a client subnet of family 0, which stands for "do not use my address".
 */
final class WireQuery {
    /** What was read. */
    enum Form {
        /** One question, or none and a cookie. */
        READABLE,
        /** Too short, or an answer itself: nothing is said to it, or two servers would talk for ever. */
        NOT_A_QUERY,
        /** An operation other than QUERY. */
        OTHER_OPERATION,
        /** Breaks the form: FORMERR. */
        BROKEN
    }

    /** Questions: 1, or 0 where a client only asks for a cookie (RFC 7873, 5.4). */
    int questions;
    /** The name in lower case, length bytes and root included. */
    final byte[] name = new byte[Wire.NAME_LIMIT_BYTES];
    /** Bytes of {@link #name}, and of the name in the message: a question's name cannot be compressed. */
    int nameBytes;

    int type;
    int dnsClass;

    /** Whether there is an OPT record (RFC 6891). */
    boolean edns;
    /** Largest UDP answer that the client takes, as it says. */
    int payloadBytes;

    int ednsVersion;
    boolean dnssecOk;

    /** Where the data of the client subnet stands in the message, -1 without one (RFC 7871). */
    int subnetAt;
    /** Bytes of its data. */
    int subnetBytes;
    /** 1 IPv4, 2 IPv6, 0 with length 0: no address at all. */
    int subnetFamily;
    /** SOURCE PREFIX-LENGTH; 0 asks not to use the client's address. */
    int subnetLength;

    long subnetHigh;
    /** The address, as {@link Bits128}. */
    long subnetLow;

    /** Where the cookie's data stands, -1 without one (RFC 7873). */
    int cookieAt;
    /** Bytes of its data: 8 for a client's alone, 16 to 40 with a server's. */
    int cookieBytes;

    private byte[] in = new byte[0];
    private int length;
    private int at;

    /** Reads a message; everything else of this object is about it from then on. */
    Form read(byte[] message, int lengthBytes) {
        if (lengthBytes < Wire.HEADER_BYTES || (message[2] & 0x80) != 0) {
            return Form.NOT_A_QUERY;
        }
        if ((message[2] & 0x78) != 0) {
            return Form.OTHER_OPERATION;
        }
        in = message;
        length = lengthBytes;
        at = Wire.HEADER_BYTES;
        edns = false;
        payloadBytes = 0;
        ednsVersion = 0;
        dnssecOk = false;
        subnetAt = -1;
        subnetLength = 0;
        cookieAt = -1;
        nameBytes = 0;
        type = 0;
        dnsClass = 0;
        questions = Wire.get16(in, 4);
        return question() && records() && at == length && (questions == 1 || cookieAt >= 0)
                ? Form.READABLE
                : Form.BROKEN;
    }

    private boolean question() {
        if (questions > 1) {
            return false;
        }
        if (questions == 0) {
            return true;
        }
        int start = at;
        while (true) {
            if (at >= length) {
                return false;
            }
            int label = in[at] & 0xff;
            int to = at - start;
            if (label > Wire.LABEL_LIMIT_BYTES || to + label + 1 > Wire.NAME_LIMIT_BYTES || at + label >= length) {
                return false;
            }
            name[to] = (byte) label;
            for (int i = 1; i <= label; i++) {
                name[to + i] = Wire.lower(in[at + i]);
            }
            at += label + 1;
            if (label == 0) {
                break;
            }
        }
        nameBytes = at - start;
        if (at + 4 > length) {
            return false;
        }
        type = Wire.get16(in, at);
        dnsClass = Wire.get16(in, at + 2);
        at += 4;
        return type != Wire.TYPE_OPT && type != Wire.TYPE_TSIG && type != Wire.TYPE_TKEY;
    }

    private boolean records() {
        int skipped = Wire.get16(in, 6) + Wire.get16(in, 8);
        int additional = Wire.get16(in, 10);
        for (int i = 0; i < skipped + additional; i++) {
            boolean root = at < length && in[at] == 0;
            if (!skipName() || at + 10 > length) {
                return false;
            }
            int recordType = Wire.get16(in, at);
            int dataBytes = Wire.get16(in, at + 8);
            int data = at + 10;
            if (data + dataBytes > length) {
                return false;
            }
            if (recordType == Wire.TYPE_OPT) {
                // Only once, at the root, among the additional records.
                if (edns || !root || i < skipped || !opt(data, dataBytes)) {
                    return false;
                }
            }
            at = data + dataBytes;
        }
        return true;
    }

    private boolean skipName() {
        int used = 0;
        while (at < length) {
            int label = in[at] & 0xff;
            if (label >= Wire.POINTER) {
                at += 2;
                return at <= length;
            }
            used += label + 1;
            if (label > Wire.LABEL_LIMIT_BYTES || used > Wire.NAME_LIMIT_BYTES) {
                return false;
            }
            at += label + 1;
            if (label == 0) {
                return at <= length;
            }
        }
        return false;
    }

    private boolean opt(int data, int dataBytes) {
        edns = true;
        payloadBytes = Wire.get16(in, at + 2);
        ednsVersion = in[at + 5] & 0xff;
        dnssecOk = (in[at + 6] & 0x80) != 0;
        // Another version may have other options: it is answered BADVERS, whatever they are.
        int option = data;
        int end = data + dataBytes;
        while (ednsVersion == 0 && option < end) {
            if (option + 4 > end) {
                return false;
            }
            int code = Wire.get16(in, option);
            int bytes = Wire.get16(in, option + 2);
            option += 4;
            if (option + bytes > end) {
                return false;
            }
            if (code == Wire.OPTION_SUBNET
                    ? !subnet(option, bytes)
                    : code == Wire.OPTION_COOKIE && !cookie(option, bytes)) {
                return false;
            }
            option += bytes;
        }
        return true;
    }

    private boolean subnet(int data, int bytes) {
        if (subnetAt >= 0 || bytes < 4) {
            return false;
        }
        int family = Wire.get16(in, data);
        int source = in[data + 2] & 0xff;
        int widest = family == 1 ? 32 : family == 2 ? 128 : 0;
        if (family > 2 || source > widest || in[data + 3] != 0 || bytes != 4 + (source + 7) / 8) {
            return false;
        }
        if (source % 8 != 0 && (in[data + bytes - 1] & (0xff >> (source % 8))) != 0) {
            return false;
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < widest / 8; i++) {
            long value = i < bytes - 4 ? in[data + 4 + i] & 0xff : 0;
            high = (high << 8) | (low >>> 56);
            low = (low << 8) | value;
        }
        subnetAt = data;
        subnetBytes = bytes;
        subnetFamily = family;
        subnetLength = source;
        subnetHigh = high;
        subnetLow = low;
        return true;
    }

    private boolean cookie(int data, int bytes) {
        if (bytes != 8 && (bytes < 16 || bytes > 40)) {
            return false;
        }
        // A second one is ignored (RFC 7873, 5.2).
        if (cookieAt < 0) {
            cookieAt = data;
            cookieBytes = bytes;
        }
        return true;
    }
}
