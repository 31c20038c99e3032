package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A page whose backend is a resource API of another origin, set up by the lists that the control plane makes for it, called by a real
 * browser: which calls are allowed, and how often the browser asks whether they are.
 */
class ResourceApiTest {
    private static final String NAME = "Contoso_Items";
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @RegisterExtension
    private static final SharedRegions SHARED = new SharedRegions();

    @TempDir
    Path folder;

    /** An API that allows what the lists say, and below {@code /unkept} lets nobody remember it. */
    private static final class Api implements AutoCloseable {
        private final HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        private final Map<String, Integer> counts = new ConcurrentHashMap<>();
        private volatile Set<String> origins = Set.of();
        private volatile String maxAge = "0";

        Api() throws IOException {
            server.createContext("/", this::answer);
            server.start();
        }

        String uri() {
            return "http://127.0.0.1:" + server.getAddress().getPort();
        }

        void obey(JsonNode lists) {
            origins = lists.path("allowedOrigins")
                    .valueStream()
                    .map(JsonNode::asString)
                    .collect(Collectors.toSet());
            maxAge = lists.path("maxAgeSeconds").asString();
        }

        int asked(String method, String path) {
            return counts.getOrDefault(method + " " + path, 0);
        }

        private void answer(HttpExchange exchange) throws IOException {
            var path = exchange.getRequestURI().getPath();
            var method = exchange.getRequestMethod();
            counts.merge(method + " " + path, 1, Integer::sum);
            var origin = String.valueOf(exchange.getRequestHeaders().getFirst("Origin"));
            var headers = exchange.getResponseHeaders();
            headers.set("Vary", "Origin");
            if (origins.contains(origin)) {
                headers.set("Access-Control-Allow-Origin", origin);
                headers.set("Access-Control-Allow-Methods", "GET, PUT");
                headers.set("Access-Control-Allow-Headers", "authorization");
                headers.set("Access-Control-Max-Age", path.startsWith("/unkept") ? "0" : maxAge);
            }
            if (method.equals("OPTIONS")) {
                exchange.sendResponseHeaders(origins.contains(origin) ? 204 : 403, -1);
            } else {
                var body = "ok".getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    @Test
    void row_8_12_aBrowserAsksOnceWhetherItMayAndOtherOriginsMayNot() throws Exception {
        try (var api = new Api();
                var world = new InProcessWorld(folder.resolve("world"), api.uri())) {
            world.rest().register(NAME, "items");
            var lists = world.rest()
                    .get("/v1/extensions/" + NAME + "/environments/prod/resource-api")
                    .body();
            api.obey(lists);
            var source = Sources.page(folder.resolve("source"), "1.0");
            var page = Files.readString(source.resolve("index.html"));
            Files.writeString(
                    source.resolve("index.html"),
                    page.replace(
                            "<head>",
                            "<head><meta http-equiv=Content-Security-Policy content=\""
                                    + lists.path("policy").asString() + "\">"));
            world.deploy(NAME, "1.0", source);
            var node = world.nodeUri("westeurope");
            await().atMost(LIMIT)
                    .until(() -> new String(Pages.get(node.resolve("/items")).body(), StandardCharsets.UTF_8)
                            .contains(api.uri()));

            try (var visit = SHARED.chromium().visit(node)) {
                visit.open("/items");
                for (int i = 0; i < 5; i++) {
                    assertThat(put(visit, "/items/1")).isEqualTo("200");
                }
                visit.reload();
                assertThat(put(visit, "/items/1")).isEqualTo("200");

                assertThat(api.asked("PUT", "/items/1")).isEqualTo(6);
                assertThat(api.asked("OPTIONS", "/items/1"))
                        .as("asked once, over a reload too")
                        .isEqualTo(1);
                for (int i = 0; i < 3; i++) {
                    assertThat(put(visit, "/unkept/1")).isEqualTo("200");
                }
                assertThat(api.asked("OPTIONS", "/unkept/1"))
                        .as("without the list's Access-Control-Max-Age, each time")
                        .isEqualTo(3);
            }
            aForeignOriginIsRefused(api);
        }
    }

    private static void aForeignOriginIsRefused(Api api) throws IOException {
        var foreign = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        foreign.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        foreign.start();
        var origin = URI.create("http://127.0.0.1:" + foreign.getAddress().getPort());
        try (var visit = SHARED.chromium().visit(origin)) {
            visit.open("/");
            assertThat(put(visit, api.uri(), "/foreign/1")).contains("TypeError");
            assertThat(api.asked("OPTIONS", "/foreign/1")).isEqualTo(1);
            assertThat(api.asked("PUT", "/foreign/1")).isZero();
        } finally {
            foreign.stop(0);
        }
    }

    /** A call as a page makes it, at the API that it was told. */
    private static String put(Visit visit, String path) {
        return put(
                visit, visit.value("window.portolan.config.resourceApiEndpoint").asString(), path);
    }

    private static String put(Visit visit, String api, String path) {
        return visit.settled("fetch('" + api + path + "', { method: 'PUT', headers: { authorization: 'Bearer x' } })"
                        + ".then((answer) => String(answer.status), (e) => String(e))")
                .asString();
    }
}
