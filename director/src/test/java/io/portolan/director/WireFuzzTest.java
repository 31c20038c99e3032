package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Experiment 48, and the malformed queries of experiment 47. What strangers send: no crash, no answer beyond the limits, and what is
 * answered can be read. Every round is two packets; {@code -Dportolan.test.rounds=5000000} sends the ten million of the experiment.
 */
final class WireFuzzTest {
    private static final long SEED = 8906;
    private static final int ROUNDS = Integer.getInteger("portolan.test.rounds", 300_000);
    private static final InetAddress STRANGER = InetAddress.ofLiteral("198.18.0.1");

    private final WireAnswerer answerer = Worlds.answerer(Worlds.state(Set.of()));
    private final Exchange udp = Exchange.udp();
    private final Exchange tcp = Exchange.tcp();

    private static List<byte[]> seeds() {
        var seeds = new ArrayList<byte[]>();
        for (var name :
                List.of("hello", "fixed", "www", "ring", "dogfood", "x.dogfood", "nothing", "b.deep", "hello.hello")) {
            for (int type : new int[] {Type.A, Type.AAAA, Type.ANY, Type.TXT, Type.NS}) {
                seeds.add(Dig.query(name + ".ext.portolan.test", type).toWire());
                seeds.add(Dig.query(name + ".ext.portolan.test", type, "81.2.69.0/24")
                        .toWire());
                var cookie = Dig.query(name + ".ext.portolan.test", type);
                cookie.addRecord(
                        new OPTRecord(4096, 0, 0, 0, new GenericEDNSOption(10, new byte[24])), Section.ADDITIONAL);
                seeds.add(cookie.toWire());
            }
        }
        seeds.add(Dig.query("ext.portolan.test", Type.ANY).toWire());
        seeds.add(Dig.query("ext.portolan.test", Type.NS).toWire());
        seeds.add(Dig.query("ext.portolan.test", Type.TXT).toWire());
        seeds.add(Dig.query(".", Type.NS).toWire());
        return seeds;
    }

    @Test
    void survivesAnythingAndNeverSaysTooMuch() {
        var random = new Random(SEED);
        var seeds = seeds();
        for (int round = 0; round < ROUNDS; round++) {
            var message = seeds.get(random.nextInt(seeds.size())).clone();
            if (random.nextInt(4) > 0) {
                message = mutated(message, random);
            }
            var hint = "seed " + SEED + " round " + round;
            check(message, udp, hint);
            check(message, tcp, hint);
        }
    }

    private static byte[] mutated(byte[] message, Random random) {
        switch (random.nextInt(6)) {
            case 0 -> {
                var noise = new byte[random.nextInt(80)];
                random.nextBytes(noise);
                return noise;
            }
            case 1 -> {
                return Arrays.copyOf(message, random.nextInt(message.length + 20));
            }
            case 2 -> {
                // Counts that promise more than there is, or less.
                message[4 + random.nextInt(8)] = (byte) random.nextInt(4);
                return message;
            }
            case 3 -> {
                int at = random.nextInt(message.length);
                var longer = new byte[message.length + 1 + random.nextInt(300)];
                System.arraycopy(message, 0, longer, 0, at);
                System.arraycopy(message, at, longer, longer.length - message.length + at, message.length - at);
                return longer;
            }
            default -> {
                for (int i = 0; i < 1 + random.nextInt(6); i++) {
                    message[random.nextInt(message.length)] = (byte) random.nextInt(256);
                }
                return message;
            }
        }
    }

    private void check(byte[] message, Exchange exchange, String hint) {
        System.arraycopy(message, 0, exchange.in, 0, message.length);
        exchange.length = message.length;
        exchange.source(STRANGER);
        exchange.nowMillis = Worlds.NOW_MILLIS;
        int bytes;
        try {
            bytes = answerer.answer(exchange);
        } catch (RuntimeException e) {
            throw new AssertionError(hint + " " + HexFormat.of().formatHex(message), e);
        }
        if (bytes == 0) {
            return;
        }
        boolean good = bytes >= 12
                && exchange.out[0] == message[0]
                && exchange.out[1] == message[1]
                && (exchange.out[2] & 0x80) != 0
                && (exchange.tcp || exchange.cookieState == Exchange.Cookie.VALID || bytes <= 3 * message.length)
                && (exchange.tcp || bytes <= 1232);
        if (!good) {
            throw new AssertionError(hint + " " + HexFormat.of().formatHex(message) + " answered by "
                    + HexFormat.of().formatHex(exchange.out, 0, bytes));
        }
        // Whole and without anything behind it, by another reader than ours.
        assertThat(Dig.parse(Arrays.copyOf(exchange.out, bytes)).numBytes())
                .as(hint)
                .isEqualTo(bytes);
    }

    @Test
    void theMalformedCorpusIsAnsweredWithFormatErrorsOrNotAtAll() {
        var good = Dig.query("hello.ext.portolan.test", Type.A, "81.2.69.0/24").toWire();
        var corpus = new ArrayList<byte[]>();
        for (int length = 12; length < good.length; length++) {
            corpus.add(Arrays.copyOf(good, length)); // cut anywhere
        }
        corpus.add(Arrays.copyOf(good, good.length + 1)); // something behind
        corpus.add(with(good, 5, 2)); // two questions promised
        corpus.add(with(good, 11, 2)); // two additional records promised
        corpus.add(with(good, 12, 64)); // a label too long
        corpus.add(with(good, 12, 0xc0)); // a pointer as the question
        corpus.add(with(good, good.length - 7, 3)); // a family that is none
        corpus.add(with(good, good.length - 5, 33)); // longer than an address
        corpus.add(with(good, good.length - 4, 24)); // a scope in a question

        for (var message : corpus) {
            var answer = Worlds.answer(answerer, message, STRANGER, false);

            var hint = HexFormat.of().formatHex(message);
            assertThat(answer).as(hint).hasSize(12);
            assertThat(answer[3] & 0x0f).as(hint).isEqualTo(1);
        }
    }

    private static byte[] with(byte[] message, int at, int value) {
        var changed = message.clone();
        changed[at] = (byte) value;
        return changed;
    }
}
