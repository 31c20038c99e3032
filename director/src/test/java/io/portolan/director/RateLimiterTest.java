package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Response-rate limits, with the time of the test. */
final class RateLimiterTest {
    private static final RateLimits LIMITS = new RateLimits(true, 10, 10, 10, 5, 0, 2, 24, 56, RateLimits.LOOPBACK);
    private static final String VICTIM = "198.51.100.7";

    private final WireAnswerer answerer = Worlds.answerer(Worlds.state(Set.of()));
    private final Exchange exchange = Exchange.udp();
    private RateLimiter limiter = new RateLimiter(LIMITS);
    private long nowMillis = Worlds.NOW_MILLIS;

    private RateLimiter.Verdict ask(String name, int type, String from) {
        return ask(Dig.query(name + ".ext.portolan.test", type), from);
    }

    private RateLimiter.Verdict ask(Message query, String from) {
        var wire = query.toWire();
        System.arraycopy(wire, 0, exchange.in, 0, wire.length);
        exchange.length = wire.length;
        exchange.source(InetAddress.ofLiteral(from));
        exchange.nowMillis = nowMillis;
        answerer.answer(exchange);
        return limiter.verdict(exchange);
    }

    private Map<RateLimiter.Verdict, Integer> ask(int times, String name, int type, String from) {
        var verdicts = new EnumMap<RateLimiter.Verdict, Integer>(RateLimiter.Verdict.class);
        for (int i = 0; i < times; i++) {
            verdicts.merge(ask(name, type, from), 1, Integer::sum);
        }
        return verdicts;
    }

    @Test
    void aFloodGetsItsRateAndEveryOtherRestShort() {
        var verdicts = ask(110, "hello", Type.A, VICTIM);

        assertThat(verdicts.get(RateLimiter.Verdict.SEND)).isBetween(10, 12);
        assertThat(verdicts.get(RateLimiter.Verdict.SLIP)).isBetween(48, 50);
        assertThat(verdicts.get(RateLimiter.Verdict.DROP)).isBetween(48, 50);
    }

    @Test
    void overTimeARateIsARate() {
        int sent = 0;
        for (int second = 0; second < 60; second++) {
            for (int i = 0; i < 100; i++) {
                nowMillis += 10;
                sent += ask("hello", Type.A, VICTIM) == RateLimiter.Verdict.SEND ? 1 : 0;
            }
        }
        assertThat(sent).isBetween(600, 625);
    }

    @Test
    void othersAreNotHeldLiableForANetwork() {
        ask(100, "hello", Type.A, VICTIM);

        assertThat(ask("hello", Type.A, "198.51.101.7")).as("the next network").isEqualTo(RateLimiter.Verdict.SEND);
        assertThat(ask("hello", Type.A, "198.51.100.200"))
                .as("the same network")
                .isNotEqualTo(RateLimiter.Verdict.SEND);
        assertThat(ask("fixed", Type.A, VICTIM)).as("another name").isEqualTo(RateLimiter.Verdict.SEND);
        assertThat(ask("hello", Type.TXT, VICTIM)).as("another kind").isEqualTo(RateLimiter.Verdict.SEND);
        nowMillis += 1_200;
        assertThat(ask("hello", Type.A, VICTIM)).as("a second later").isEqualTo(RateLimiter.Verdict.SEND);
    }

    @Test
    void namesThatAreMadeUpCountTogether() {
        int sent = 0;
        var random = new Random(3);
        for (int i = 0; i < 200; i++) {
            sent += ask("x" + random.nextInt(1 << 30), Type.A, "2001:db8:1:2::" + Integer.toHexString(i))
                            == RateLimiter.Verdict.SEND
                    ? 1
                    : 0;
        }
        assertThat(sent).isBetween(10, 12);
    }

    @Test
    void clientsOnThisMachineAndThoseWithACookieAreNeverLimited() {
        assertThat(ask(1_000, "hello", Type.A, "127.0.0.1")).containsOnlyKeys(RateLimiter.Verdict.SEND);
        assertThat(ask(1_000, "nothing", Type.A, "::1")).containsOnlyKeys(RateLimiter.Verdict.SEND);

        ask(100, "hello", Type.A, VICTIM);
        var query = Dig.query("hello.ext.portolan.test", Type.A);
        query.addRecord(
                new OPTRecord(
                        1232, 0, 0, 0, new GenericEDNSOption(10, HexFormat.of().parseHex("0102030405060708"))),
                Section.ADDITIONAL);
        assertThat(ask(query, VICTIM)).isNotEqualTo(RateLimiter.Verdict.SEND);
        var shortened = Dig.parse(java.util.Arrays.copyOf(exchange.out, answerer.shorten(exchange)));
        assertThat(shortened.getRcode()).isEqualTo(Rcode.BADCOOKIE);
        assertThat(shortened.getHeader().getFlag(Flags.TC)).isTrue();

        var proved = Dig.query("hello.ext.portolan.test", Type.A);
        proved.addRecord(
                new OPTRecord(1232, 0, 0, 0, new GenericEDNSOption(10, WireAnswererTest.cookie(shortened))),
                Section.ADDITIONAL);
        for (int i = 0; i < 100; i++) {
            assertThat(ask(proved, VICTIM)).isEqualTo(RateLimiter.Verdict.SEND);
        }
    }

    @Test
    void aShortenedAnswerSaysToAskOverTcp() {
        while (ask("hello", Type.A, VICTIM) != RateLimiter.Verdict.SLIP) {
            assertThat(exchange.rcode).isEqualTo(Rcode.NOERROR);
        }
        int bytes = answerer.shorten(exchange);
        var answer = Dig.parse(java.util.Arrays.copyOf(exchange.out, bytes));

        assertThat(answer.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(answer.getSection(Section.ANSWER)).isEmpty();
        assertThat(bytes).isEqualTo(exchange.length);
    }

    @Test
    void everythingTogetherHasALimitToo() {
        limiter = new RateLimiter(new RateLimits(true, 100, 100, 100, 100, 20, 0, 24, 56, List.of()));
        int sent = 0;
        for (var name : List.of("hello", "fixed", "www", "away", "nothing", "idle")) {
            sent += ask(30, name, Type.A, "127.0.0.1").getOrDefault(RateLimiter.Verdict.SEND, 0);
        }
        assertThat(sent).as("loopback is not exempt here").isBetween(20, 22);
    }

    /** An attacker may fill the table with networks; a client that behaves is then forgotten, never blamed. */
    @Test
    void aFullTableBlamesNobody() {
        var random = new Random(5);
        for (int i = 0; i < 3 * RateLimiter.TABLE_SIZE; i++) {
            int address = random.nextInt();
            ask(
                    "hello",
                    Type.A,
                    (11 + (address >>> 24) % 80) + "." + (address >> 16 & 255) + "." + (address >> 8 & 255) + ".1");
        }
        int refused = 0;
        for (int i = 0; i < 1_000; i++) {
            refused += ask("hello", Type.A, "203.0." + i / 250 + "." + i % 250) == RateLimiter.Verdict.SEND ? 0 : 1;
            nowMillis += 100;
        }
        assertThat(refused).isZero();
    }
}
