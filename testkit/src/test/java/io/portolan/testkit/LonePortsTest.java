package io.portolan.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class LonePortsTest {
    private static final InetAddress NODE = InetAddress.ofLiteral("127.0.1.3");

    @Test
    void givesNoPortTwiceEvenWhereNobodyHasBoundIt() throws Exception {
        var ports = new HashSet<Integer>();
        for (int i = 0; i < 3 * FreePorts.BLOCK; i++) {
            ports.add(LonePorts.next());
        }

        assertThat(ports).hasSize(3 * FreePorts.BLOCK);
    }

    @Test
    void givesWhatTheSystemGivesToNobodyByItself() throws Exception {
        int port = LonePorts.next(NODE);

        assertThat(port).isBetween(10_000, 32_000);
        new ServerSocket(port, 1, NODE).close();
    }

    @Test
    void leavesOutWhatSomebodyListensOn() throws Exception {
        int before = LonePorts.next(NODE);
        try (var taken = new ServerSocket(before + 1, 1, NODE)) {
            assertThat(LonePorts.next(NODE)).isNotEqualTo(taken.getLocalPort());
        }
    }

    @Test
    void refusesAnAddressOfAnotherMachine() {
        assertThatThrownBy(() -> LonePorts.next(InetAddress.ofLiteral("192.0.2.1")))
                .isInstanceOf(IOException.class);
    }
}
