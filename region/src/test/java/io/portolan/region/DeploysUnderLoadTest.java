package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row 5.2 of the reference's contract: one deployment after the other under constant load. */
class DeploysUnderLoadTest {
    private static final int VERSIONS = 100;
    private static final int CLIENTS = 2;
    /** Versions that stay answered for pages that are open. */
    private static final int RETAINED = 20;

    @Test
    void row_5_2_aHundredVersionsWithoutAFailedOrMixedAnswer(@TempDir Path folder) throws Exception {
        try (var world = new NodeWorld(folder)) {
            deploy(world, 1);
            world.awaitVersion("orders", "1.0");
            var done = new AtomicBoolean();
            try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
                var seen = IntStream.range(0, CLIENTS)
                        .<Callable<Set<String>>>mapToObj(i -> () -> client(world, done))
                        .map(clients::submit)
                        .toList();
                try {
                    for (int version = 2; version <= VERSIONS; version++) {
                        deploy(world, version);
                        world.awaitVersion("orders", version + ".0");
                    }
                } finally {
                    // Also when deploying failed: closing the executor waits for the clients.
                    done.set(true);
                }

                var all = new HashSet<String>();
                for (var client : seen) {
                    all.addAll(client.get());
                }
                // Most of them were really shown, or the test shows nothing.
                assertThat(all).hasSizeGreaterThan(VERSIONS / 2);
            }
        }
    }

    private static void deploy(NodeWorld world, int version) {
        var orders = new Extension("Contoso_Orders", "orders");
        for (int old = Math.max(1, version - RETAINED); old < version; old++) {
            orders.retains(world.server, Release.simple("Contoso_Orders", old + ".0"));
        }
        world.publish(orders.holds(world.server, Release.simple("Contoso_Orders", version + ".0"))
                .gives(version + ".0"));
    }

    private static Set<String> client(NodeWorld world, AtomicBoolean done) throws IOException {
        var seen = new HashSet<String>();
        while (!done.get()) {
            visit(world, done, seen);
        }
        return seen;
    }

    /** Visits on one connection, until the node asks to close it (as it does after so many requests) or the test is over. */
    private static void visit(NodeWorld world, AtomicBoolean done, Set<String> seen) throws IOException {
        try (var wire = new Wire(world.uri())) {
            boolean open = true;
            while (open && !done.get()) {
                var page = wire.ask("GET", "/orders");
                var version = page.header("X-Portolan-Version");
                assertThat(page.status()).isEqualTo(200);
                assertThat(page.text())
                        .contains("<title>" + version + "</title>")
                        .contains("<base href=\"/orders/Content/" + version + "/\">");
                seen.add(version);
                open = !closes(page);
                if (open) {
                    var script = wire.ask("GET", "/orders/Content/" + version + "/app.js");
                    assertThat(script.status()).isEqualTo(200);
                    assertThat(script.text()).contains("'" + version + "'");
                    open = !closes(script);
                }
            }
        }
    }

    private static boolean closes(Wire.Answer answer) {
        return answer.header("Connection").equalsIgnoreCase("close");
    }
}
