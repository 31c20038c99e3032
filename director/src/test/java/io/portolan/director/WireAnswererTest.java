package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.protocol.rest.RouteExplanation;
import io.portolan.testkit.Samples;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

/**
 * Answers as bytes, without sockets: EDNS, client subnets and what is asked wrongly (experiment 47), and the right answer and scope to
 * subnets of every length, private ones and none among them (experiment 52; {@link ResolversTest} has real caches in between).
 */
final class WireAnswererTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress IN_LONDON = InetAddress.ofLiteral("81.2.69.7");

    private final WireAnswerer answerer = Worlds.answerer(Worlds.state(Set.of()));

    private Message ask(Message query) {
        return ask(query, LOOPBACK);
    }

    private Message ask(Message query, InetAddress source) {
        return Dig.parse(Worlds.answer(answerer, query.toWire(), source, false));
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
        "81.2.69.142/32,  127.0.1.4, 24",
        "10.1.2.0/24,     127.0.1.1, 2",
        "2001:db8::1/128, 127.0.1.2, 32",
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

        var wire = Worlds.answer(answerer, query.toWire(), IN_LONDON, false);

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
        assertThat(Dig.data(ask(Dig.query("ext.portolan.test", Type.TXT)))).containsExactly("\"v=spf1 -all\"");
    }

    @Test
    void fixedRecordsAreTheSameForEveryClient() {
        assertThat(Dig.data(ask(Dig.query("fixed.ext.portolan.test", Type.A, "81.2.69.0/24"))))
                .containsExactly("192.0.2.7", "192.0.2.8");
        assertThat(Dig.scope(ask(Dig.query("fixed.ext.portolan.test", Type.A, "81.2.69.0/24"))))
                .isZero();
        assertThat(Dig.data(ask(Dig.query("fixed.ext.portolan.test", Type.TXT))))
                .containsExactly("one two");
        assertNegative(ask(Dig.query("fixed.ext.portolan.test", Type.MX)), Rcode.NOERROR);
        assertThat(Dig.data(ask(Dig.query("_acme-challenge.hello.ext.portolan.test", Type.TXT))))
                .as("below a route")
                .containsExactly("token");
        assertNegative(ask(Dig.query("b.deep.ext.portolan.test", Type.A)), Rcode.NOERROR);
        assertNegative(ask(Dig.query("c.deep.ext.portolan.test", Type.A)), Rcode.NXDOMAIN);
    }

    @Test
    void anAliasIsFollowedWithinTheZoneOnly() {
        var www = ask(Dig.query("WWW.ext.portolan.test", Type.A, "81.2.69.0/24"));
        var twice = ask(Dig.query("alias.ext.portolan.test", Type.A));
        var away = ask(Dig.query("away.ext.portolan.test", Type.A));
        var lost = ask(Dig.query("lost.ext.portolan.test", Type.A));

        assertThat(Dig.data(www)).containsExactly("hello.ext.portolan.test.", "127.0.1.4");
        assertThat(Dig.scope(www)).isEqualTo(24);
        assertThat(Dig.data(twice)).containsExactly("www.ext.portolan.test.", "hello.ext.portolan.test.", "127.0.1.1");
        assertThat(Dig.data(away)).containsExactly("shop.example.org.");
        assertThat(away.getSection(Section.AUTHORITY)).isEmpty();
        assertThat(lost.getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(Dig.data(lost)).containsExactly("nothing.ext.portolan.test.");
        assertThat(lost.getSection(Section.AUTHORITY)).singleElement().isInstanceOf(SOARecord.class);
        assertThat(Dig.data(ask(Dig.query("ring.ext.portolan.test", Type.A)))).isNotEmpty();
        assertThat(Dig.data(ask(Dig.query("www.ext.portolan.test", Type.CNAME))))
                .containsExactly("hello.ext.portolan.test.");
    }

    @Test
    void aZoneBelowIsAReferral() {
        for (var name : List.of("dogfood.ext.portolan.test", "hello.dogfood.ext.portolan.test")) {
            var query = Dig.query(name, Type.A).toWire();
            var answer = Dig.parse(Worlds.answer(answerer, query, LOOPBACK, true));

            assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(answer.getHeader().getFlag(Flags.AA)).isFalse();
            assertThat(answer.getSection(Section.ANSWER)).isEmpty();
            assertThat(answer.getSection(Section.AUTHORITY)).hasSize(2);
            assertThat(answer.getSection(Section.ADDITIONAL)).hasSize(2);
        }
        assertNegative(ask(Dig.query("dogfood.ext.portolan.test", Type.DS)), Rcode.NOERROR);
    }

    @Test
    void anyIsAnsweredWithOneKindOfRecord() {
        assertThat(Dig.data(ask(Dig.query("fixed.ext.portolan.test", Type.ANY))))
                .containsExactly("192.0.2.7", "192.0.2.8");
        assertThat(Dig.data(ask(Dig.query("hello.ext.portolan.test", Type.ANY))))
                .containsExactly("127.0.1.1");
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
        var empty = new WireAnswerer(Optional::empty, () -> Worlds.COOKIES);

        var answer = Dig.parse(Worlds.answer(
                empty, Dig.query("hello.ext.portolan.test", Type.A).toWire(), LOOPBACK, false));

        assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
    }

    private static WireAnswerer withAddresses(int count) {
        var addresses = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            addresses.add("10.0." + i / 100 + "." + (i % 100 + 1));
        }
        var region = Samples.region("westeurope", new GeoPoint(52.3667, 4.9), addresses, List.of(), RegionState.LIVE);
        return Worlds.answerer(Worlds.state(Worlds.revision(List.of(), Map.of(region.name(), region)), Set.of()));
    }

    /** A query that shows a valid cookie, so that its answer may be longer than three times itself. */
    private static Message proved(Message query, int payload) {
        var client = new byte[] {1, 2, 3, 4, 5, 6, 7, 8};
        var asking = query.clone();
        asking.addRecord(new OPTRecord(payload, 0, 0, 0, new GenericEDNSOption(10, client)), Section.ADDITIONAL);
        var cookie = cookie(Dig.parse(Worlds.answer(withAddresses(1), asking.toWire(), LOOPBACK, false)));
        var proved = query.clone();
        proved.addRecord(new OPTRecord(payload, 0, 0, 0, new GenericEDNSOption(10, cookie)), Section.ADDITIONAL);
        return proved;
    }

    static byte[] cookie(Message answer) {
        return answer.getOPT().getOptions().stream()
                .filter(option -> option.getCode() == 10)
                .map(option -> Arrays.copyOfRange(option.toWire(), 4, option.toWire().length))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aTooLongAnswerIsTruncatedOverUdpAndWholeOverTcp() {
        var plain = Dig.query("hello.ext.portolan.test", Type.A);
        var greedy = proved(plain, 65_000).toWire();
        var modest = proved(plain, 100).toWire();

        var overModest = Worlds.answer(withAddresses(60), modest, LOOPBACK, false);
        assertThat(overModest).as("payload counts as 512 at least").hasSizeLessThanOrEqualTo(512);
        assertThat(Dig.parse(overModest).getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(Dig.data(Dig.parse(Worlds.answer(withAddresses(60), greedy, LOOPBACK, false))))
                .hasSize(60);

        var tooLong = Worlds.answer(withAddresses(200), greedy, LOOPBACK, false);
        assertThat(tooLong).as("whatever the client offers").hasSizeLessThanOrEqualTo(1232);
        assertThat(Dig.parse(tooLong).getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(Dig.parse(tooLong).getOPT()).isNotNull();
        assertThat(Dig.data(Dig.parse(tooLong))).isEmpty();
        assertThat(Dig.data(Dig.parse(Worlds.answer(withAddresses(200), plain.toWire(), LOOPBACK, true))))
                .hasSize(200);
    }

    @Test
    void withoutACookieNoAnswerIsLongerThanThreeTimesTheQuestion() {
        var plain = Dig.query("hello.ext.portolan.test", Type.A).toWire();

        var few = Worlds.answer(withAddresses(3), plain, LOOPBACK, false);
        var many = Worlds.answer(withAddresses(30), plain, LOOPBACK, false);

        assertThat(Dig.data(Dig.parse(few))).hasSize(3);
        assertThat(many).hasSizeLessThanOrEqualTo(3 * plain.length);
        assertThat(Dig.parse(many).getHeader().getFlag(Flags.TC)).isTrue();
    }

    @Test
    void answersAndOtherOperationsAreNotQueries() {
        var query = Dig.query("hello.ext.portolan.test", Type.A).toWire();
        var response = query.clone();
        response[2] |= (byte) 0x80;
        var notify = query.clone();
        notify[2] |= 4 << 3;

        assertThat(Worlds.answer(answerer, response, LOOPBACK, false)).isEmpty();
        assertThat(Worlds.answer(answerer, new byte[5], LOOPBACK, false)).isEmpty();
        assertThat(Worlds.answer(answerer, notify, LOOPBACK, false)[3]).isEqualTo((byte) Rcode.NOTIMP);
    }

    @Test
    void explainsWhatItAnswers() {
        for (var down : List.of(Set.<RegionName>of(), Set.of(new RegionName("westeurope"), new RegionName("westus")))) {
            var state = Worlds.state(down);
            var serving = Worlds.answerer(state);
            for (var client : List.of("81.2.69.7", "200.160.3.4", "192.0.2.1", "9.9.9.9", "2001:db8::7")) {
                var explanation = RouteExplainer.explain(state, "Hello.ext.portolan.test", client);
                var answer = Dig.parse(Worlds.answer(
                        serving,
                        Dig.query("hello.ext.portolan.test", Type.A).toWire(),
                        InetAddress.ofLiteral(client),
                        false));

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
    void saysThatARegionIsServedThoughItIsSeenDown() {
        var settled = Worlds.state(Set.of());
        var chosen = new RegionName("westeurope");
        var state = settled.withHealth(settled.health().spared(Set.of(chosen)));

        var explanation = RouteExplainer.explain(state, "hello.ext.portolan.test", "81.2.69.7");

        assertThat(explanation.chosen()).isEqualTo(chosen);
        assertThat(explanation.reason())
                .endsWith("; most observers see it down, and it is served because too many regions are down already");
        assertThat(explanation.candidates().stream().filter(RouteExplanation.Candidate::spared))
                .extracting(RouteExplanation.Candidate::region)
                .containsExactly(chosen);
        assertThat(RouteExplainer.explain(settled, "hello.ext.portolan.test", "81.2.69.7")
                        .reason())
                .doesNotContain("most observers");
    }

    @Test
    void explainsAnUnregisteredName() {
        var explanation = RouteExplainer.explain(Worlds.state(Set.of()), "nothing.ext.portolan.test", "81.2.69.7");

        assertThat(explanation.chosen()).isNull();
        assertThat(explanation.reason()).contains("no extension is registered as nothing.ext.portolan.test");
        assertThat(explanation.subnet()).isEqualTo("81.2.69.0/24");
    }

    @Test
    void otherClassesAreRefused() {
        var query = Dig.query("hello.ext.portolan.test", Type.A).toWire();
        query[query.length - 1] = (byte) DClass.CH;

        assertThat(Worlds.answer(answerer, query, LOOPBACK, false)[3] & 0x0f).isEqualTo(Rcode.REFUSED);
    }
}
