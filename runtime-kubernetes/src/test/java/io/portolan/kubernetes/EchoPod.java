package io.portolan.kubernetes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What runs in a pod of {@link SimulatedCluster}: the echo controller of the contract as a server of this JVM, at an address of its own
 * of the loopback network, as each pod has one. Thread-safe.
 */
final class EchoPod implements AutoCloseable {
    private static final AtomicLong STARTED = new AtomicLong();

    private final Map<String, String> environment;
    private final long number = STARTED.incrementAndGet();
    private volatile boolean healthy = true;
    private volatile int exitCode = -1;
    private final Optional<HttpServer> server;

    private EchoPod(Map<String, String> environment, int port) {
        this.environment = Map.copyOf(environment);
        if ("start".equals(environment.get("FAIL"))) {
            exitCode = 7;
            server = Optional.empty();
            return;
        }
        server = Optional.of(listen(port));
        server.get().start();
    }

    /** Starts it with these variables. */
    static EchoPod start(Map<String, String> environment, int port) {
        return new EchoPod(environment, port);
    }

    private HttpServer listen(int port) {
        while (true) {
            var random = ThreadLocalRandom.current();
            var host = "127.77." + random.nextInt(1, 255) + "." + random.nextInt(1, 255);
            try {
                var made = HttpServer.create(new InetSocketAddress(host, port), 0);
                made.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
                made.createContext("/healthz", exchange -> answer(exchange, healthy ? 200 : 503, "health"));
                made.createContext("/env/", exchange -> answer(exchange, 200, environment.get(last(exchange)) + ""));
                made.createContext("/pid", exchange -> answer(exchange, 200, "" + number));
                made.createContext("/unhealthy", exchange -> {
                    healthy = false;
                    answer(exchange, 200, "unhealthy");
                });
                made.createContext("/exit", exchange -> {
                    exitCode = 3;
                    exchange.close();
                });
                return made;
            } catch (BindException taken) {
                // Another pod has the address.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    boolean isHealthy() {
        return healthy && exitCode < 0;
    }

    /** The code with which it ended, -1 while it runs. */
    int exitCode() {
        return exitCode;
    }

    String address() {
        return server.map(running -> running.getAddress().getHostString()).orElse("");
    }

    private static String last(HttpExchange exchange) {
        var path = exchange.getRequestURI().getPath();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        try (var body = exchange.getResponseBody()) {
            body.write(bytes);
        }
    }

    @Override
    public void close() {
        server.ifPresent(running -> running.stop(0));
    }
}
