package io.portolan.sync;

import com.sun.net.httpserver.HttpServer;
import io.portolan.model.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** The routes for peers over what a replica holds, with a fault in it if wanted. */
final class PeerServer implements AutoCloseable {
    private final HttpServer http;
    private final List<String> requests = new CopyOnWriteArrayList<>();

    PeerServer(RevisionReplica replica, UnaryOperator<byte[]> envelope, UnaryOperator<byte[]> object)
            throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        http.createContext("/", exchange -> {
            try (exchange) {
                var path = exchange.getRequestURI().getPath();
                requests.add(path);
                Optional<byte[]> body = path.equals(PeerPaths.REVISION)
                        ? replica.signed()
                                .map(RevisionReplica.Signed::envelope)
                                .map(bytes -> envelope.apply(bytes.clone()))
                        : replica.object(new Digest(path.substring(PeerPaths.OBJECTS.length())))
                                .map(object);
                exchange.sendResponseHeaders(body.isPresent() ? 200 : 404, body.isPresent() ? body.get().length : -1);
                if (body.isPresent()) {
                    exchange.getResponseBody().write(body.get());
                }
            }
        });
        http.start();
    }

    PeerServer(RevisionReplica replica) throws IOException {
        this(replica, bytes -> bytes, bytes -> bytes);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
    }

    List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() {
        http.stop(0);
    }
}
