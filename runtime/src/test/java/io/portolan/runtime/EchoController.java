package io.portolan.runtime;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** A controller in Java, run as a process of its own by the tests: the twin of {@code echo.mjs}. */
public final class EchoController {
    private static volatile boolean healthy = true;
    private static volatile boolean stalls = "stalls".equals(System.getenv("HEALTH"));

    private EchoController() {}

    /** Starts it where {@code HOST} and {@code PORT} say. */
    public static void main(String[] arguments) throws IOException {
        System.out.println("said at the start: " + System.getenv("SAY"));
        if ("start".equals(System.getenv("FAIL"))) {
            System.exit(7);
        }
        var server = HttpServer.create(
                new InetSocketAddress(System.getenv("HOST"), Integer.parseInt(System.getenv("PORT"))), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/healthz", exchange -> {
            if (stalls) {
                System.out.println("begins an answer that has no end");
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().flush();
            } else {
                answer(exchange, healthy ? 200 : 503, "health");
            }
        });
        server.createContext("/env/", exchange -> answer(exchange, 200, String.valueOf(System.getenv(last(exchange)))));
        server.createContext(
                "/pid",
                exchange -> answer(exchange, 200, "" + ProcessHandle.current().pid()));
        server.createContext("/unhealthy", exchange -> {
            healthy = false;
            answer(exchange, 200, "unhealthy");
        });
        server.createContext("/stall", exchange -> {
            stalls = true;
            answer(exchange, 200, "stalls");
        });
        server.createContext("/exit", exchange -> Runtime.getRuntime().halt(3));
        server.start();
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
}
