package io.portolan.director;

import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;

/**
 * Makes {@link Rrset}s of records: what dnsjava writes, with names in the zone shortened to a pointer to the question's end, which keeps
 * negative answers within three times the question. One thread at a time.
 */
final class RecordWriter {
    /** Owner of records that are written for whatever name is asked for. */
    private static final Name ANY_OWNER = Name.root;

    private final Name zone;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<Integer> owners = new ArrayList<>();
    private final List<Integer> zones = new ArrayList<>();
    private final List<Integer> targets = new ArrayList<>();

    private RecordWriter(Name zone) {
        this.zone = zone;
    }

    /** The records of one name and type; their owner does not matter. */
    static Rrset of(Name zone, List<? extends Record> records) {
        if (records.isEmpty()) {
            return Rrset.NONE;
        }
        var writer = new RecordWriter(zone);
        records.forEach(writer::add);
        return new Rrset(
                records.getFirst().getType(),
                writer.bytes.toByteArray(),
                array(writer.owners),
                array(writer.zones),
                array(writer.targets));
    }

    /** The addresses of one family, as A or AAAA records. */
    static Rrset addresses(Name zone, List<InetAddress> addresses, boolean v4, long ttlSeconds) {
        return of(
                zone,
                addresses.stream()
                        .filter(address -> address instanceof Inet4Address == v4)
                        .map(address -> address(ANY_OWNER, ttlSeconds, address))
                        .toList());
    }

    static Record address(Name owner, long ttlSeconds, InetAddress address) {
        return address instanceof Inet4Address
                ? new ARecord(owner, DClass.IN, ttlSeconds, address)
                : new AAAARecord(owner, DClass.IN, ttlSeconds, address);
    }

    private static int[] array(List<Integer> positions) {
        return positions.stream().mapToInt(Integer::intValue).toArray();
    }

    private void add(Record record) {
        owners.add(bytes.size());
        number16(0);
        number16(record.getType());
        number16(record.getDClass());
        number16((int) (record.getTTL() >> 16));
        number16((int) record.getTTL());
        switch (record) {
            case NSRecord ns -> named(ns.getTarget(), new byte[0]);
            case CNAMERecord cname -> named(cname.getTarget(), new byte[0]);
            case SOARecord soa -> soa(soa);
            default -> {
                var data = record.rdataToWireCanonical();
                number16(data.length);
                bytes.writeBytes(data);
            }
        }
    }

    private void soa(SOARecord soa) {
        var canonical = soa.rdataToWireCanonical();
        var numbers = java.util.Arrays.copyOfRange(canonical, canonical.length - 20, canonical.length);
        int length = length(soa.getHost()) + length(soa.getAdmin()) + numbers.length;
        number16(length);
        name(soa.getHost());
        name(soa.getAdmin());
        bytes.writeBytes(numbers);
    }

    private void named(Name target, byte[] rest) {
        number16(length(target) + rest.length);
        targets.add(bytes.size());
        name(target);
        bytes.writeBytes(rest);
    }

    private int length(Name name) {
        return name.subdomain(zone) ? name.length() - zone.length() + 2 : name.length();
    }

    private void name(Name name) {
        var wire = name.toWire();
        if (name.subdomain(zone)) {
            bytes.write(wire, 0, wire.length - zone.length());
            zones.add(bytes.size());
            number16(0);
        } else {
            bytes.writeBytes(wire);
        }
    }

    private void number16(int value) {
        bytes.write(value >> 8);
        bytes.write(value);
    }
}
