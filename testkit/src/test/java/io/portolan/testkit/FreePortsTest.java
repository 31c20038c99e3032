package io.portolan.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class FreePortsTest {
    @Test
    void givesPortsThatCanBeBound() throws Exception {
        try (var ports = FreePorts.take(6)) {
            assertThat(ports.base() % 100).isZero();
            assertThat(ports.nodeAddresses())
                    .extracting(InetAddress::getHostAddress)
                    .containsExactly("127.0.1.1", "127.0.1.2", "127.0.1.3", "127.0.1.4", "127.0.1.5", "127.0.1.6");
            for (var node : ports.nodeAddresses()) {
                new ServerSocket(ports.port(80), 1, node).close();
            }
            new ServerSocket(ports.port(98), 1, InetAddress.getLoopbackAddress()).close();
        }
    }

    @Test
    void givesNoBlockTwice() throws Exception {
        var bases = new HashSet<Integer>();
        try (var one = FreePorts.take(0);
                var two = FreePorts.take(0);
                var three = FreePorts.take(0)) {
            bases.add(one.base());
            bases.add(two.base());
            bases.add(three.base());
        }

        assertThat(bases).hasSize(3);
    }

    @Test
    void keepsItsMarkUntilClosed() throws Exception {
        var ports = FreePorts.take(0);
        int mark = ports.base() + FreePorts.BLOCK - 1;

        assertThatThrownBy(() -> new ServerSocket(mark, 1, InetAddress.getLoopbackAddress()).close())
                .isInstanceOf(BindException.class);
        ports.close();
        new ServerSocket(mark, 1, InetAddress.getLoopbackAddress()).close();
    }

    @Test
    void refusesAnOffsetOutsideOfTheBlock() throws Exception {
        try (var ports = FreePorts.take(0)) {
            assertThatThrownBy(() -> ports.port(99)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> ports.port(-1)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
