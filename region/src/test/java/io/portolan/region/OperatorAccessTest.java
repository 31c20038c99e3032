package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may see diagnostics and metrics: DESIGN section 5 says loopback, networks of operators, or a token. */
class OperatorAccessTest {
    private static final InetAddress STRANGER = InetAddress.ofLiteral("203.0.113.9");

    private static OperatorAccess of(String token, String... networks) {
        return new OperatorAccess(
                List.of(networks).stream().map(OperatorAccess.Network::parse).toList(), token);
    }

    @Test
    void thisMachineMayAlways() {
        assertThat(OperatorAccess.LOCAL.allows(InetAddress.ofLiteral("127.0.1.3"), ""))
                .isTrue();
        assertThat(OperatorAccess.LOCAL.allows(InetAddress.ofLiteral("::1"), ""))
                .isTrue();
        assertThat(OperatorAccess.LOCAL.allows(STRANGER, "")).isFalse();
        assertThat(OperatorAccess.LOCAL.allows(STRANGER, "Bearer ")).isFalse();
    }

    @Test
    void theNetworksOfOperatorsMay() {
        var access = of("", "10.20.0.0/15", "2001:db8:7::/48", "198.51.100.7");

        assertThat(access.allows(InetAddress.ofLiteral("10.21.255.1"), "")).isTrue();
        assertThat(access.allows(InetAddress.ofLiteral("10.22.0.1"), "")).isFalse();
        assertThat(access.allows(InetAddress.ofLiteral("2001:db8:7:1::9"), "")).isTrue();
        assertThat(access.allows(InetAddress.ofLiteral("2001:db8:8::9"), "")).isFalse();
        assertThat(access.allows(InetAddress.ofLiteral("198.51.100.7"), "")).isTrue();
        assertThat(access.allows(InetAddress.ofLiteral("198.51.100.8"), "")).isFalse();
        assertThat(of("", "0.0.0.0/0").allows(STRANGER, "")).isTrue();
    }

    @Test
    void whoeverHasTheTokenMay() {
        var access = of("0123456789abcdef");

        assertThat(access.allows(STRANGER, "Bearer 0123456789abcdef")).isTrue();
        assertThat(access.allows(STRANGER, "bearer 0123456789abcdef")).isTrue();
        assertThat(access.allows(STRANGER, "Bearer 0123456789abcdeF")).isFalse();
        assertThat(access.allows(STRANGER, "0123456789abcdef")).isFalse();
        assertThat(access).asString().doesNotContain("0123456789");
    }

    @Test
    void refusesWhatIsNoNetworkAndShortTokens() {
        assertThatThrownBy(() -> of("", "10.0.0.0/33")).hasMessageContaining("10.0.0.0/33");
        assertThatThrownBy(() -> of("", "example.com")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> of("short")).hasMessageContaining("16").hasMessageNotContaining("short");
    }
}
