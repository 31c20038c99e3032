package io.portolan.director;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import org.xbill.DNS.DNSInput;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;
import org.xbill.DNS.WireParseException;

/**
 * A query as it came over the wire. Immutable.
 *
 * <p>Read by hand rather than by {@code org.xbill.DNS.Message}, which turns away as unreadable what the standard wants answered: a
 * client subnet of family 0, which stands for "do not use my address" ({@code dig +subnet=0}).
 *
 * @param name as asked, its case kept
 * @param edns what the OPT record says; {@link Edns#ABSENT} without one
 */
record SlowQuery(Name name, int type, int dnsClass, Edns edns) {
    /** Length of the header of a message. */
    static final int HEADER_BYTES = 12;

    /**
     * What an OPT record says (RFC 6891).
     *
     * @param payload largest UDP answer that the client takes
     * @param flags   lower 16 bits of its TTL, among them DO
     * @param subnet  client subnet, {@link Subnet#ABSENT} without one
     */
    record Edns(boolean present, int payload, int version, int flags, Subnet subnet) {
        static final Edns ABSENT = new Edns(false, 512, 0, 0, Subnet.ABSENT);
    }

    /**
     * Client subnet (RFC 7871): {@code raw} is the option's data, empty without one.
     *
     * @param family 1 IPv4, 2 IPv6, 0 with length 0: no address at all
     * @param length SOURCE PREFIX-LENGTH; 0 asks not to use the client's address
     */
    record Subnet(int family, int length, byte[] raw) {
        static final Subnet ABSENT = new Subnet(0, 0, new byte[0]);

        boolean present() {
            return raw.length > 0;
        }

        /** First address of the subnet; empty where the client gives none. */
        Optional<InetAddress> address() {
            if (length == 0) {
                return Optional.empty();
            }
            var full = new byte[family == 1 ? 4 : 16];
            System.arraycopy(raw, 4, full, 0, raw.length - 4);
            try {
                return Optional.of(InetAddress.getByAddress(full));
            } catch (UnknownHostException e) {
                throw new IllegalStateException("4 or 16 bytes are an address", e);
            }
        }

        /** The option's data for the answer: the same with the scope filled in (RFC 7871, 7.2.1). */
        byte[] answered(int scope) {
            var data = raw.clone();
            data[3] = (byte) scope;
            return data;
        }

        static Subnet parse(byte[] raw) throws WireParseException {
            if (raw.length < 4) {
                throw new WireParseException("client subnet: too short");
            }
            int family = ((raw[0] & 0xff) << 8) | (raw[1] & 0xff);
            int length = raw[2] & 0xff;
            int widest = family == 1 ? 32 : family == 2 ? 128 : 0;
            if (family > 2 || length > widest || raw[3] != 0 || raw.length != 4 + (length + 7) / 8) {
                throw new WireParseException("client subnet: family, length or scope");
            }
            if (length % 8 != 0 && (raw[raw.length - 1] & (0xff >> (length % 8))) != 0) {
                throw new WireParseException("client subnet: bits beyond the length");
            }
            return new Subnet(family, length, raw);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Subnet subnet
                    && family == subnet.family
                    && length == subnet.length
                    && Arrays.equals(raw, subnet.raw);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(raw);
        }
    }

    /**
     * Reads a message with exactly one question.
     *
     * @throws WireParseException when it breaks the form
     */
    static SlowQuery parse(byte[] message) throws WireParseException {
        var in = new DNSInput(message);
        in.jump(4);
        int questions = in.readU16();
        int skipped = in.readU16() + in.readU16();
        int additional = in.readU16();
        if (questions != 1) {
            throw new WireParseException("questions: " + questions);
        }
        var name = new Name(in);
        int type = in.readU16();
        int dnsClass = in.readU16();
        for (int i = 0; i < skipped; i++) {
            new Name(in);
            in.readByteArray(8);
            in.readByteArray(in.readU16());
        }
        var edns = Edns.ABSENT;
        for (int i = 0; i < additional; i++) {
            var owner = new Name(in);
            if (in.readU16() != Type.OPT) {
                in.readByteArray(6);
                in.readByteArray(in.readU16());
            } else if (edns.present() || !owner.equals(Name.root)) {
                throw new WireParseException("OPT: twice, or not at the root");
            } else {
                edns = edns(in);
            }
        }
        if (in.remaining() > 0) {
            throw new WireParseException("bytes after the message");
        }
        return new SlowQuery(name, type, dnsClass, edns);
    }

    private static Edns edns(DNSInput in) throws WireParseException {
        int payload = in.readU16();
        in.readU8();
        int version = in.readU8();
        int flags = in.readU16();
        int end = in.readU16();
        var options = new DNSInput(in.readByteArray(end));
        var subnet = Subnet.ABSENT;
        // Another version may have other options: it is answered BADVERS, whatever they are.
        while (version == 0 && options.remaining() > 0) {
            int code = options.readU16();
            var data = options.readByteArray(options.readU16());
            if (code == EDNSOption.Code.CLIENT_SUBNET) {
                subnet = Subnet.parse(data);
            }
        }
        return new Edns(true, payload, version, flags, subnet);
    }
}
