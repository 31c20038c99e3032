package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IpBitsTest {
    @Test
    void readsAndWritesWhatThePlatformDoes() throws UnknownHostException {
        var random = new Random(3);
        for (int i = 0; i < 3_000; i++) {
            var bytes = new byte[random.nextBoolean() ? 4 : 16];
            random.nextBytes(bytes);
            for (int j = 0; j < bytes.length; j++) {
                bytes[j] = random.nextInt(3) == 0 ? 0 : bytes[j];
            }
            var address = InetAddress.getByAddress(bytes);

            assertThat(IpBits.parse(address.getHostAddress())).isEqualTo(IpBits.of(bytes));
            assertThat(InetAddress.ofLiteral(IpBits.of(bytes).toString())).isEqualTo(address);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2001:db8:0:0:0:0:0:1, 2001:db8::1",
        "2001:0DB8::, 2001:db8::",
        "::, ::",
        "::1, ::1",
        "1:0:0:2:0:0:0:3, 1:0:0:2::3",
        "1:0:2:3:4:5:6:7, 1:0:2:3:4:5:6:7",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
    })
    void writesTheCanonicalForm(String text, String canonical) {
        assertThat(IpBits.parse(text)).hasToString(canonical);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "01.2.3.4",
                "1.2.3.-4",
                "a.b.c.d",
                "1.2.3.٤",
                ":",
                ":::",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "12345::",
                "g::",
                "::1%eth0",
                "::1.2.3",
                "1.2.3.4::",
                "1:2:3:4:5:6:7:1.2.3.4",
                "localhost"
            })
    void refusesWhatIsNoLiteral(String text) {
        assertThatThrownBy(() -> IpBits.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("address: " + text);
    }

    @Test
    void blocksHoldTheirEnds() {
        var block = IpBlock.parse("2001:db8::/33");

        assertThat(block.last()).hasToString("2001:db8:7fff:ffff:ffff:ffff:ffff:ffff");
        assertThat(IpBlock.parse("0.0.0.0/0").last()).isEqualTo(IpBits.highest(32));
        assertThat(IpBlock.parse("192.0.2.1").length()).isEqualTo(32);
        assertThat(IpBlock.around(IpBits.parse("192.0.2.200"), 25)).hasToString("192.0.2.128/25");
        assertThatThrownBy(() -> IpBlock.parse("192.0.2.1/24")).hasMessageContaining("no bits set");
        assertThatThrownBy(() -> IpBlock.parse("192.0.2.0/+4")).hasMessageContaining("expected");
        assertThat(IpBits.parse("::").next()).hasToString("::1");
        assertThat(IpBits.parse("0:0:0:1::").previous()).hasToString("::ffff:ffff:ffff:ffff");
    }

    @Test
    void anIpv4MappedAddressIsItsIpv4Address() {
        var mapped = new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 81, 2, 69, 1};

        assertThat(IpBits.of(mapped)).isEqualTo(IpBits.parse("81.2.69.1"));
    }
}
