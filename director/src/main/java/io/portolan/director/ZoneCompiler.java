package io.portolan.director;

import io.portolan.director.ZoneNode.Glue;
import io.portolan.model.document.EnvironmentDocument;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Makes the names and fixed records of a zone ready to be sent. What a revision says wrongly is refused when this is made, before
 * anything of it is used. Where a route is called as a fixed record is, the record wins (the control plane refuses both to meet).
 * Immutable.
 */
final class ZoneCompiler {
    private static final long SOA_REFRESH_SECONDS = 3600;
    private static final long SOA_RETRY_SECONDS = 600;
    private static final long SOA_EXPIRE_SECONDS = 604_800;

    private final Name zone;
    private final long ttlSeconds;
    private final long negativeTtlSeconds;
    private final List<Name> nameServers = new ArrayList<>();
    private final Map<Name, List<Record>> records;
    private final Map<Name, Integer> routes = new LinkedHashMap<>();

    /**
     * Reads what the zone is made of.
     *
     * @param advertised addresses of those of the zone's name servers within it that have no record of their own
     * @param labels     labels of the routes, in the order of their numbers
     * @throws IllegalArgumentException when a name or record cannot be used
     */
    ZoneCompiler(EnvironmentDocument environment, List<InetAddress> advertised, List<String> labels) {
        zone = StaticRecords.name(environment.zone());
        ttlSeconds = environment.answerTtl().toSeconds();
        negativeTtlSeconds = environment.negativeTtl().toSeconds();
        environment.nameServers().forEach(text -> nameServers.add(StaticRecords.name(text)));
        if (nameServers.isEmpty()) {
            nameServers.add(within("ns1"));
        }
        records = new LinkedHashMap<>(StaticRecords.read(zone, environment.records()));
        for (var server : nameServers) {
            if (server.subdomain(zone)) {
                records.putIfAbsent(server, addresses(server, advertised));
            }
        }
        for (int number = 0; number < labels.size(); number++) {
            routes.put(within(labels.get(number)), number);
        }
    }

    private List<Record> addresses(Name owner, List<InetAddress> addresses) {
        return addresses.stream()
                .map(address -> RecordWriter.address(owner, ttlSeconds, address))
                .toList();
    }

    private Name within(String label) {
        try {
            return new Name(label, zone);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("environment: name " + label + " in " + zone + ": " + e.getMessage(), e);
        }
    }

    /** The zone's name. */
    Name zone() {
        return zone;
    }

    /** The zone with a serial. */
    ZoneImage image(long serial) {
        var nodes = new HashMap<ZoneTable.Key, ZoneNode>();
        routes.forEach((name, number) -> nodes.put(key(name), new ZoneNode.Routed(number)));
        boolean cuts = false;
        for (var name : records.keySet()) {
            if (!name.equals(zone)) {
                var node = node(name, new HashSet<>());
                cuts |= node instanceof ZoneNode.Cut;
                nodes.put(key(name), node);
                // Names above exist, too, if only because of what is below them (RFC 8020).
                for (var above = StaticRecords.parent(name); !above.equals(zone); above = StaticRecords.parent(above)) {
                    nodes.putIfAbsent(key(above), new ZoneNode.Fixed(List.of()));
                }
            }
        }
        nodes.put(key(zone), apex(serial));
        var negative = RecordWriter.of(zone, List.of(soa(serial, negativeTtlSeconds)));
        return new ZoneImage(lower(zone.toWire()), ZoneTable.of(nodes), cuts, negative);
    }

    private ZoneNode apex(long serial) {
        List<Record> servers = nameServers.stream()
                .<Record>map(server -> new NSRecord(zone, DClass.IN, ttlSeconds, server))
                .toList();
        var sets = new ArrayList<Rrset>();
        sets.add(RecordWriter.of(zone, List.of(soa(serial, ttlSeconds))));
        sets.add(RecordWriter.of(zone, servers));
        var own = records.getOrDefault(zone, List.of());
        sets.addAll(
                sets(own.stream().filter(record -> record.getType() != Type.NS).toList()));
        return new ZoneNode.Apex(new ZoneNode.Fixed(sets), glue(servers));
    }

    private SOARecord soa(long serial, long ttl) {
        Name contact;
        try {
            contact = new Name("hostmaster", zone);
        } catch (TextParseException tooLong) {
            contact = zone;
        }
        return new SOARecord(
                zone,
                DClass.IN,
                ttl,
                nameServers.getFirst(),
                contact,
                serial,
                SOA_REFRESH_SECONDS,
                SOA_RETRY_SECONDS,
                SOA_EXPIRE_SECONDS,
                negativeTtlSeconds);
    }

    private ZoneNode node(Name name, Set<Name> followed) {
        var own = records.getOrDefault(name, List.of());
        if (StaticRecords.has(own, Type.NS)) {
            var servers =
                    own.stream().filter(record -> record.getType() == Type.NS).toList();
            return new ZoneNode.Cut(RecordWriter.of(zone, servers), glue(servers));
        }
        if (!own.isEmpty() && own.getFirst() instanceof CNAMERecord alias) {
            return new ZoneNode.Alias(RecordWriter.of(zone, own), target(alias.getTarget(), name, followed));
        }
        return new ZoneNode.Fixed(sets(own));
    }

    /** What an alias leads to; what leads back to itself, or away from the zone, is not followed. */
    private ZoneNode target(Name target, Name from, Set<Name> followed) {
        if (!target.subdomain(zone) || target.equals(zone) || !followed.add(from) || followed.contains(target)) {
            return ZoneNode.OUTSIDE;
        }
        for (var above = target; !above.equals(zone); above = StaticRecords.parent(above)) {
            if (StaticRecords.has(records.getOrDefault(above, List.of()), Type.NS)) {
                return ZoneNode.OUTSIDE;
            }
        }
        if (records.containsKey(target)) {
            return node(target, followed);
        }
        var route = routes.get(target);
        if (route != null) {
            return new ZoneNode.Routed(route);
        }
        boolean above = records.keySet().stream().anyMatch(name -> name.subdomain(target));
        return above ? new ZoneNode.Fixed(List.of()) : ZoneNode.MISSING;
    }

    private List<Rrset> sets(List<Record> records) {
        var sets = new ArrayList<Rrset>();
        records.stream()
                .map(Record::getType)
                .distinct()
                .forEach(type -> sets.add(RecordWriter.of(
                        zone,
                        records.stream()
                                .filter(record -> record.getType() == type)
                                .toList())));
        return sets;
    }

    private List<Glue> glue(List<Record> servers) {
        return servers.stream()
                .map(record -> records.getOrDefault(((NSRecord) record).getTarget(), List.of()))
                .map(own -> new Glue(ofType(own, Type.A), ofType(own, Type.AAAA)))
                .toList();
    }

    private Rrset ofType(List<Record> own, int type) {
        return RecordWriter.of(
                zone, own.stream().filter(record -> record.getType() == type).toList());
    }

    private ZoneTable.Key key(Name name) {
        var wire = name.toWire();
        return new ZoneTable.Key(lower(java.util.Arrays.copyOf(wire, wire.length - zone.length())));
    }

    private static byte[] lower(byte[] name) {
        for (int i = 0; i < name.length; i++) {
            name[i] = Wire.lower(name[i]);
        }
        return name;
    }
}
