package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.model.document.Endpoint;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.Profile;
import io.portolan.testkit.Samples;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The hot path against {@link SlowAnswerer}, which dnsjava writes for: the same question, the same answer. */
final class DifferentialTest {
    private static final long SEED = 7871;
    private static final int ROUNDS = 20_000;
    private static final String ZONE = "ext.portolan.test";
    private static final List<String> NAMES = List.of(
            "",
            "hello.",
            "idle.",
            "many.",
            "cdn.",
            "off.",
            "near.",
            "nothing.",
            "a.hello.",
            "ns1.",
            "www.",
            "alias.",
            "away.",
            "lost.",
            "ring.",
            "chain.",
            "into.",
            "fixed.",
            "_acme-challenge.hello.",
            "deep.",
            "b.deep.",
            "a.b.deep.",
            "dogfood.",
            "ns1.dogfood.",
            "x.y.dogfood.",
            "*.",
            "hello.hello.");
    private static final List<Integer> TYPES =
            List.of(1, 1, 1, 28, 28, 2, 5, 6, 12, 15, 16, 33, 43, 64, 65, 257, 251, 252, 255, 1000, 65280);

    private static ExtensionDocument extension(String route, Profile profile) {
        var plain = Samples.extension("Contoso_" + route, route, "1", List.copyOf(Samples.DEV_REGIONS.keySet()));
        return new ExtensionDocument(
                plain.schema(),
                plain.name(),
                plain.route(),
                profile,
                plain.regions(),
                plain.stages(),
                plain.names(),
                plain.slots(),
                plain.versions());
    }

    private static DirectorState state() {
        var settings = new Profile.Settings(true, 5, false, Profile.Settings.STANDARD.monitor());
        var disabled = new Profile.Settings(false, 5, false, Profile.Settings.STANDARD.monitor());
        var west = Endpoint.of(new RegionName("westus"));
        return Worlds.state(
                Worlds.revision(
                        Worlds.RECORDS,
                        extension(
                                "many",
                                new Profile.MultiValue(
                                        settings,
                                        List.of(
                                                Endpoint.of("one", new Endpoint.Address("198.51.100.1")),
                                                Endpoint.of("two", new Endpoint.Address("198.51.100.2")),
                                                Endpoint.of("six", new Endpoint.Address("2001:db8::6"))),
                                        10)),
                        extension(
                                "cdn",
                                new Profile.Priority(
                                        settings, List.of(Endpoint.of("cdn", new Endpoint.Host("cdn.example.net"))))),
                        extension("off", new Profile.Priority(disabled, List.of(west))),
                        extension("near", Profile.standard())),
                Set.of(new RegionName("westeurope")));
    }

    @Test
    void answersAsDnsjavaWould() {
        var random = new Random(SEED);
        var state = state();
        var fast = Worlds.answerer(state);
        var slow = new SlowAnswerer(() -> Optional.of(state));
        for (int round = 0; round < ROUNDS; round++) {
            var query = query(random);
            var source =
                    InetAddress.ofLiteral(List.of("127.0.0.1", "81.2.69.7", "203.116.3.4", "2001:db8::1", "9.9.9.9")
                            .get(random.nextInt(5)));
            var hint = "seed " + SEED + " round " + round + " from " + source + " "
                    + HexFormat.of().formatHex(query);

            var expected = slow.answer(query, source, true);
            var actual = Worlds.answer(fast, query, source, true);
            var overUdp = Worlds.answer(fast, query, source, false);

            same(Dig.parse(actual), Dig.parse(expected), hint);
            assertThat(overUdp.length).as(hint).isLessThanOrEqualTo(Math.min(1232, 3 * query.length));
            if ((overUdp[2] & 2) == 0) {
                assertThat(overUdp)
                        .as(hint)
                        .isEqualTo(Arrays.equals(overUdp, actual) ? actual : withoutGlue(overUdp, actual, hint));
            }
        }
    }

    /** Over UDP addresses of name servers may be left out for want of room, and nothing else. */
    private static byte[] withoutGlue(byte[] overUdp, byte[] overTcp, String hint) {
        var udp = Dig.parse(overUdp);
        var tcp = Dig.parse(overTcp);
        assertThat(udp.getSection(Section.ANSWER)).as(hint).isEqualTo(tcp.getSection(Section.ANSWER));
        assertThat(udp.getSection(Section.AUTHORITY)).as(hint).isEqualTo(tcp.getSection(Section.AUTHORITY));
        assertThat(udp.getQuestion().getType()).as(hint).isEqualTo(Type.NS);
        return overUdp;
    }

    private static byte[] query(Random random) {
        var name = NAMES.get(random.nextInt(NAMES.size()))
                + (random.nextInt(20) == 0 ? "example.org" : random.nextInt(40) == 0 ? "portolan.test" : ZONE);
        var message = Dig.query(cased(name, random), TYPES.get(random.nextInt(TYPES.size())));
        if (random.nextInt(30) == 0) {
            message = Message.newQuery(Record.newRecord(message.getQuestion().getName(), Type.TXT, DClass.CH));
        }
        if (random.nextBoolean()) {
            message.getHeader().setFlag(Flags.RD);
        }
        if (random.nextInt(3) > 0) {
            message.addRecord(opt(random), Section.ADDITIONAL);
        }
        return message.toWire();
    }

    private static String cased(String name, Random random) {
        var text = new StringBuilder();
        name.chars()
                .forEach(c -> text.append(
                        random.nextBoolean()
                                ? Character.toString(c)
                                : Character.toString(c).toUpperCase(Locale.ROOT)));
        return text.toString();
    }

    private static OPTRecord opt(Random random) {
        var options = new java.util.ArrayList<EDNSOption>();
        if (random.nextInt(3) > 0) {
            boolean v6 = random.nextInt(4) == 0;
            int length = random.nextInt(v6 ? 65 : 33);
            var data = new byte[4 + (length + 7) / 8];
            data[1] = (byte) (v6 ? 2 : 1);
            data[2] = (byte) length;
            var base = List.of(
                    new byte[] {81, 2, 69, 0}, new byte[] {(byte) 200, (byte) 160, 0, 0}, new byte[] {9, 9, 9, 9});
            var bytes =
                    v6 ? new byte[] {0x20, 1, 0x0d, (byte) 0xb8, 0, 1, 0, 2} : base.get(random.nextInt(base.size()));
            for (int bit = 0; bit < length; bit++) {
                data[4 + bit / 8] |= (byte) (bytes[bit / 8] & (0x80 >> (bit % 8)));
            }
            options.add(new GenericEDNSOption(8, data));
        }
        if (random.nextInt(5) == 0) {
            options.add(new GenericEDNSOption(65_001, new byte[] {1, 2, 3}));
        }
        int version = random.nextInt(20) == 0 ? 1 : 0;
        int flags = random.nextInt(3) == 0 ? 0x8000 : random.nextInt(8) == 0 ? 0x40 : 0;
        return new OPTRecord(random.nextInt(5000), 0, version, flags, options);
    }

    private static void same(Message actual, Message expected, String hint) {
        assertThat(actual.getRcode()).as(hint).isEqualTo(expected.getRcode());
        for (int flag : new int[] {Flags.QR, Flags.AA, Flags.TC, Flags.RD, Flags.RA, Flags.AD, Flags.CD}) {
            assertThat(actual.getHeader().getFlag(flag))
                    .as(hint + " flag " + flag)
                    .isEqualTo(expected.getHeader().getFlag(flag));
        }
        assertThat(String.valueOf(actual.getQuestion())).as(hint).isEqualTo(String.valueOf(expected.getQuestion()));
        for (int section : new int[] {Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL}) {
            assertThat(texts(actual, section)).as(hint + " section " + section).isEqualTo(texts(expected, section));
        }
    }

    /** Records as text: TTL and the options of OPT count, the case of names (which may be the question's) does not. */
    private static List<String> texts(Message message, int section) {
        return message.getSection(section).stream()
                .map(record -> record instanceof OPTRecord opt
                        ? "OPT " + opt.getPayloadSize() + " " + opt.getFlags() + " " + opt.getVersion() + " "
                                + opt.getOptions().stream()
                                        .map(o -> o.getCode() + HexFormat.of().formatHex(o.toWire()))
                                        .toList()
                        : record.toString().toLowerCase(Locale.ROOT))
                .toList();
    }
}
