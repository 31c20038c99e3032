package io.portolan.director;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Answers DNS messages from the state that holds now; no I/O, no lock, no allocation for a common question. Thread-safe; an
 * {@link Exchange} belongs to one thread.
 *
 * <p>The cases: (A) no query at all, no answer; (B) another operation, NOTIMP, broken form, FORMERR, a header each; (C) another EDNS
 * version, BADVERS; (D) no revision yet, SERVFAIL; (E) another zone, class or a transfer, REFUSED; (F) the zone itself, SOA and NS; (G) a
 * static record; (H) another name for a name, followed within the zone; (I) a registered route, the endpoints chosen, or NODATA; (J) at or
 * below a delegation, a referral; (K) a name that exists without records of that type, NODATA; (L) anything else, NXDOMAIN.
 *
 * <p>An answer that is longer than the client takes, or over UDP than {@code amplification} times the question without a valid cookie,
 * is sent without records and with TC: who has asked asks again over TCP, who has not is spared.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7871">RFC 7871, client subnet in DNS queries</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8482">RFC 8482, minimal answers to ANY</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8906">RFC 8906, common server failures</a>
 */
final class WireAnswerer {
    /** Longest UDP answer, whatever the client offers: no fragments on any path (DNS flag day 2020). */
    static final int UDP_LIMIT_BYTES = 1232;
    /** Longest UDP answer to who has no EDNS. */
    static final int PLAIN_UDP_BYTES = 512;
    /** Most times the question that an answer over UDP without a valid cookie is long. */
    static final int AMPLIFICATION = 3;

    /** Most names that are followed one after the other. */
    private static final int ALIAS_LIMIT = 8;

    private static final int OPT_BYTES = 11;

    private final Supplier<Optional<ZoneState>> states;
    private final Supplier<ServerCookies> cookies;

    WireAnswerer(Supplier<Optional<ZoneState>> states, Supplier<ServerCookies> cookies) {
        this.states = states;
        this.cookies = cookies;
    }

    /**
     * Writes the answer to the query of {@code exchange} into it.
     *
     * @return its length in bytes, 0 for none
     */
    int answer(Exchange exchange) {
        exchange.kind = Exchange.Kind.ERROR;
        exchange.cookieState = Exchange.Cookie.NONE;
        exchange.truncated = false;
        exchange.asked = false;
        switch (exchange.query.read(exchange.in, exchange.length)) {
            case NOT_A_QUERY -> {
                exchange.kind = Exchange.Kind.SILENCE; // A
                return 0;
            }
            case OTHER_OPERATION -> {
                return headerOnly(exchange, Wire.NOTIMP); // B
            }
            case BROKEN -> {
                return headerOnly(exchange, Wire.FORMERR); // B
            }
            case READABLE -> {
                exchange.asked = true;
                var present = cookies.get();
                if (exchange.query.cookieAt >= 0) {
                    exchange.cookieState = cookieState(exchange, present);
                }
                return readable(exchange, present);
            }
        }
        throw new AssertionError("form");
    }

    private static Exchange.Cookie cookieState(Exchange exchange, ServerCookies cookies) {
        if (exchange.query.cookieBytes == ServerCookies.CLIENT_BYTES) {
            return Exchange.Cookie.CLIENT_ONLY;
        }
        return cookies.valid(exchange) ? Exchange.Cookie.VALID : Exchange.Cookie.INVALID;
    }

    private int readable(Exchange exchange, ServerCookies cookies) {
        var message = exchange.message;
        message.start(limit(exchange) - optBytes(exchange));
        exchange.steered.reset();
        if (exchange.query.ednsVersion != 0) {
            exchange.rcode = Wire.BADVERS; // C
        } else if (exchange.query.questions == 0) {
            // A client that only asks for a cookie (RFC 7873, 5.4).
            exchange.rcode = exchange.cookieState == Exchange.Cookie.INVALID ? Wire.BADCOOKIE : Wire.NOERROR;
        } else {
            var state = states.get();
            if (state.isPresent()) {
                lookUp(exchange, state.get());
            } else {
                exchange.rcode = Wire.SERVFAIL; // D
            }
        }
        return message.finish(cookies);
    }

    private static int limit(Exchange exchange) {
        if (exchange.tcp) {
            return Wire.MESSAGE_LIMIT_BYTES;
        }
        int limit = exchange.query.edns
                ? Math.clamp(exchange.query.payloadBytes, PLAIN_UDP_BYTES, UDP_LIMIT_BYTES)
                : PLAIN_UDP_BYTES;
        return exchange.cookieState == Exchange.Cookie.VALID ? limit : Math.min(limit, AMPLIFICATION * exchange.length);
    }

    private static int optBytes(Exchange exchange) {
        var query = exchange.query;
        if (!query.edns) {
            return 0;
        }
        return OPT_BYTES
                + (query.subnetAt >= 0 ? 4 + query.subnetBytes : 0)
                + (query.cookieAt >= 0 ? 4 + ServerCookies.FULL_BYTES : 0);
    }

    private static void lookUp(Exchange exchange, ZoneState state) {
        var message = exchange.message;
        var query = exchange.query;
        int relative = state.zone().relativeBytes(query);
        if (relative < 0
                || query.dnsClass != Wire.CLASS_IN
                || query.type == Wire.TYPE_AXFR
                || query.type == Wire.TYPE_IXFR) {
            exchange.rcode = Wire.REFUSED; // E
            return;
        }
        message.authoritative(Wire.QUESTION_POINTER + relative);
        exchange.rcode = Wire.NOERROR;
        int cut = state.zone().cutAt(query, relative);
        if (cut >= 0 && state.zone().find(query, cut, relative) instanceof ZoneNode.Cut below) {
            if (cut > 0 || query.type != Wire.TYPE_DS) {
                message.referral(below, Wire.QUESTION_POINTER + cut); // J
                return;
            }
            exchange.kind = Exchange.Kind.NO_DATA; // its DS would be ours to give, and there is none
        } else {
            follow(exchange, state, state.zone().find(query, 0, relative));
        }
        if (exchange.kind != Exchange.Kind.ANSWER && !exchange.truncated) {
            message.negative(state.zone().negative());
        }
    }

    /** What stands at the name, and where that is another name for a name, what stands there. */
    private static void follow(Exchange exchange, ZoneState state, ZoneNode first) {
        var message = exchange.message;
        int type = exchange.query.type;
        int owner = Wire.QUESTION_POINTER;
        var node = first;
        for (int step = 0; step < ALIAS_LIMIT; step++) {
            switch (node) {
                case ZoneNode.Missing missing -> {
                    exchange.rcode = Wire.NXDOMAIN; // L
                    exchange.kind = Exchange.Kind.NO_NAME;
                    return;
                }
                case ZoneNode.Outside outside -> {
                    exchange.kind = Exchange.Kind.ANSWER;
                    return;
                }
                case ZoneNode.Cut below -> {
                    exchange.kind = Exchange.Kind.ANSWER; // behind an alias: who asks goes on from there
                    return;
                }
                case ZoneNode.Apex apex -> {
                    message.apex(apex, owner); // F
                    return;
                }
                case ZoneNode.Fixed fixed -> {
                    message.records(fixed.of(type), owner); // G, K
                    return;
                }
                case ZoneNode.Routed routed -> {
                    message.route(state.steering(), routed.number(), owner); // I
                    return;
                }
                case ZoneNode.Alias alias -> {
                    int data = message.at() + alias.cname().target(0);
                    message.records(alias.cname(), owner); // H
                    if (type == Wire.TYPE_CNAME || type == Wire.TYPE_ANY || exchange.truncated) {
                        return;
                    }
                    owner = (Wire.POINTER << 8) | data;
                    node = alias.target();
                }
            }
        }
    }

    /**
     * Replaces an answer that is over the limit by a short one: with TC, and for a client that showed a cookie with a fresh one, which
     * lifts the limit when it comes back.
     *
     * @return its length in bytes
     */
    int shorten(Exchange exchange) {
        if (!exchange.asked) {
            return headerOnly(exchange, exchange.rcode);
        }
        if (exchange.cookieState != Exchange.Cookie.NONE && exchange.query.ednsVersion == 0) {
            exchange.rcode = Wire.BADCOOKIE; // RFC 7873, 5.2.3
        }
        exchange.message.start(limit(exchange) - optBytes(exchange));
        exchange.message.truncate();
        return exchange.message.finish(cookies.get());
    }

    private static int headerOnly(Exchange exchange, int rcode) {
        exchange.rcode = rcode;
        return header(exchange, rcode);
    }

    /** A header with this code and nothing else; QR set, operation and RD as asked. */
    static int header(Exchange exchange, int rcode) {
        byte[] out = exchange.out;
        out[0] = exchange.in[0];
        out[1] = exchange.in[1];
        out[2] = (byte) (0x80 | (exchange.in[2] & 0x79));
        out[3] = (byte) rcode;
        Wire.put64(out, 4, 0);
        return Wire.HEADER_BYTES;
    }
}
