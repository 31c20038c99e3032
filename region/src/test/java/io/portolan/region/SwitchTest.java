package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients see while versions are switched below them. */
class SwitchTest {
    private static final int CLIENTS = 50;
    private static final int SWAPS = 20;
    private static final Pattern TITLE = Pattern.compile("<title>(.*?)</title>");

    @Test
    void nobodySeesAFailedOrMixedAnswerDuringSwaps(@TempDir Path folder) throws Exception {
        try (var world = new NodeWorld(folder)) {
            var one = Release.simple("Contoso_Orders", "1.0");
            var two = Release.simple("Contoso_Orders", "2.0");
            world.publish(orders(world, one, two, "1.0"));
            world.awaitVersion("orders", "1.0");
            world.awaitStatus(status -> status.lackingCount() == 0);
            var done = new AtomicBoolean();
            try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
                var seen = IntStream.range(0, CLIENTS)
                        .<Callable<Seen>>mapToObj(i -> () -> client(world, done))
                        .map(clients::submit)
                        .toList();

                try {
                    for (int i = 1; i <= SWAPS; i++) {
                        world.publish(orders(world, one, two, i % 2 == 0 ? "1.0" : "2.0"));
                    }
                } finally {
                    // Also when publishing failed: closing the executor waits for the clients.
                    done.set(true);
                }

                assertNothingWrong(seen);
            }
        }
    }

    /** What a client saw: loads of each version. */
    private record Seen(int ones, int twos) {}

    private static Extension orders(NodeWorld world, Release one, Release two, String given) {
        return new Extension("Contoso_Orders", "orders")
                .holds(world.server, one)
                .holds(world.server, two)
                .gives(given);
    }

    private static void assertNothingWrong(List<Future<Seen>> clients) throws Exception {
        int ones = 0;
        int twos = 0;
        for (var client : clients) {
            var seen = client.get();
            ones += seen.ones();
            twos += seen.twos();
        }
        // Both were really shown, or the test shows nothing.
        assertThat(ones).isPositive();
        assertThat(twos).isPositive();
    }

    private static Seen client(NodeWorld world, AtomicBoolean done) throws IOException {
        int ones = 0;
        int twos = 0;
        try (var wire = new Wire(world.uri())) {
            while (!done.get()) {
                var page = wire.ask("GET", "/orders");
                assertThat(page.status()).isEqualTo(200);
                var version = page.header("X-Portolan-Version");
                var title = TITLE.matcher(page.text());
                assertThat(title.find() ? title.group(1) : "none").isEqualTo(version);
                assertThat(page.text()).contains("<base href=\"/orders/Content/" + version + "/\">");
                var script = wire.ask("GET", "/orders/Content/" + version + "/app.js");
                assertThat(script.status()).isEqualTo(200);
                assertThat(script.text()).contains("'" + version + "'");
                var picture = wire.ask("GET", "/orders/Content/" + version + "/img/logo%20%C3%A9.svg");
                assertThat(picture.status()).isEqualTo(200);
                assertThat(picture.text()).contains(" " + version + " ");
                if (version.equals("1.0")) {
                    ones++;
                } else {
                    twos++;
                }
            }
        }
        return new Seen(ones, twos);
    }
}
