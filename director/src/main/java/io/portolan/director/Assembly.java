package io.portolan.director;

/**
 * Puts an answer together in the buffer of its exchange: header and question first, then records as they come, OPT at the end. What does
 * not fit makes the answer one without records and with TC. Used again and again; one thread at a time.
 */
final class Assembly {
    private static final int FLAG_ANSWER = 0x80;
    private static final int FLAG_AUTHORITATIVE = 0x04;
    private static final int FLAG_TRUNCATED = 0x02;
    private static final int KEPT_OF_QUERY = 0x79;
    private static final byte[] OPT_START = {
        0, 0, Wire.TYPE_OPT, WireAnswerer.UDP_LIMIT_BYTES >> 8, (byte) WireAnswerer.UDP_LIMIT_BYTES
    };

    private final Exchange exchange;
    private boolean authoritative;
    /** Pointer to the zone's name in the question. */
    private int zonePointer;

    private int at;
    /** Where records must end. */
    private int end;
    /** Where the question ends. */
    private int records;

    private int answers;
    private int authorities;
    private int additionals;

    Assembly(Exchange exchange) {
        this.exchange = exchange;
    }

    /** Starts an answer whose records end before this place. */
    void start(int recordsEnd) {
        var query = exchange.query;
        end = recordsEnd;
        authoritative = false;
        zonePointer = 0;
        int question = query.questions == 0 ? 0 : query.nameBytes + 4;
        System.arraycopy(exchange.in, Wire.HEADER_BYTES, exchange.out, Wire.HEADER_BYTES, question);
        records = Wire.HEADER_BYTES + question;
        clear();
    }

    private void clear() {
        at = records;
        answers = 0;
        authorities = 0;
        additionals = 0;
    }

    /** From here on the answer is the zone's own. */
    void authoritative(int pointerToZone) {
        authoritative = true;
        zonePointer = pointerToZone;
    }

    /** Where the next record goes. */
    int at() {
        return at;
    }

    /** Adds records to the answer section; without any the kind is NODATA. */
    void records(Rrset set, int owner) {
        if (set.count() == 0) {
            exchange.kind = Exchange.Kind.NO_DATA;
            return;
        }
        exchange.kind = Exchange.Kind.ANSWER;
        if (fits(set)) {
            at = set.write(exchange.out, at, owner, zonePointer);
            answers += set.count();
        } else {
            truncate();
        }
    }

    /** The zone's own records; addresses of its name servers go with NS, as far as they fit. */
    void apex(ZoneNode.Apex apex, int owner) {
        var set = apex.fixed().of(exchange.query.type);
        int start = at;
        records(set, owner);
        if (set.type() == Wire.TYPE_NS && set.count() > 0 && !exchange.truncated) {
            for (int i = 0; i < apex.glue().size(); i++) {
                glue(apex.glue().get(i), pointer(start + set.target(i)), false);
            }
        }
    }

    /** A referral: who is asked next, with the addresses without which they cannot be. */
    void referral(ZoneNode.Cut cut, int owner) {
        authoritative = false;
        exchange.kind = Exchange.Kind.ANSWER;
        if (!fits(cut.servers())) {
            truncate();
            return;
        }
        int start = at;
        at = cut.servers().write(exchange.out, at, owner, zonePointer);
        authorities += cut.servers().count();
        for (int i = 0; i < cut.glue().size(); i++) {
            glue(cut.glue().get(i), pointer(start + cut.servers().target(i)), true);
        }
    }

    private void glue(ZoneNode.Glue glue, int owner, boolean needed) {
        glue(glue.v4(), owner, needed);
        glue(glue.v6(), owner, needed);
    }

    private void glue(Rrset set, int owner, boolean needed) {
        if (exchange.truncated || set.count() == 0) {
            return;
        }
        if (fits(set)) {
            at = set.write(exchange.out, at, owner, zonePointer);
            additionals += set.count();
        } else if (needed) {
            truncate();
        }
    }

    /** What a route answers to this client. */
    void route(ProfileSteering steering, int route, int owner) {
        var steered = exchange.steered;
        steering.steer(route, exchange, steered);
        if (steered.missing) {
            exchange.rcode = Wire.NXDOMAIN;
            exchange.kind = Exchange.Kind.NO_NAME;
            return;
        }
        int type = exchange.query.type;
        exchange.kind = Exchange.Kind.NO_DATA;
        for (int i = 0; i < steered.count && !exchange.truncated; i++) {
            var set = steered.endpoint(i).of(type);
            boolean first = exchange.kind == Exchange.Kind.NO_DATA;
            // An alias stands alone at its name.
            if (set.count() > 0 && (first || set.type() == type)) {
                records(set, owner);
                type = set.type();
                if (type == Wire.TYPE_CNAME) {
                    return;
                }
            }
        }
    }

    /** The SOA record that says how long the absence may be believed (RFC 2308). */
    void negative(Rrset soa) {
        if (fits(soa)) {
            at = soa.write(exchange.out, at, zonePointer, zonePointer);
            authorities += soa.count();
        } else {
            truncate();
        }
    }

    private boolean fits(Rrset set) {
        return at + set.bytes() <= end;
    }

    /** Drops all records: whoever asks asks again over TCP. */
    void truncate() {
        exchange.truncated = true;
        clear();
    }

    private static int pointer(int position) {
        return (Wire.POINTER << 8) | position;
    }

    /** Ends the answer; its length. */
    int finish(ServerCookies cookies) {
        var query = exchange.query;
        byte[] out = exchange.out;
        byte[] in = exchange.in;
        out[0] = in[0];
        out[1] = in[1];
        out[2] = (byte) (FLAG_ANSWER
                | (in[2] & KEPT_OF_QUERY)
                | (authoritative ? FLAG_AUTHORITATIVE : 0)
                | (exchange.truncated ? FLAG_TRUNCATED : 0));
        out[3] = (byte) (exchange.rcode & 0x0f);
        Wire.put16(out, 4, query.questions);
        Wire.put16(out, 6, answers);
        Wire.put16(out, 8, authorities);
        Wire.put16(out, 10, additionals + (query.edns ? 1 : 0));
        if (query.edns) {
            opt(cookies);
        }
        return at;
    }

    private void opt(ServerCookies cookies) {
        var query = exchange.query;
        byte[] out = exchange.out;
        System.arraycopy(OPT_START, 0, out, at, OPT_START.length);
        out[at + 5] = (byte) (exchange.rcode >> 4);
        out[at + 6] = 0;
        Wire.put16(out, at + 7, query.dnssecOk ? 0x8000 : 0);
        int length = at + 9;
        at += 11;
        if (query.cookieAt >= 0) {
            Wire.put16(out, at, Wire.OPTION_COOKIE);
            Wire.put16(out, at + 2, ServerCookies.FULL_BYTES);
            cookies.write(exchange, at + 4, exchange.cookieState == Exchange.Cookie.VALID);
            at += 4 + ServerCookies.FULL_BYTES;
        }
        if (query.subnetAt >= 0) {
            // The client's option with the scope filled in (RFC 7871, 7.2.1).
            Wire.put16(out, at, Wire.OPTION_SUBNET);
            Wire.put16(out, at + 2, query.subnetBytes);
            System.arraycopy(exchange.in, query.subnetAt, out, at + 4, query.subnetBytes);
            out[at + 7] = (byte) (exchange.bySubnet() ? exchange.steered.scope : 0);
            at += 4 + query.subnetBytes;
        }
        Wire.put16(out, length, at - length - 2);
    }
}
