package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.RegionDocument;
import io.portolan.planner.routing.HealthView;
import io.portolan.protocol.Revision;
import io.portolan.sync.VerifiedRevision;
import io.portolan.testkit.Samples;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Answers as bytes, without sockets. */
final class AnswererTest {
    private static final long SEED = 53;
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress IN_LONDON = InetAddress.ofLiteral("81.2.69.7");

    private final Answerer answerer = new Answerer(() -> Optional.of(state(Set.of())));

    static DirectorState state(Set<RegionName> down) {
        return DirectorState.of(
                        revision(),
                        List.of(InetAddress.ofLiteral("127.0.0.53")),
                        LocationTable.bundled(),
                        HealthView.down(down))
                .withSerial(17);
    }

    private static VerifiedRevision revision() {
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
        var extensions = new HashMap<ExtensionName, ExtensionDocument>();
        var hello = Samples.extension("Portolan_Hello", "hello", "1", List.copyOf(Samples.DEV_REGIONS.keySet()));
        var idle = Samples.extension("Contoso_Idle", "idle", "1", List.of());
        extensions.put(hello.name(), hello);
        extensions.put(idle.name(), idle);
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
                header, Digest.of(new byte[0]), Samples.environment(), regions, extensions, Map.of());
    }

    private Message ask(Message query) {
        return ask(query, LOOPBACK);
    }

    private Message ask(Message query, InetAddress source) {
        return Dig.parse(answerer.answer(query.toWire(), source, false));
    }

    private static void assertNegative(Message answer, int rcode) {
        assertThat(answer.getRcode()).isEqualTo(rcode);
        assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
        assertThat(answer.getSection(Section.ANSWER)).isEmpty();
        var soa = (SOARecord) answer.getSection(Section.AUTHORITY).getFirst();
        assertThat(soa.getTTL()).isEqualTo(30);
        assertThat(soa.getMinimum()).isEqualTo(30);
        assertThat(soa.getSerial()).isEqualTo(17);
    }

    @ParameterizedTest
    @CsvSource({
        "81.2.69.0/24,    127.0.1.4, 24",
        "200.160.0.0/24,  127.0.1.6, 20",
        "203.116.0.0/24,  127.0.1.5, 16",
        "192.0.2.0/24,    127.0.1.3, 24",
        "198.51.100.0/24, 127.0.1.4, 24",
        "2001:db8::/56,   127.0.1.2, 32",
        "8.8.8.0/24,      127.0.1.1, 2",
    })
    void answersTheRegionNearestToTheClientSubnet(String subnet, String address, int scope) {
        var answer = ask(Dig.query("hello.ext.portolan.test", Type.A, subnet));

        assertThat(Dig.data(answer)).containsExactly(address);
        assertThat(answer.getSection(Section.ANSWER).getFirst().getTTL()).isEqualTo(30);
        assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
        assertThat(answer.getHeader().getFlag(Flags.RA)).isFalse();
        assertThat(Dig.scope(answer)).isEqualTo(scope);
    }

    @Test
    void withoutASubnetTheResolversAddressDecides() {
        var query = Dig.query("hello.ext.portolan.test", Type.A);

        assertThat(Dig.data(ask(query, IN_LONDON))).containsExactly("127.0.1.4");
        assertThat(Dig.data(ask(query, LOOPBACK))).as("declared order").containsExactly("127.0.1.1");
        assertThat(ask(query).getOPT()).as("no OPT unless asked with one").isNull();
    }

    @Test
    void aSubnetOfLengthZeroAsksForTheResolversAddress() {
        var answer = ask(Dig.query("hello.ext.portolan.test", Type.A, "0.0.0.0/0"), IN_LONDON);

        assertThat(Dig.data(answer)).containsExactly("127.0.1.4");
        assertThat(Dig.scope(answer)).isZero();
    }

    @Test
    void aSubnetOfNoFamilyIsTheSameAsLengthZero() {
        var query = withOption(Dig.query("hello.ext.portolan.test", Type.A), new byte[] {0, 0, 0, 0});

        var wire = answerer.answer(query.toWire(), IN_LONDON, false);

        assertThat(wire[3] & 0x0f).isEqualTo(Rcode.NOERROR);
        assertThat(wire[7]).as("answers").isEqualTo((byte) 1);
    }

    private static Message withOption(Message query, byte... data) {
        query.addRecord(new OPTRecord(1232, 0, 0, 0, new GenericEDNSOption(8, data)), Section.ADDITIONAL);
        return query;
    }

    @Test
    void malformedSubnetsAreFormatErrors() {
        for (var data : List.of(
                new byte[] {},
                new byte[] {0, 1, 24},
                new byte[] {0, 1, 24, 0, 81, 2},
                new byte[] {0, 1, 24, 0, 81, 2, 69, 1},
                new byte[] {0, 1, 24, 24, 81, 2, 69},
                new byte[] {0, 1, 33, 0, 81, 2, 69, 1, 1},
                new byte[] {0, 1, 20, 0, 81, 2, (byte) 0xff},
                new byte[] {0, 3, 0, 0},
                new byte[] {0, 0, 8, 0, 1})) {
            var answer = ask(withOption(Dig.query("hello.ext.portolan.test", Type.A), data));

            assertThat(answer.getRcode()).as(Arrays.toString(data)).isEqualTo(Rcode.FORMERR);
        }
    }

    @Test
    void anotherTypeIsNoDataWithSoa() {
        assertNegative(ask(Dig.query("hello.ext.portolan.test", Type.AAAA)), Rcode.NOERROR);
        assertNegative(ask(Dig.query("hello.ext.portolan.test", Type.HTTPS)), Rcode.NOERROR);
        assertNegative(ask(Dig.query("hello.ext.portolan.test", Type.TXT)), Rcode.NOERROR);
    }

    @Test
    void aRegionWithAnIpv6AddressAnswersIt() {
        var answer = ask(Dig.query("hello.ext.portolan.test", Type.AAAA, "203.116.0.0/24"));

        assertThat(Dig.data(answer)).containsExactly("2001:db8:0:0:0:0:0:5");
    }

    @Test
    void servedNowhereIsNoDataAndUnregisteredDoesNotExist() {
        assertNegative(ask(Dig.query("idle.ext.portolan.test", Type.A)), Rcode.NOERROR);
        assertNegative(ask(Dig.query("nothing.ext.portolan.test", Type.A)), Rcode.NXDOMAIN);
        assertNegative(ask(Dig.query("deeper.hello.ext.portolan.test", Type.A)), Rcode.NXDOMAIN);
    }

    @Test
    void theZoneItselfHasSoaAndNs() {
        var soa = ask(Dig.query("ext.portolan.test", Type.SOA));
        var ns = ask(Dig.query("ext.portolan.test", Type.NS));

        assertThat(Dig.data(soa))
                .containsExactly("ns1.ext.portolan.test. hostmaster.ext.portolan.test. 17 3600 600 604800 30");
        assertThat(Dig.data(ns)).containsExactly("ns1.ext.portolan.test.");
        assertThat(ns.getSection(Section.ADDITIONAL)).singleElement().satisfies(glue -> assertThat(glue.rdataToString())
                .isEqualTo("127.0.0.53"));
        assertThat(Dig.data(ask(Dig.query("ns1.ext.portolan.test", Type.A)))).containsExactly("127.0.0.53");
        assertNegative(ask(Dig.query("ext.portolan.test", Type.A)), Rcode.NOERROR);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello.example.org", "portolan.test", "test", ".", "hello.ext.portolan.test.org"})
    void otherZonesAreRefused(String name) {
        var answer = ask(Dig.query(name, Type.A));

        assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
        assertThat(answer.getHeader().getFlag(Flags.AA)).isFalse();
    }

    @Test
    void transfersAreRefused() {
        assertThat(ask(Dig.query("ext.portolan.test", Type.AXFR)).getRcode()).isEqualTo(Rcode.REFUSED);
    }

    @Test
    void theCaseOfTheQuestionIsKept() {
        var answer = ask(Dig.query("hElLo.EXT.portOLAN.test", Type.A));

        assertThat(answer.getQuestion().getName()).hasToString("hElLo.EXT.portOLAN.test.");
        assertThat(answer.getSection(Section.ANSWER).getFirst().getName()).hasToString("hElLo.EXT.portOLAN.test.");
        assertThat(Dig.data(answer)).hasSize(1);
    }

    @Test
    void anotherEdnsVersionIsSaidToBeUnknown() {
        var query = Dig.query("hello.ext.portolan.test", Type.A);
        query.addRecord(new OPTRecord(1232, 0, 1), Section.ADDITIONAL);

        var answer = ask(query);

        assertThat(answer.getRcode()).isEqualTo(Rcode.BADVERS);
        assertThat(answer.getOPT().getVersion()).isZero();
    }

    @Test
    void noRevisionYetIsAFailureNotANegative() {
        var empty = new Answerer(Optional::empty);

        var answer = Dig.parse(
                empty.answer(Dig.query("hello.ext.portolan.test", Type.A).toWire(), LOOPBACK, false));

        assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
    }

    private static Answerer withAddresses(int count) {
        var addresses = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            addresses.add("10.0." + i / 100 + "." + (i % 100 + 1));
        }
        var full = revision();
        var region = Samples.region("westeurope", new GeoPoint(52.3667, 4.9), addresses, List.of(), RegionState.LIVE);
        var wide = new VerifiedRevision(
                full.header(),
                full.digest(),
                full.environment(),
                Map.of(region.name(), region),
                full.extensions(),
                Map.of());
        var state = DirectorState.of(wide, List.of(), LocationTable.bundled(), HealthView.UNKNOWN);
        return new Answerer(() -> Optional.of(state));
    }

    @Test
    void aTooLongAnswerIsTruncatedOverUdpAndWholeOverTcp() {
        var plain = Dig.query("hello.ext.portolan.test", Type.A).toWire();
        var greedy = Dig.query("hello.ext.portolan.test", Type.A);
        greedy.addRecord(new OPTRecord(65000, 0, 0), Section.ADDITIONAL);

        var overPlain = withAddresses(60).answer(plain, LOOPBACK, false);
        assertThat(overPlain).hasSizeLessThanOrEqualTo(512);
        assertThat(Dig.parse(overPlain).getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(Dig.data(Dig.parse(withAddresses(60).answer(greedy.toWire(), LOOPBACK, false))))
                .hasSize(60);

        var tooLong = withAddresses(200).answer(greedy.toWire(), LOOPBACK, false);
        assertThat(tooLong).as("whatever the client offers").hasSizeLessThanOrEqualTo(1232);
        assertThat(Dig.parse(tooLong).getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(Dig.parse(tooLong).getOPT()).isNotNull();
        assertThat(Dig.data(Dig.parse(withAddresses(200).answer(plain, LOOPBACK, true))))
                .hasSize(200);
    }

    @Test
    void answersAndOtherOperationsAreNotQueries() {
        var query = Dig.query("hello.ext.portolan.test", Type.A).toWire();
        var response = query.clone();
        response[2] |= (byte) 0x80;
        var notify = query.clone();
        notify[2] |= 4 << 3;

        assertThat(answerer.answer(response, LOOPBACK, false)).isEmpty();
        assertThat(answerer.answer(new byte[5], LOOPBACK, false)).isEmpty();
        assertThat(answerer.answer(notify, LOOPBACK, false)[3]).isEqualTo((byte) Rcode.NOTIMP);
    }

    /** Whatever comes, the answer is none or a message with the question's number, and nothing is thrown. */
    @Test
    void survivesGarbage() {
        var random = new Random(SEED);
        var seeds = List.of(
                Dig.query("hello.ext.portolan.test", Type.A, "81.2.69.0/24").toWire(),
                Dig.query("ext.portolan.test", Type.ANY).toWire(),
                withOption(Dig.query("a.b.ext.portolan.test", Type.A), new byte[] {0, 2, 8, 0, 32})
                        .toWire());
        for (int round = 0; round < 60_000; round++) {
            var message = seeds.get(random.nextInt(seeds.size())).clone();
            switch (random.nextInt(4)) {
                case 0 -> {
                    message = new byte[random.nextInt(80)];
                    random.nextBytes(message);
                }
                case 1 -> message = Arrays.copyOf(message, random.nextInt(message.length + 20));
                default -> {
                    for (int i = 0; i < 1 + random.nextInt(6); i++) {
                        message[random.nextInt(message.length)] = (byte) random.nextInt(256);
                    }
                }
            }
            var hint = "seed " + SEED + " round " + round + " " + HexFormat.of().formatHex(message);
            byte[] answer;
            try {
                answer = answerer.answer(message, LOOPBACK, random.nextBoolean());
            } catch (RuntimeException e) {
                throw new AssertionError(hint, e);
            }
            if (answer.length > 0) {
                assertThat(answer).as(hint).hasSizeGreaterThanOrEqualTo(12);
                assertThat(answer[0]).as(hint).isEqualTo(message[0]);
                assertThat(answer[1]).as(hint).isEqualTo(message[1]);
                assertThat(answer[2] & 0x80).as(hint).isEqualTo(0x80);
            }
        }
    }

    @Test
    void explainsWhatItAnswers() {
        for (var down : List.of(Set.<RegionName>of(), Set.of(new RegionName("westeurope"), new RegionName("westus")))) {
            var state = state(down);
            var serving = new Answerer(() -> Optional.of(state));
            for (var client : List.of("81.2.69.7", "200.160.3.4", "192.0.2.1", "9.9.9.9", "2001:db8::7")) {
                var explanation = RouteExplainer.explain(state, "Hello.ext.portolan.test", client);
                var answer = Dig.parse(serving.answer(
                        Dig.query("hello.ext.portolan.test", Type.A).toWire(), InetAddress.ofLiteral(client), false));

                var chosen = explanation.chosen();
                assertThat(chosen).isNotNull();
                assertThat(Dig.data(answer))
                        .isEqualTo(List.of("127.0.1."
                                + (1 + List.copyOf(Samples.DEV_REGIONS.keySet()).indexOf(String.valueOf(chosen)))));
                assertThat(explanation.candidates()).hasSize(6);
                assertThat(explanation.candidates().stream().filter(c -> c.rejectedBecause() == null))
                        .singleElement()
                        .satisfies(c -> assertThat(c.region()).isEqualTo(chosen));
            }
        }
    }

    @Test
    void explainsAnUnregisteredName() {
        var explanation = RouteExplainer.explain(state(Set.of()), "nothing.ext.portolan.test", "81.2.69.7");

        assertThat(explanation.chosen()).isNull();
        assertThat(explanation.reason()).contains("no extension is registered as nothing.ext.portolan.test");
        assertThat(explanation.subnet()).isEqualTo("81.2.69.0/24");
    }

    @Test
    void otherClassesAreRefused() {
        var query = Dig.query("hello.ext.portolan.test", Type.A).toWire();
        query[query.length - 1] = (byte) DClass.CH;

        assertThat(answerer.answer(query, LOOPBACK, false)[3] & 0x0f).isEqualTo(Rcode.REFUSED);
    }
}
