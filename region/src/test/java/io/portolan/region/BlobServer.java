package io.portolan.region;

import com.sun.net.httpserver.HttpServer;
import io.portolan.model.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** A source of blobs that says of any blob what it is told to, and remembers what was asked. Thread-safe. */
final class BlobServer implements AutoCloseable {
    private final HttpServer http;
    private final List<String> ranges = new CopyOnWriteArrayList<>();
    private volatile int cutAfter = Integer.MAX_VALUE;

    BlobServer(Function<Digest, byte[]> content) throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        http.createContext("/", exchange -> {
            try (exchange) {
                var path = exchange.getRequestURI().getPath();
                var range = String.valueOf(exchange.getRequestHeaders().getFirst("Range"));
                ranges.add(range);
                var whole = content.apply(new Digest(path.substring(path.lastIndexOf('/') + 1)));
                boolean ranged = range.startsWith("bytes=");
                int from = ranged ? Integer.parseInt(range.replaceAll("[^0-9]", "")) : 0;
                var bytes = Arrays.copyOfRange(whole, Math.min(from, whole.length), whole.length);
                if (ranged) {
                    exchange.getResponseHeaders()
                            .set("Content-Range", "bytes " + from + "-" + (whole.length - 1) + "/" + whole.length);
                }
                exchange.sendResponseHeaders(ranged ? 206 : 200, bytes.length);
                exchange.getResponseBody().write(bytes, 0, Math.min(bytes.length, cutAfter));
                exchange.getResponseBody().flush();
            } catch (IOException closedEarly) {
                // That is what a cut is.
            }
        });
        http.start();
    }

    /** From now on breaks off each body after so many bytes. */
    BlobServer cutAfter(int bytes) {
        cutAfter = bytes;
        return this;
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
    }

    /** The {@code Range} of each request, {@code null} as text for none. */
    List<String> ranges() {
        return List.copyOf(ranges);
    }

    @Override
    public void close() {
        http.stop(0);
    }
}
