package io.portolan.dist;

import com.sun.net.httpserver.HttpServer;
import io.portolan.cli.Console;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/**
 * Runs a few harmless commands, so that the JVM can record which classes they need; the launcher makes its start-up cache of
 * them once after a build. Talks to a server of its own that knows nothing.
 */
public final class Training {
    private static final String[][] COMMANDS = {
        {"--help"},
        {"ext", "list"},
        {"status", "Contoso_Orders"},
        {"rollback", "Contoso_Orders", "--yes", "--output", "json"},
        {"rollout", "list", "--output", "yaml"},
        {"no-such-command"}
    };

    private Training() {}

    /** Runs the commands once. */
    public static void main(String[] arguments) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                boolean list = exchange.getRequestURI().getPath().matches("/v1/[a-z]+");
                var body = (list
                                ? "{\"items\":[],\"next\":null}"
                                : "{\"title\":\"unknown\",\"status\":404,\"detail\":\"unknown\",\"code\":\"not-found\"}")
                        .getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(list ? 200 : 404, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
        try {
            var nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
            var url = "http://127.0.0.1:" + server.getAddress().getPort();
            for (var command : COMMANDS) {
                var console = new Console(
                        nowhere,
                        nowhere,
                        new ByteArrayInputStream(new byte[0]),
                        false,
                        Map.of("PORTOLAN_SERVER", url),
                        Path.of("").toAbsolutePath(),
                        InstantSource.system());
                Main.run(console, command);
            }
        } finally {
            server.stop(0);
        }
    }
}
