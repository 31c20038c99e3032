package io.portolan.director;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.document.DnsRecord;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.RegionDocument;
import io.portolan.planner.routing.HealthView;
import io.portolan.protocol.Revision;
import io.portolan.sync.VerifiedRevision;
import io.portolan.testkit.Samples;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** States that answers can come from, and an answerer without sockets. */
final class Worlds {
    /** Fixed secrets and time: answers with cookies are the same in every run. */
    static final ServerCookies COOKIES = new ServerCookies(1, 2, 3, 4);

    static final long NOW_MILLIS = 1_800_000_000_000L;

    /** Every kind of fixed record. */
    static final List<DnsRecord> RECORDS = List.of(
            new DnsRecord("@", "TXT", "\"v=spf1 -all\"", 300),
            new DnsRecord("@", "CAA", "0 issue \"ca.example\"", 300),
            new DnsRecord("www", "CNAME", "hello.ext.portolan.test", 60),
            new DnsRecord("alias", "CNAME", "www.ext.portolan.test", 60),
            new DnsRecord("away", "CNAME", "shop.example.org", 60),
            new DnsRecord("lost", "CNAME", "nothing.ext.portolan.test", 60),
            new DnsRecord("ring", "CNAME", "chain.ext.portolan.test", 60),
            new DnsRecord("chain", "CNAME", "ring.ext.portolan.test", 60),
            new DnsRecord("into", "CNAME", "host.dogfood.ext.portolan.test", 60),
            new DnsRecord("fixed", "A", "192.0.2.7", 60),
            new DnsRecord("fixed", "A", "192.0.2.8", 60),
            new DnsRecord("fixed", "AAAA", "2001:db8::7", 60),
            new DnsRecord("fixed", "TXT", "\"one\" \"two\"", 60),
            new DnsRecord("_acme-challenge.hello", "TXT", "\"token\"", 30),
            new DnsRecord("a.b.deep", "TXT", "\"far below\"", 30),
            new DnsRecord("dogfood", "NS", "ns1.dogfood.ext.portolan.test", 3600),
            new DnsRecord("dogfood", "NS", "ns.example.org", 3600),
            new DnsRecord("ns1.dogfood", "A", "192.0.2.53", 3600),
            new DnsRecord("ns1.dogfood", "AAAA", "2001:db8::53", 3600));

    private Worlds() {}

    /** Six regions, {@code hello} everywhere, {@code idle} nowhere. */
    static VerifiedRevision revision(List<DnsRecord> records, ExtensionDocument... more) {
        var regions = new HashMap<RegionName, RegionDocument>();
        int number = 1;
        for (var entry : Samples.DEV_REGIONS.entrySet()) {
            var addresses = entry.getKey().equals("southeastasia")
                    ? List.of("127.0.1." + number, "2001:db8::5")
                    : List.of("127.0.1." + number);
            number++;
            var document = Samples.region(entry.getKey(), entry.getValue(), addresses, List.of(), RegionState.LIVE);
            regions.put(document.name(), document);
        }
        return revision(records, regions, more);
    }

    static VerifiedRevision revision(
            List<DnsRecord> records, Map<RegionName, RegionDocument> regions, ExtensionDocument... more) {
        var extensions = new HashMap<ExtensionName, ExtensionDocument>();
        var hello = Samples.extension("Portolan_Hello", "hello", "1", List.copyOf(Samples.DEV_REGIONS.keySet()));
        var idle = Samples.extension("Contoso_Idle", "idle", "1", List.of());
        extensions.put(hello.name(), hello);
        extensions.put(idle.name(), idle);
        Arrays.stream(more).forEach(document -> extensions.put(document.name(), document));
        var header = new Revision(
                Revision.SCHEMA,
                Samples.PROD,
                1,
                17,
                "",
                Instant.EPOCH,
                "test",
                List.of(),
                List.of(),
                List.of(),
                Digest.of(new byte[0]));
        return new VerifiedRevision(
                header,
                Digest.of(new byte[0]),
                Samples.environment().withRecords(records),
                regions,
                extensions,
                Map.of());
    }

    static DirectorState state(VerifiedRevision revision, Set<RegionName> down) {
        return state(revision, LocationTable.bundled(), down);
    }

    static DirectorState state(VerifiedRevision revision, LocationTable locations, Set<RegionName> down) {
        return DirectorState.of(
                        revision, List.of(InetAddress.ofLiteral("127.0.0.53")), locations, HealthView.down(down))
                .withSerial(17);
    }

    static DirectorState state(Set<RegionName> down) {
        return state(revision(RECORDS), down);
    }

    static WireAnswerer answerer(DirectorState state) {
        var zone = Optional.of(new ZoneBuilder(state).withSerial(state.serial()));
        return new WireAnswerer(() -> zone, () -> COOKIES);
    }

    /** The answer to a message, empty for none. */
    static byte[] answer(WireAnswerer answerer, byte[] message, InetAddress source, boolean tcp) {
        var exchange = tcp ? Exchange.tcp() : Exchange.udp();
        System.arraycopy(message, 0, exchange.in, 0, message.length);
        exchange.length = message.length;
        exchange.source(source);
        exchange.nowMillis = NOW_MILLIS;
        return Arrays.copyOf(exchange.out, answerer.answer(exchange));
    }
}
