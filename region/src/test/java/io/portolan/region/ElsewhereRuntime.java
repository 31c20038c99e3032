package io.portolan.region;

import com.sun.net.httpserver.HttpServer;
import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerState;
import io.portolan.runtime.ControllerId;
import io.portolan.runtime.ControllerInstance;
import io.portolan.runtime.ControllerRuntime;
import io.portolan.runtime.ControllerStatus;
import io.portolan.runtime.Replica;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** A runtime for containers whose every replica is one HTTP server of this JVM; remembers what it was told. Thread-safe. */
final class ElsewhereRuntime implements ControllerRuntime {
    /** A version that it throws for. */
    static final String BROKEN = "broken";

    private final HttpServer server;
    private final Map<ControllerId, ControllerStatus> states = new ConcurrentSkipListMap<>();
    private final List<String> stopped = new CopyOnWriteArrayList<>();
    private volatile List<String> kept = List.of();
    private volatile Runnable told = () -> {};

    ElsewhereRuntime(String answer) throws IOException {
        var bytes = answer.getBytes(StandardCharsets.UTF_8);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, bytes.length);
            try (var body = exchange.getResponseBody()) {
                body.write(bytes);
            }
        });
        server.start();
    }

    /** Versions that were wanted when it was told last. */
    List<String> kept() {
        return kept;
    }

    List<String> stopped() {
        return stopped;
    }

    @Override
    public boolean takes(ControllerKind kind) {
        return kind == ControllerKind.CONTAINER;
    }

    @Override
    public void ensure(ControllerInstance wanted) {
        if (wanted.id().version().value().equals(BROKEN)) {
            throw new IllegalStateException("a fault of ours");
        }
        var replica = new Replica(wanted.id().version() + "/1", server.getAddress(), false, Instant.now());
        states.put(
                wanted.id(),
                new ControllerStatus(
                        wanted.id(),
                        wanted.spec(),
                        ControllerState.READY,
                        1,
                        List.of(replica),
                        0,
                        "",
                        replica.readySince()));
        told.run();
    }

    @Override
    public void stop(ControllerId id) {
        states.remove(id);
        stopped.add(id.version().value());
        told.run();
    }

    @Override
    public void keepOnly(Set<ControllerId> wanted) {
        kept = wanted.stream().map(id -> id.version().value()).sorted().toList();
    }

    @Override
    public Map<ControllerId, ControllerStatus> states() {
        return Map.copyOf(states);
    }

    @Override
    public void whenChanged(Runnable whom) {
        told = whom;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
