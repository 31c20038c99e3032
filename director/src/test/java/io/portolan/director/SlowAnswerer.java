package io.portolan.director;

import io.portolan.model.document.Endpoint;
import io.portolan.model.document.Profile;
import io.portolan.planner.routing.AddressRange;
import io.portolan.planner.routing.Choice;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
 * Answers DNS messages by dnsjava, slowly: written apart from {@link WireAnswerer} and on other data, so that tests can hold the two
 * against each other. Knows neither cookies nor the limit of amplification. Thread-safe.
 *
 * <p>The cases: (A) no query at all, no answer; (B) broken form, FORMERR; (C) another EDNS version, BADVERS; (D) no revision yet,
 * SERVFAIL; (E) another zone, class or a transfer, REFUSED; (F) the zone itself, SOA and NS; (G) a name server of the zone; (H) a
 * registered route, the region chosen, or NODATA where none serves it or it has no address of that type; (I) above a name that
 * exists, NODATA; (J) anything else, NXDOMAIN.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7871">RFC 7871, client subnet in DNS queries</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8482">RFC 8482, minimal answers to ANY</a>
 */
final class SlowAnswerer {
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

    SlowAnswerer(Supplier<Optional<DirectorState>> states) {
        this.states = states;
    }

    /**
     * The answer to a message, empty for none.
     *
     * @param source address that the message came from
     */
    byte[] answer(byte[] message, InetAddress source, boolean tcp) {
        if (message.length < SlowQuery.HEADER_BYTES || (message[2] & 0x80) != 0) {
            return NONE; // A
        }
        if (((message[2] >> 3) & 0x0f) != Opcode.QUERY) {
            return headerOnly(message, Rcode.NOTIMP);
        }
        SlowQuery query;
        try {
            query = SlowQuery.parse(message);
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

    private static byte[] headerOnly(byte[] message, int rcode) {
        var header = new byte[SlowQuery.HEADER_BYTES];
        header[0] = message[0];
        header[1] = message[1];
        header[2] = (byte) (0x80 | (message[2] & 0x79)); // QR; opcode and RD as asked
        header[3] = (byte) rcode;
        return header;
    }

    private static void fill(Answer answer, SlowQuery query, InetAddress source, DirectorState state) {
        var name = query.name();
        if (query.dnsClass() != DClass.IN
                || !name.subdomain(state.zone())
                || query.type() == Type.AXFR
                || query.type() == Type.IXFR) {
            answer.rcode = Rcode.REFUSED; // E
            return;
        }
        answer.authoritative = true;
        var zone = zone(state);
        var cut = cut(zone, name, state);
        if (cut.isPresent() && !(cut.get().equals(name) && query.type() == Type.DS)) {
            answer.authoritative = false;
            for (var record : of(zone, cut.get(), Type.NS)) {
                answer.authority.add(record);
                glue(answer, zone, ((NSRecord) record).getTarget());
            }
            return;
        }
        if (cut.isPresent() || !resolve(answer, query, source, state, zone, name, 0)) {
            answer.authority.add(soa(state, negativeTtl(state)));
        }
    }

    /** All fixed records, by owner; names without records are there with none. */
    private static Map<Name, List<Record>> zone(DirectorState state) {
        var zone = new TreeMap<Name, List<Record>>();
        for (var record : state.revision().environment().records()) {
            try {
                var owner = record.name().equals("@") ? state.zone() : Name.fromString(record.name(), state.zone());
                zone.computeIfAbsent(owner, none -> new ArrayList<>())
                        .add(Record.fromString(
                                owner,
                                Type.value(record.type()),
                                DClass.IN,
                                record.ttlSeconds(),
                                record.value(),
                                Name.root));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
        for (var server : state.nameServers()) {
            if (server.subdomain(state.zone())) {
                zone.putIfAbsent(
                        server,
                        state.advertised().stream()
                                .map(address -> record(server, ttl(state), address))
                                .toList());
            }
        }
        var apex = new ArrayList<Record>(List.of(soa(state, ttl(state))));
        state.nameServers().forEach(server -> apex.add(new NSRecord(state.zone(), DClass.IN, ttl(state), server)));
        apex.addAll(zone.getOrDefault(state.zone(), List.of()));
        zone.put(state.zone(), apex);
        return zone;
    }

    private static Optional<Name> cut(Map<Name, List<Record>> zone, Name name, DirectorState state) {
        for (int labels = state.zone().labels() + 1; labels <= name.labels(); labels++) {
            var ancestor = new Name(name, name.labels() - labels);
            if (!of(zone, ancestor, Type.NS).isEmpty()) {
                return Optional.of(ancestor);
            }
        }
        return Optional.empty();
    }

    private static List<Record> of(Map<Name, List<Record>> zone, Name name, int type) {
        return zone.getOrDefault(name, List.of()).stream()
                .filter(record -> record.getType() == type)
                .toList();
    }

    private static void glue(Answer answer, Map<Name, List<Record>> zone, Name server) {
        answer.additional.addAll(of(zone, server, Type.A));
        answer.additional.addAll(of(zone, server, Type.AAAA));
    }

    /** Whether there is anything to answer at a name; then it is in the answer. */
    private static boolean resolve(
            Answer answer,
            SlowQuery query,
            InetAddress source,
            DirectorState state,
            Map<Name, List<Record>> zone,
            Name name,
            int depth) {
        if (depth > 0
                && (depth > 8
                        || name.equals(state.zone())
                        || cut(zone, name, state).isPresent())) {
            return true;
        }
        var own = zone.get(name);
        if (own == null
                && name.labels() == state.zone().labels() + 1
                && state.route(name.getLabelString(0)).isPresent()) {
            route(answer, query, source, state, name);
            return !answer.endedEmpty;
        }
        if (own == null) {
            if (zone.keySet().stream().noneMatch(other -> other.subdomain(name))) {
                answer.rcode = Rcode.NXDOMAIN;
            }
            return false;
        }
        if (own.size() == 1 && own.getFirst() instanceof CNAMERecord alias) {
            var target = alias.getTarget();
            answer.records.add(alias.withName(depth == 0 ? query.name() : name));
            return query.type() == Type.CNAME
                    || query.type() == Type.ANY
                    || !target.subdomain(state.zone())
                    || answer.records.stream()
                            .anyMatch(record -> record.getName().equals(target))
                    || resolve(answer, query, source, state, zone, target, depth + 1);
        }
        var first = own.isEmpty() ? 0 : own.getFirst().getType();
        var asked = of(zone, name, query.type() == Type.ANY ? first : query.type());
        asked.forEach(record -> answer.records.add(depth == 0 ? record.withName(query.name()) : record));
        if (name.equals(state.zone()) && query.type() == Type.NS) {
            asked.forEach(record -> glue(answer, zone, ((NSRecord) record).getTarget()));
        }
        return !asked.isEmpty();
    }

    private static void route(Answer answer, SlowQuery query, InetAddress source, DirectorState state, Name owner) {
        var profile = state.route(owner.getLabelString(0)).orElseThrow();
        int before = answer.records.size();
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
            answer.endedEmpty = true;
            return;
        }
        long ttl = profile.ttlSeconds() == Profile.Settings.TTL_OF_ENVIRONMENT ? ttl(state) : profile.ttlSeconds();
        for (int i = 0; i < choice.count(); i++) {
            var endpoint = profile.endpoints().get(choice.endpoint(i));
            if (endpoint.target() instanceof Endpoint.Host host) {
                answer.records.add(new CNAMERecord(owner, DClass.IN, ttl, Name.fromConstantString(host.host() + ".")));
                break;
            }
            addAddresses(answer, query, endpoint.addresses(), owner, ttl);
        }
        answer.endedEmpty = answer.records.size() == before;
    }

    private static void addAddresses(Answer answer, SlowQuery query, List<String> addresses, Name owner, long ttl) {
        var all = addresses.stream()
                .map(InetAddress::ofLiteral)
                .map(address -> record(owner, ttl, address))
                .toList();
        boolean v4 = all.stream().anyMatch(record -> record.getType() == Type.A);
        int any = answer.records.isEmpty()
                ? v4 ? Type.A : Type.AAAA
                : answer.records.getLast().getType();
        int type = query.type() == Type.ANY ? any : query.type();
        all.stream().filter(record -> record.getType() == type).forEach(answer.records::add);
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
        private final SlowQuery query;
        private final List<Record> records = new ArrayList<>();
        private final List<Record> authority = new ArrayList<>();
        private final List<Record> additional = new ArrayList<>();
        private int rcode = Rcode.NOERROR;
        private boolean authoritative;
        private int scope;
        private boolean endedEmpty;

        Answer(byte[] message, SlowQuery query) {
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
