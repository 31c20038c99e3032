package io.portolan.it;

import com.sun.net.httpserver.HttpServer;
import io.portolan.loader.BrowserScripts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * A portal of another site than its extensions: one page that opens an address in a frame and keeps what it is told. The shell's
 * modules are at {@code /shell.js} and {@code /telemetry.js}.
 */
final class FramingPortal implements AutoCloseable {
    /** Who may frame the pages of a world under test. */
    static final String ORIGINS = "http://localhost:*";

    private static final byte[] PAGE = """
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><title>Portal</title><link rel="icon" href="data:,"></head>
            <body>
              <script>
                window.told = [];
                addEventListener('message', (event) => told.push(event.data));
                const query = new URLSearchParams(location.search);
                const frame = document.createElement('iframe');
                if (query.get('sandbox')) frame.setAttribute('sandbox', query.get('sandbox'));
                if (query.get('url')) {
                  frame.src = query.get('url');
                  document.body.append(frame);
                }
              </script>
            </body>
            </html>
            """.getBytes(StandardCharsets.UTF_8);

    private final HttpServer server;

    private FramingPortal(HttpServer server) {
        this.server = server;
    }

    static FramingPortal start() throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(200, PAGE.length);
            exchange.getResponseBody().write(PAGE);
            exchange.close();
        });
        serve(server, "/shell.js", BrowserScripts.shell());
        serve(server, "/telemetry.js", BrowserScripts.telemetry());
        server.start();
        return new FramingPortal(server);
    }

    private static void serve(HttpServer server, String path, String script) {
        var bytes = script.getBytes(StandardCharsets.UTF_8);
        server.createContext(path, exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/javascript");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    URI origin() {
        return URI.create("http://localhost:" + server.getAddress().getPort());
    }

    /** Path of the page with an address in its frame; {@code sandbox} as the attribute has it, empty text for none. */
    static String path(URI framed, String sandbox) {
        return "/?url=" + URLEncoder.encode(framed.toString(), StandardCharsets.UTF_8) + "&sandbox="
                + URLEncoder.encode(sandbox, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
