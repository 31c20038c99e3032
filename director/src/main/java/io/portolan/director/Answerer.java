package io.portolan.director;

import io.portolan.model.document.Endpoint;
import io.portolan.model.document.Profile;
import io.portolan.planner.routing.AddressRange;
import io.portolan.planner.routing.Choice;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.WireParseException;

/**
 * Answers DNS messages from the state that holds now; no I/O, no lock. Thread-safe.
 *
 * <p>The cases: (A) no query at all, no answer; (B) broken form, FORMERR; (C) another EDNS version, BADVERS; (D) no revision yet,
 * SERVFAIL; (E) another zone, class or a transfer, REFUSED; (F) the zone itself, SOA and NS; (G) a name server of the zone; (H) a
 * registered route, the region chosen, or NODATA where none serves it or it has no address of that type; (I) above a name that
 * exists, NODATA; (J) anything else, NXDOMAIN.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7871">RFC 7871, client subnet in DNS queries</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8482">RFC 8482, minimal answers to ANY</a>
 */
final class Answerer {
    /** Longest UDP answer, whatever the client offers: no fragments on any path (DNS flag day 2020). */
    static final int UDP_LIMIT_BYTES = 1232;

    private static final int PLAIN_UDP_BYTES = 512;
    private static final int TCP_LIMIT_BYTES = 65535;
    private static final int FLAG_DO = 0x8000;
    private static final byte[] NONE = new byte[0];
    private static final long SOA_REFRESH_SECONDS = 3600;
    private static final long SOA_RETRY_SECONDS = 600;
    private static final long SOA_EXPIRE_SECONDS = 604_800;

    private final Supplier<Optional<DirectorState>> states;

    Answerer(Supplier<Optional<DirectorState>> states) {
        this.states = states;
    }

    /**
     * The answer to a message, empty for none.
     *
     * @param source address that the message came from
     */
    byte[] answer(byte[] message, InetAddress source, boolean tcp) {
        if (message.length < Query.HEADER_BYTES || (message[2] & 0x80) != 0) {
            return NONE; // A
        }
        if (((message[2] >> 3) & 0x0f) != Opcode.QUERY) {
            return headerOnly(message, Rcode.NOTIMP);
        }
        Query query;
        try {
            query = Query.parse(message);
        } catch (WireParseException e) {
            return headerOnly(message, Rcode.FORMERR); // B
        }
        var answer = new Answer(message, query);
        if (query.edns().version() != 0) {
            answer.rcode = Rcode.BADVERS; // C
        } else {
            states.get()
                    .ifPresentOrElse(
                            state -> fill(answer, query, source, state), () -> answer.rcode = Rcode.SERVFAIL); // D
        }
        int udp = query.edns().present()
                ? Math.clamp(query.edns().payload(), PLAIN_UDP_BYTES, UDP_LIMIT_BYTES)
                : PLAIN_UDP_BYTES;
        return answer.toWire(tcp ? TCP_LIMIT_BYTES : udp);
    }

    /** The answer where answering itself failed. */
    static byte[] failure(byte[] message) {
        return message.length < Query.HEADER_BYTES ? NONE : headerOnly(message, Rcode.SERVFAIL);
    }

    private static byte[] headerOnly(byte[] message, int rcode) {
        var header = new byte[Query.HEADER_BYTES];
        header[0] = message[0];
        header[1] = message[1];
        header[2] = (byte) (0x80 | (message[2] & 0x79)); // QR; opcode and RD as asked
        header[3] = (byte) rcode;
        return header;
    }

    private static void fill(Answer answer, Query query, InetAddress source, DirectorState state) {
        var name = query.name();
        if (query.dnsClass() != DClass.IN
                || !name.subdomain(state.zone())
                || query.type() == Type.AXFR
                || query.type() == Type.IXFR) {
            answer.rcode = Rcode.REFUSED; // E
            return;
        }
        answer.authoritative = true;
        if (name.equals(state.zone())) {
            apex(answer, query, state); // F
        } else if (state.nameServers().contains(name)) {
            addAddresses(answer, query, state.advertised(), ttl(state)); // G
        } else if (name.labels() == state.zone().labels() + 1
                && state.route(name.getLabelString(0)).isPresent()) {
            route(answer, query, source, state); // H
        } else if (state.nameServers().stream().noneMatch(other -> other.subdomain(name))) {
            answer.rcode = Rcode.NXDOMAIN; // J, otherwise I
        }
        if (answer.records.isEmpty()) {
            answer.authority.add(soa(state, negativeTtl(state)));
        }
    }

    private static void apex(Answer answer, Query query, DirectorState state) {
        if (query.type() == Type.SOA || query.type() == Type.ANY) {
            answer.records.add(soa(state, ttl(state)));
        }
        if (query.type() == Type.NS || query.type() == Type.ANY) {
            for (var server : state.nameServers()) {
                answer.records.add(new NSRecord(state.zone(), DClass.IN, ttl(state), server));
                if (server.subdomain(state.zone())) {
                    state.advertised().forEach(address -> answer.additional.add(record(server, ttl(state), address)));
                }
            }
        }
    }

    private static void route(Answer answer, Query query, InetAddress source, DirectorState state) {
        var profile = state.route(query.name().getLabelString(0)).orElseThrow();
        var client = query.edns().subnet().address();
        var address = client.orElse(source);
        var bits = AddressRange.bits(address);
        int family = query.type() == Type.A ? 4 : query.type() == Type.AAAA ? 6 : 0;
        var choice = new Choice();
        profile.choose(
                state.network(address),
                bits.high(),
                bits.low(),
                family,
                ThreadLocalRandom.current().nextLong(),
                choice);
        // Where the resolver's own address decided, the answer says nothing about the client's subnet: scope 0.
        answer.scope = client.isPresent() ? choice.scopePrefix() : 0;
        if (choice.outcome() == Choice.Outcome.NO_NAME) {
            answer.rcode = Rcode.NXDOMAIN;
            return;
        }
        long ttl = profile.ttlSeconds() == Profile.Settings.TTL_OF_ENVIRONMENT ? ttl(state) : profile.ttlSeconds();
        for (int i = 0; i < choice.count(); i++) {
            var endpoint = profile.endpoints().get(choice.endpoint(i));
            if (endpoint.target() instanceof Endpoint.Host host) {
                answer.records.add(
                        new CNAMERecord(query.name(), DClass.IN, ttl, Name.fromConstantString(host.host() + ".")));
            } else {
                addAddresses(
                        answer,
                        query,
                        endpoint.addresses().stream()
                                .map(InetAddress::ofLiteral)
                                .toList(),
                        ttl);
            }
        }
    }

    private static void addAddresses(Answer answer, Query query, List<InetAddress> addresses, long ttl) {
        for (var address : addresses) {
            int type = address instanceof Inet4Address ? Type.A : Type.AAAA;
            if (query.type() == type || query.type() == Type.ANY) {
                answer.records.add(record(query.name(), ttl, address));
            }
        }
    }

    private static Record record(Name name, long ttl, InetAddress address) {
        return address instanceof Inet4Address
                ? new ARecord(name, DClass.IN, ttl, address)
                : new AAAARecord(name, DClass.IN, ttl, address);
    }

    private static SOARecord soa(DirectorState state, long ttl) {
        Name contact;
        try {
            contact = new Name("hostmaster", state.zone());
        } catch (TextParseException tooLong) {
            contact = state.zone();
        }
        return new SOARecord(
                state.zone(),
                DClass.IN,
                ttl,
                state.nameServers().getFirst(),
                contact,
                state.serial(),
                SOA_REFRESH_SECONDS,
                SOA_RETRY_SECONDS,
                SOA_EXPIRE_SECONDS,
                negativeTtl(state));
    }

    private static long ttl(DirectorState state) {
        return state.revision().environment().answerTtl().toSeconds();
    }

    private static long negativeTtl(DirectorState state) {
        return state.revision().environment().negativeTtl().toSeconds();
    }

    /** An answer in the making. */
    private static final class Answer {
        private final byte[] message;
        private final Query query;
        private final List<Record> records = new ArrayList<>();
        private final List<Record> authority = new ArrayList<>();
        private final List<Record> additional = new ArrayList<>();
        private int rcode = Rcode.NOERROR;
        private boolean authoritative;
        private int scope;

        Answer(byte[] message, Query query) {
            this.message = message;
            this.query = query;
        }

        byte[] toWire(int limitBytes) {
            var wire = new Message(((message[0] & 0xff) << 8) | (message[1] & 0xff));
            wire.getHeader().setFlag(Flags.QR);
            if (authoritative) {
                wire.getHeader().setFlag(Flags.AA);
            }
            if ((message[2] & 1) != 0) {
                wire.getHeader().setFlag(Flags.RD);
            }
            wire.getHeader().setRcode(rcode & 0x0f);
            wire.addRecord(Record.newRecord(query.name(), query.type(), query.dnsClass()), Section.QUESTION);
            records.forEach(record -> wire.addRecord(record, Section.ANSWER));
            authority.forEach(record -> wire.addRecord(record, Section.AUTHORITY));
            additional.forEach(record -> wire.addRecord(record, Section.ADDITIONAL));
            if (query.edns().present()) {
                List<EDNSOption> options = query.edns().subnet().present()
                        ? List.of(new GenericEDNSOption(
                                EDNSOption.Code.CLIENT_SUBNET,
                                query.edns().subnet().answered(scope)))
                        : List.of();
                wire.addRecord(
                        new OPTRecord(
                                UDP_LIMIT_BYTES, rcode >> 4, 0, query.edns().flags() & FLAG_DO, options),
                        Section.ADDITIONAL);
            }
            return wire.toWire(limitBytes);
        }
    }
}
