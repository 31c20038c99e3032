package io.portolan.director;

import io.portolan.model.document.DnsRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * The fixed records of a zone, read by dnsjava and held against the rules of a zone file: types that we answer, an alias alone at its
 * name, no alias at the zone itself, nothing but addresses at or below a zone that others answer for. Stateless.
 */
public final class StaticRecords {
    private static final Set<Integer> TYPES = Set.of(Type.A, Type.AAAA, Type.CAA, Type.CNAME, Type.NS, Type.TXT);

    private StaticRecords() {}

    /**
     * Checks the records of a zone as a director would.
     *
     * @throws IllegalArgumentException naming the record that cannot be used
     */
    public static void check(String zone, List<DnsRecord> records) {
        read(name(zone), records);
    }

    /**
     * Reads records of one environment; by owner, in the order given.
     *
     * @throws IllegalArgumentException naming the record that cannot be used
     */
    static Map<Name, List<Record>> read(Name zone, List<DnsRecord> records) {
        var byName = new TreeMap<Name, List<Record>>();
        for (var record : records) {
            var read = read(zone, record);
            byName.computeIfAbsent(read.getName(), name -> new ArrayList<>()).add(read);
        }
        byName.forEach((name, atName) -> check(zone, name, atName, byName));
        return byName;
    }

    private static Record read(Name zone, DnsRecord record) {
        int type = Type.value(record.type());
        if (!TYPES.contains(type)) {
            throw fault(record, "type: " + record.type() + " (expected: A, AAAA, CAA, CNAME, NS or TXT)");
        }
        try {
            var owner = record.name().equals(DnsRecord.ZONE) ? zone : Name.fromString(record.name(), zone);
            if (!owner.subdomain(zone) || owner.isWild()) {
                throw fault(record, "name (expected: a name within " + zone + ", not a wildcard)");
            }
            return Record.fromString(owner, type, DClass.IN, record.ttlSeconds(), record.value(), Name.root);
        } catch (IOException e) {
            throw fault(record, "value: " + record.value() + ": " + e.getMessage());
        }
    }

    private static IllegalArgumentException fault(DnsRecord record, String text) {
        return new IllegalArgumentException("record " + record.name() + ": " + text);
    }

    private static void check(Name zone, Name name, List<Record> atName, Map<Name, List<Record>> all) {
        boolean alias = has(atName, Type.CNAME);
        if (alias && (atName.size() > 1 || name.equals(zone))) {
            throw new IllegalArgumentException(
                    "record " + name + ": CNAME beside others (expected: alone at its name)");
        }
        boolean below = has(atName, Type.NS) && !name.equals(zone);
        if (below && atName.stream().anyMatch(record -> record.getType() != Type.NS && !address(record))) {
            throw new IllegalArgumentException(
                    "record " + name + ": NS beside others (expected: only addresses beside NS)");
        }
        for (var outer = name; !outer.equals(zone); outer = parent(outer)) {
            boolean cut = !outer.equals(name) && has(all.getOrDefault(outer, List.of()), Type.NS);
            if (cut && !atName.stream().allMatch(StaticRecords::address)) {
                throw new IllegalArgumentException("record " + name + ": below " + outer
                        + ", which others answer for (expected: only addresses of its name servers)");
            }
        }
    }

    static boolean has(List<Record> records, int type) {
        return records.stream().anyMatch(record -> record.getType() == type);
    }

    private static boolean address(Record record) {
        return record.getType() == Type.A || record.getType() == Type.AAAA;
    }

    /** The name without its first label. */
    static Name parent(Name name) {
        return new Name(name, 1);
    }

    /** A name as text, complete with or without the trailing dot. */
    static Name name(String text) {
        try {
            return Name.fromString(text, Name.root);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("DNS name: " + text + ": " + e.getMessage(), e);
        }
    }
}
