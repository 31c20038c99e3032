package io.portolan.dist;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.portolan.loader.BrowserScripts;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A portal for development: one page that opens extensions by the module {@code shell.js}, as a real portal would, and shows where they
 * came from. Thread-safe.
 *
 * <p>What it knows of the world it reads for its page from the control plane and the nodes, which answer no script of another origin; with
 * the control plane away it goes on with what it knew.
 */
final class DemoPortal implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final String JSON = "application/json";
    private static final String SCRIPT = "text/javascript; charset=utf-8";

    private final URI control;
    private final String portalHost;
    private final HttpServer server;
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    private final Map<String, JsonNode> known = new ConcurrentHashMap<>();

    private DemoPortal(URI control, String portalHost, HttpServer server) {
        this.control = control;
        this.portalHost = portalHost;
        this.server = server;
        serve("/", "text/html; charset=utf-8", exchange -> resource("portal.html"));
        serve("/portal.js", SCRIPT, exchange -> resource("portal.js"));
        serve("/shell.js", SCRIPT, exchange -> BrowserScripts.shell().getBytes(StandardCharsets.UTF_8));
        serve("/telemetry.js", SCRIPT, exchange -> BrowserScripts.telemetry().getBytes(StandardCharsets.UTF_8));
        serve("/world.json", JSON, exchange -> world());
        serve("/telemetry.json", JSON, exchange -> telemetry());
        server.setExecutor(workers);
        server.start();
    }

    /**
     * Starts it.
     *
     * @param control base URL of the control plane
     * @param portalHost that extensions are configured for
     */
    static DemoPortal start(Listen listen, String control, String portalHost) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(listen.host()), listen.port()), 0);
        return new DemoPortal(URI.create(control), portalHost, server);
    }

    /** Bytes for a request. */
    @FunctionalInterface
    private interface Answer {
        byte[] of(HttpExchange exchange) throws IOException, InterruptedException;
    }

    private void serve(String path, String type, Answer answer) {
        server.createContext(path, exchange -> {
            try (exchange) {
                boolean here = exchange.getRequestURI().getPath().equals(path);
                var body = here ? answer.of(exchange) : "not found\n".getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", here ? type : "text/plain");
                exchange.getResponseHeaders().set("Cache-Control", "no-store");
                exchange.sendResponseHeaders(here ? 200 : 404, body.length);
                exchange.getResponseBody().write(body);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static byte[] resource(String name) throws IOException {
        try (var in = DemoPortal.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("reading " + name + ": not among the resources");
            }
            return in.readAllBytes();
        }
    }

    /** Extensions, regions and nodes, as the control plane lists them. */
    private byte[] world() throws InterruptedException {
        var world = Json.mapper().createObjectNode();
        world.put("portalHost", portalHost);
        world.set("extensions", items("/v1/extensions"));
        world.set("regions", items("/v1/regions"));
        world.set("nodes", items("/v1/nodes"));
        return Json.bytes(world);
    }

    /** What browsers told each node, and what it serves, by the node's id; an error where it does not answer. */
    private byte[] telemetry() throws InterruptedException {
        var all = Json.mapper().createObjectNode();
        for (var node : items("/v1/nodes")) {
            var url = node.path("url").asString("");
            if (node.path("kind").asString("").equals("director") || url.isEmpty()) {
                continue;
            }
            var told = all.putObject(node.path("id").asString());
            told.put("url", url);
            told.put("region", node.path("region").asString(""));
            try {
                var diagnostics = get(URI.create(url + "/api/diagnostics"));
                told.set("telemetry", diagnostics.path("telemetry"));
                told.set("extensions", serving(diagnostics.path("extensions")));
            } catch (IOException e) {
                told.put("error", "does not answer");
            }
        }
        return Json.bytes(all);
    }

    private static ObjectNode serving(JsonNode extensions) {
        var serving = Json.mapper().createObjectNode();
        extensions.propertyStream().forEach(entry -> {
            var one = serving.putObject(entry.getKey());
            one.put("serving", entry.getValue().path("serving").asString(""));
            one.set("stages", entry.getValue().path("stages"));
            one.set("names", entry.getValue().path("names"));
        });
        return serving;
    }

    private JsonNode items(String path) throws InterruptedException {
        try {
            known.put(path, get(control.resolve(path)).path("items"));
        } catch (IOException e) {
            known.computeIfAbsent(path, first -> Json.mapper().createArrayNode());
        }
        return java.util.Objects.requireNonNull(known.get(path));
    }

    private JsonNode get(URI uri) throws IOException, InterruptedException {
        var answer = http.send(
                HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) {
            throw new IOException(uri + ": status " + answer.statusCode());
        }
        return Json.mapper().readTree(answer.body());
    }

    /** Ends it. */
    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
        http.close();
    }

    /** Base URL that browsers open: a site other than those of the nodes. */
    URI uri() {
        return URI.create("http://localhost:" + server.getAddress().getPort() + "/");
    }
}
