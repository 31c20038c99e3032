package io.portolan.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class ReplicaPortsTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    /** So many that the system by itself gives some of them twice. */
    private static final int MANY = 2_000;

    @Test
    void noTwoReplicasAreToldTheSamePort() throws Exception {
        var ports = new HashSet<Integer>();
        try {
            for (int i = 0; i < MANY; i++) {
                ports.add(ReplicaPorts.take(LOOPBACK));
            }
            assertThat(ports).hasSize(MANY);
        } finally {
            ports.forEach(ReplicaPorts::giveBack);
        }
    }

    @Test
    void aPortThatWasTakenCanBeListenedAt() throws Exception {
        int port = ReplicaPorts.take(LOOPBACK);
        try (var listener = new ServerSocket(port, 1, LOOPBACK)) {
            assertThat(listener.getLocalPort()).isEqualTo(port);
        } finally {
            ReplicaPorts.giveBack(port);
        }
    }
}
