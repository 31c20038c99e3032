import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** A controller in Java, in one file and without a build: GET /price/ITEM, or POST /price with the item as the body. */
public final class Quotes {
    public static void main(String[] arguments) throws IOException {
        var address = new InetSocketAddress(System.getenv("HOST"), Integer.parseInt(System.getenv("PORT")));
        var server = HttpServer.create(address, 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/healthz", exchange -> answer(exchange, "ok"));
        server.createContext("/price", Quotes::price);
        server.start();
    }

    private static void price(HttpExchange exchange) throws IOException {
        var path = exchange.getRequestURI().getPath();
        var item = exchange.getRequestMethod().equals("POST")
                ? new String(exchange.getRequestBody().readNBytes(100), StandardCharsets.UTF_8)
                : path.substring(path.lastIndexOf('/') + 1);
        answer(
                exchange,
                "{\"item\":\"%s\",\"price\":%d,\"currency\":\"%s\",\"version\":\"%s\",\"region\":\"%s\"}"
                        .formatted(
                                item.replaceAll("[^A-Za-z ]", ""),
                                10 + Math.floorMod(item.hashCode(), 90),
                                System.getenv("CURRENCY"),
                                System.getenv("PORTOLAN_VERSION"),
                                System.getenv("PORTOLAN_REGION")));
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, bytes.length);
        try (var body = exchange.getResponseBody()) {
            body.write(bytes);
        }
    }
}
