package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.testkit.MutableClock;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Cookies as RFC 7873 and RFC 9018 have them. */
final class ServerCookiesTest {
    private static final String CLIENT = "2464c4abcf10c957";
    private static final InetAddress ADDRESS = InetAddress.ofLiteral("198.51.100.100");

    @TempDir
    private Path folder;

    private final MutableClock clock = new MutableClock(Instant.ofEpochSecond(1_559_731_985));

    private static ServerCookies secrets(String hex) {
        var bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
        return new ServerCookies(bytes.getLong(), bytes.getLong(), 0, 0);
    }

    private Message ask(ServerCookies cookies, String cookie, InetAddress from) {
        var state = Worlds.state(java.util.Set.of());
        var zone = java.util.Optional.of(new ZoneBuilder(state).withSerial(1));
        var answerer = new WireAnswerer(() -> zone, () -> cookies);
        var query = Dig.query("hello.ext.portolan.test", Type.A);
        query.addRecord(
                new OPTRecord(
                        1232, 0, 0, 0, new GenericEDNSOption(10, HexFormat.of().parseHex(cookie))),
                Section.ADDITIONAL);
        var exchange = Exchange.udp();
        var wire = query.toWire();
        System.arraycopy(wire, 0, exchange.in, 0, wire.length);
        exchange.length = wire.length;
        exchange.source(from);
        exchange.nowMillis = clock.millis();
        int bytes = answerer.answer(exchange);
        last = exchange.cookieState;
        return Dig.parse(Arrays.copyOf(exchange.out, bytes));
    }

    private Exchange.Cookie last = Exchange.Cookie.NONE;

    private static String cookie(Message answer) {
        return HexFormat.of().formatHex(WireAnswererTest.cookie(answer));
    }

    /** Test vectors of RFC 9018, appendix A.1 and A.2: learning a cookie, and renewing one after half an hour. */
    @Test
    void cookiesAreThoseOfTheStandard() {
        var cookies = secrets("e5e973e5a6b2a43f48e7dc849e37bfcf");

        assertThat(cookie(ask(cookies, CLIENT, ADDRESS))).isEqualTo(CLIENT + "010000005cf79f111f8130c3eee29480");
        assertThat(last).isEqualTo(Exchange.Cookie.CLIENT_ONLY);

        clock.set(Instant.ofEpochSecond(1_559_734_385));
        var renewed = cookie(ask(cookies, CLIENT + "010000005cf79f111f8130c3eee29480", ADDRESS));
        assertThat(last).isEqualTo(Exchange.Cookie.VALID);
        assertThat(renewed).isEqualTo(CLIENT + "010000005cf7a871d4a564a1442aca77");
    }

    @Test
    void aCookieIsGoodForItsClientAndAnHourOnly() {
        var cookies = secrets("e5e973e5a6b2a43f48e7dc849e37bfcf");
        var given = cookie(ask(cookies, CLIENT, ADDRESS));

        clock.advance(Duration.ofMinutes(29));
        assertThat(cookie(ask(cookies, given, ADDRESS)))
                .as("young ones come back")
                .isEqualTo(given);
        assertThat(last).isEqualTo(Exchange.Cookie.VALID);
        ask(cookies, given, InetAddress.ofLiteral("198.51.100.101"));
        assertThat(last).isEqualTo(Exchange.Cookie.INVALID);
        ask(secrets("00e973e5a6b2a43f48e7dc849e37bfcf"), given, ADDRESS);
        assertThat(last).isEqualTo(Exchange.Cookie.INVALID);
        clock.advance(Duration.ofMinutes(32));
        ask(cookies, given, ADDRESS);
        assertThat(last).isEqualTo(Exchange.Cookie.INVALID);
    }

    @Test
    void anInvalidCookieIsAnsweredAllTheSameWithAGoodOne() {
        var cookies = secrets("e5e973e5a6b2a43f48e7dc849e37bfcf");

        var answer = ask(cookies, CLIENT + "01000000000000000000000000000000", ADDRESS);

        assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
        ask(cookies, cookie(answer), ADDRESS);
        assertThat(last).isEqualTo(Exchange.Cookie.VALID);
    }

    @Test
    void cookiesOfAnyOtherLengthAreFormatErrors() {
        for (int bytes : new int[] {0, 1, 7, 9, 15, 41}) {
            assertThat(ask(Worlds.COOKIES, "00".repeat(bytes), ADDRESS).getRcode())
                    .isEqualTo(Rcode.FORMERR);
        }
        assertThat(ask(Worlds.COOKIES, "00".repeat(40), ADDRESS).getRcode()).isEqualTo(Rcode.NOERROR);
    }

    @Test
    void secretsOutliveARestartAndOneReplacement() throws IOException {
        var first = CookieSecrets.own(folder, clock);
        var given = cookie(ask(first.get(), CLIENT, ADDRESS));
        assertThat(CookieSecrets.own(folder, clock).get()).isEqualTo(first.get());

        clock.advance(CookieSecrets.LIFETIME.minusSeconds(1));
        first.replaceIfOld();
        clock.set(Instant.ofEpochSecond(1_559_731_985));
        ask(first.get(), given, ADDRESS);
        assertThat(last).as("not old enough").isEqualTo(Exchange.Cookie.VALID);

        clock.advance(CookieSecrets.LIFETIME);
        var before = first.get();
        first.replaceIfOld();
        assertThat(first.get().current0()).isNotEqualTo(before.current0());
        assertThat(first.get().previous0()).isEqualTo(before.current0());
        assertThat(CookieSecrets.own(folder, clock).get()).isEqualTo(first.get());
    }

    @Test
    void aBrokenFileOfSecretsIsReplacedAndASharedOneIsRead() throws IOException {
        Files.writeString(folder.resolve("cookies.key"), "1\nnonsense\n\n");
        assertThat(CookieSecrets.own(folder, clock).get().current0()).isNotZero();

        var shared = Files.writeString(folder.resolve("shared"), "# ours\ne5e973e5a6b2a43f48e7dc849e37bfcf\n");
        var cookies = CookieSecrets.shared(shared, clock);
        assertThat(cookie(ask(cookies.get(), CLIENT, ADDRESS))).isEqualTo(CLIENT + "010000005cf79f111f8130c3eee29480");
        clock.advance(Duration.ofDays(3));
        cookies.replaceIfOld();
        assertThat(cookies.get().current0())
                .isEqualTo(secrets("e5e973e5a6b2a43f48e7dc849e37bfcf").current0());
    }
}
