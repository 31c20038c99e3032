package io.portolan.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.portolan.model.controller.ControllerState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExternalRuntimeTest {
    private final ExternalRuntime runtime = new ExternalRuntime("westus", Secrets.NONE, InstantSource.system());
    private final AtomicReference<String> version = new AtomicReference<>("1.0");
    private final AtomicInteger health = new AtomicInteger(200);
    private HttpServer server = serve();

    private HttpServer serve() {
        try {
            var made = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            made.createContext("/base/healthz", exchange -> {
                exchange.sendResponseHeaders(health.get(), -1);
                exchange.close();
            });
            made.createContext("/base/version", exchange -> {
                var body = ("{\"version\": \"" + version.get() + "\"}").getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            return made;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void begin() {
        server.start();
    }

    @AfterEach
    void end() {
        runtime.close();
        server.stop(0);
    }

    @Test
    void showsAnEndpointWhenItReportsTheVersion() {
        version.set("0.9");
        var orders = ensure(Map.of("westus", base()));
        ControllerRuntimeContract.patient().untilAsserted(() -> assertThat(status(orders))
                .returns(ControllerState.STARTING, ControllerStatus::state)
                .satisfies(status -> assertThat(status.reason()).contains("another version", "1.0")));

        version.set("1.0");

        ControllerRuntimeContract.patient().until(() -> status(orders).state() == ControllerState.READY);
        assertThat(status(orders).ready())
                .singleElement()
                .returns(server.getAddress().getPort(), replica -> replica.address()
                        .getPort())
                .returns(false, Replica::tls)
                .returns("/base", Replica::path);
    }

    @Test
    void takesItOutWhenItIsUnhealthyAndInAgain() {
        var orders = ensure(Map.of("*", base()));
        ControllerRuntimeContract.patient().until(() -> status(orders).state() == ControllerState.READY);

        health.set(500);

        ControllerRuntimeContract.patient().until(() -> status(orders).state() == ControllerState.UNHEALTHY);
        assertThat(status(orders).ready()).isEmpty();
        assertThat(status(orders).reason()).contains("500");
        health.set(204);
        ControllerRuntimeContract.patient().until(() -> status(orders).state() == ControllerState.READY);
    }

    @Test
    void isNotPlacedWhereNoEndpointIsDeclared() {
        var orders = ensure(Map.of("eastus", base()));

        assertThat(status(orders).state()).isEqualTo(ControllerState.NOT_PLACED);
        runtime.stop(orders.id());
        assertThat(runtime.states()).isEmpty();
    }

    private String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/base/";
    }

    private ControllerInstance ensure(Map<String, String> endpoints) {
        var instance = new ControllerInstance(
                Specs.id("1.0", "orders"), Specs.external("orders", endpoints, "/version"), List.of(), Map.of());
        runtime.ensure(instance);
        return instance;
    }

    private ControllerStatus status(ControllerInstance instance) {
        return Objects.requireNonNull(runtime.states().get(instance.id()));
    }
}
