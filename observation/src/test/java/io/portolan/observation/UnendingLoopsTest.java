package io.portolan.observation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.portolan.model.document.Monitor;
import io.portolan.planner.routing.EndpointHealth;
import io.portolan.planner.routing.ProbeState;
import io.portolan.protocol.Json;
import io.portolan.protocol.ObservationTable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A fault of whoever is told of something costs that one time: what is looked at no more would stay for ever as it was seen last. */
final class UnendingLoopsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration SOON = Duration.ofMillis(20);
    private static final ObservationTable TABLE = new ObservationTable(
            ObservationTable.SCHEMA, "node-1", "region", "westus", false, 1, 0, 0, Map.of("eastus", "ONLINE"));

    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger told = new AtomicInteger();
    private volatile byte[] answer = Json.bytes(TABLE);
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try (exchange) {
                asked.incrementAndGet();
                var bytes = answer;
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Fails at its first call. */
    private void tell() {
        if (told.incrementAndGet() == 1) {
            throw new IllegalStateException("a fault of the listener's, as this test wants it");
        }
    }

    @Test
    void aTargetIsProbedAlsoAfterAFaultOfTheListener() {
        var listener = new Prober.Listener() {
            @Override
            public void probed(String target, ProbeState.Result result) {
                tell();
            }

            @Override
            public void changed() {}
        };
        var monitor = new Monitor(
                Monitor.Protocol.HTTP,
                0,
                "/",
                "",
                Duration.ofSeconds(1),
                Duration.ofMillis(900),
                0,
                1,
                List.of(new Monitor.Statuses(200, 200)),
                List.of());
        try (var prober = new Prober(InstantSource.system(), Map.of(), listener)) {
            prober.watch(Map.of("one", new ProbeTarget("one", List.of(address()), monitor, "")));

            await().atMost(LIMIT).until(() -> told.get() >= 2);
            assertThat(prober.seen()).containsEntry("one", EndpointHealth.ONLINE);
            server.stop(0);
            await().atMost(LIMIT).until(() -> prober.seen().get("one") != EndpointHealth.ONLINE);
        }
    }

    @Test
    void aNeighbourIsReadAlsoAfterAFaultOfTheListener() {
        try (var neighbours = new Neighbours(SOON, InstantSource.system(), this::tell)) {
            neighbours.read(Set.of(address()));

            await().atMost(LIMIT).until(() -> told.get() >= 3);
            assertThat(neighbours.reports()).singleElement().satisfies(report -> assertThat(report.place())
                    .isEqualTo("westus"));
        }
    }

    /** Who judges would meet it again and again. */
    @Test
    void aTableWithoutANameOrPlaceIsNotTaken() {
        for (var field : List.of("observer", "kind", "place")) {
            var table = (tools.jackson.databind.node.ObjectNode) Json.mapper().readTree(Json.bytes(TABLE));
            table.remove(field);
            answer = Json.bytes(table);
            int before = asked.get();
            try (var neighbours = new Neighbours(SOON, InstantSource.system(), this::tell)) {
                neighbours.read(Set.of(address()));

                await().atMost(LIMIT).until(() -> asked.get() >= before + 3);
                assertThat(neighbours.reports()).as("without %s", field).isEmpty();
            }
        }
        assertThat(told).hasValue(0);
    }
}
