package io.portolan.region.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which other nodes a call is tried at. */
class RegionsTest {
    private final Backend near = node(1);
    private final Backend far = node(2);
    private final Gateway gateway = new Gateway(GatewaySettings.DEFAULTS, Runnable::run);

    private static Backend node(int port) {
        return Backend.plain("node-" + port, new InetSocketAddress("127.0.0.1", port));
    }

    private List<Backend> asked(long now, Backend... others) {
        return gateway.regions(List.of(others), now).stream()
                .map(endpoint -> endpoint.backend)
                .toList();
    }

    @Test
    void letsANodeRestThatWasNotThere() {
        gateway.letRest(gateway.regions(List.of(near, far), 0).getFirst(), 0);

        assertThat(asked(1, near, far)).containsExactly(far);
        assertThat(asked(Duration.ofSeconds(5).toNanos(), near, far)).containsExactly(near, far);
    }

    /** Calls of an extension that residency fences in may go to fewer nodes than those of others. */
    @Test
    void remembersNodesThatCallsOfAnotherExtensionMayNotGoTo() {
        var known = gateway.regions(List.of(near, far), 0);
        gateway.letRest(known.getFirst(), 0);

        assertThat(asked(1, far)).containsExactly(far);

        assertThat(asked(2, near, far)).containsExactly(far);
        assertThat(gateway.regions(List.of(near, far), Duration.ofSeconds(5).toNanos()))
                .as("with their connections, which are kept by what they are")
                .containsExactlyElementsOf(known);
    }
}
