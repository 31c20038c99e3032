package io.portolan.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.RegionDocument;
import io.portolan.protocol.DocumentTree;
import io.portolan.protocol.DocumentTree.Key;
import io.portolan.protocol.DocumentTree.Kind;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Join;
import io.portolan.protocol.Json;
import io.portolan.protocol.NodeStatus;
import io.portolan.protocol.Problem;
import io.portolan.protocol.Revision;
import io.portolan.protocol.Signer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The node's side of a control plane, on loopback: signs and serves revisions, objects and blobs, takes joins and statuses, and can
 * be told to misbehave. Thread-safe.
 *
 * <pre>
 * var server = RevisionServer.start(environment);
 * server.put(environmentDocument);
 * server.put(regionDocument);
 * var revision = server.publish("first");
 * </pre>
 */
public final class RevisionServer implements AutoCloseable {
    /** A join is answered 401 unless it brings this token. */
    public static final String TOKEN = "join-token";

    static {
        // Without it every small answer over keep-alive waits 40 ms for a delayed acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final EnvironmentName environment;
    private final HttpServer http;
    private final ExecutorService threads;
    private final Map<Key, byte[]> documents = new TreeMap<>();
    private final Map<Digest, byte[]> objects = new ConcurrentHashMap<>();
    private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
    private final Map<String, Join.Request> joined = new ConcurrentHashMap<>();
    private final List<NodeStatus> statuses = new CopyOnWriteArrayList<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final AtomicBoolean available = new AtomicBoolean(true);
    private Signer signer = Signer.generate();
    private long epoch = 1;
    private long number;
    private String parent = "";
    private List<String> operatorKeys = List.of();
    private List<String> settledOverrides = List.of();
    private Optional<Served> served = Optional.empty();

    /**
     * A revision as it is served.
     *
     * @param digest digest of its payload
     */
    public record Served(Revision header, Digest digest, Envelope envelope) {}

    private RevisionServer(EnvironmentName environment, HttpServer http) {
        this.environment = environment;
        this.http = http;
        this.threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("revision-server-", 0).factory());
    }

    /** Starts on a free port. */
    public static RevisionServer start(EnvironmentName environment) {
        try {
            var http = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
            var server = new RevisionServer(environment, http);
            http.setExecutor(server.threads);
            http.createContext("/", server::handle);
            http.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Base URL. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
    }

    /** The key that signs from now on; the one it starts with is what a join pins. */
    public synchronized Signer signer() {
        return signer;
    }

    /** Signs with another key from now on; nodes learn it from {@link Revision#keys} of an earlier revision. */
    public synchronized void signWith(Signer other) {
        signer = other;
    }

    /** Lists the public keys of operators from the next revision on. */
    public synchronized void operatorKeys(List<String> keys) {
        operatorKeys = List.copyOf(keys);
    }

    /** Lists overrides as settled from the next revision on. */
    public synchronized void settledOverrides(List<String> ids) {
        settledOverrides = List.copyOf(ids);
    }

    /** Puts a document into the next revision. */
    public void put(EnvironmentDocument document) {
        put(new Key(Kind.environment, document.name().value()), Json.bytes(document));
    }

    /** Puts a document into the next revision. */
    public void put(RegionDocument document) {
        put(new Key(Kind.region, document.name().value()), Json.bytes(document));
    }

    /** Puts a document into the next revision. */
    public void put(ExtensionDocument document) {
        put(new Key(Kind.extension, document.name().value()), Json.bytes(document));
    }

    /** Puts any bytes as a document into the next revision, sound or not. */
    public synchronized void put(Key key, byte[] document) {
        documents.put(key, document.clone());
    }

    /** Leaves a document out of the next revision. */
    public synchronized void remove(Key key) {
        documents.remove(key);
    }

    /** Signs and serves the next number with all documents put so far. */
    public Served publish(String cause) {
        return publish(cause, header -> header);
    }

    /** As {@link #publish(String)}, with the header changed before it is signed. */
    public synchronized Served publish(String cause, UnaryOperator<Revision> change) {
        var digests = new TreeMap<Key, Digest>();
        documents.forEach((key, bytes) -> digests.put(key, object(bytes)));
        var tree = DocumentTree.of(digests);
        tree.buckets().values().forEach(bucket -> object(Json.bytes(bucket)));
        var root = object(Json.bytes(tree.root()));
        var header = change.apply(new Revision(
                Revision.SCHEMA,
                environment,
                epoch,
                number + 1,
                parent,
                Instant.parse("2026-11-23T12:00:00Z").plusSeconds(number),
                cause,
                List.of(signer.publicKeyText()),
                operatorKeys,
                settledOverrides,
                root));
        epoch = header.epoch();
        number = header.number();
        return serve(header);
    }

    /** Signs and serves exactly this header. */
    public synchronized Served serve(Revision header) {
        var payload = Json.bytes(header);
        var next = new Served(header, Digest.of(payload), Envelope.sign(Revision.TYPE, payload, signer));
        parent = next.digest().value();
        serve(next);
        return next;
    }

    /** Serves exactly this, sound or not; the entity tag is its digest. */
    public synchronized void serve(Served revision) {
        served = Optional.of(revision);
        notifyAll();
    }

    /** What is served now. */
    public synchronized Optional<Served> served() {
        return served;
    }

    private Digest object(byte[] bytes) {
        var digest = Digest.of(bytes);
        objects.putIfAbsent(digest, bytes);
        return digest;
    }

    /** The objects by digest; a test may remove or falsify some. */
    public Map<Digest, byte[]> objects() {
        return objects;
    }

    /** The blobs by digest; a test may remove or falsify some. */
    public Map<Digest, byte[]> blobs() {
        return blobs;
    }

    /** Serves a blob. */
    public Digest blob(byte[] bytes) {
        var digest = Digest.of(bytes);
        blobs.put(digest, bytes.clone());
        return digest;
    }

    /** False: every request is answered 503, until true again. */
    public void available(boolean value) {
        available.set(value);
        synchronized (this) {
            notifyAll();
        }
    }

    /** Requests so far, such as {@code GET /v1/objects/9f0c…}, in order of arrival. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** Forgets the requests so far. */
    public void forgetRequests() {
        requests.clear();
    }

    /** Statuses so far whose signature was right, in order of arrival. */
    public List<NodeStatus> statuses() {
        return List.copyOf(statuses);
    }

    /** The last status of a node. */
    public Optional<NodeStatus> lastStatus(String node) {
        return statuses.stream().filter(status -> status.id().equals(node)).reduce((first, second) -> second);
    }

    /** Nodes that joined, by name. */
    public Map<String, Join.Request> joined() {
        return Map.copyOf(joined);
    }

    /** Forgets that a node has joined, as a control plane does that lost its table of nodes. */
    public void forgetNode(String node) {
        joined.remove(node);
    }

    @Override
    public void close() {
        http.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getPath();
            var request = exchange.getRequestMethod() + " " + path;
            requests.add(request);
            if (!available.get()) {
                problem(exchange, 503, "switched off");
            } else if (request.equals("GET /v1/environments/" + environment + "/revision")) {
                revision(exchange);
            } else if (request.startsWith("GET /v1/objects/")) {
                bytes(exchange, objects.get(digest(path)));
            } else if (request.startsWith("GET /v1/blobs/")) {
                bytes(exchange, blobs.get(digest(path)));
            } else if (request.equals("POST /v1/nodes")) {
                join(exchange);
            } else if (request.startsWith("PUT /v1/nodes/") && path.endsWith("/status")) {
                status(exchange);
            } else {
                problem(exchange, 404, "no such resource");
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private static Digest digest(String path) {
        return new Digest(path.substring(path.lastIndexOf('/') + 1));
    }

    private void revision(HttpExchange exchange) throws IOException, InterruptedException {
        var known = Optional.ofNullable(exchange.getRequestHeaders().getFirst("If-None-Match"));
        var prefer = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Prefer"));
        long seconds = prefer.filter(text -> text.startsWith("wait="))
                .map(text -> Long.parseLong(text.substring("wait=".length())))
                .orElse(0L);
        var answer = awaitOther(known.orElse(""), seconds);
        if (!available.get()) {
            problem(exchange, 503, "switched off");
            return;
        }
        if (answer.isEmpty()) {
            problem(exchange, 404, "no revision yet");
            return;
        }
        var tag = tag(answer.get());
        exchange.getResponseHeaders().set("ETag", tag);
        if (known.isPresent() && known.get().equals(tag)) {
            exchange.sendResponseHeaders(304, -1);
        } else {
            send(exchange, 200, "application/json", Json.bytes(answer.get().envelope()));
        }
    }

    private static String tag(Served revision) {
        return "\"" + revision.digest() + "\"";
    }

    private synchronized Optional<Served> awaitOther(String tag, long seconds) throws InterruptedException {
        long left = TimeUnit.SECONDS.toMillis(seconds);
        var clock = InstantSource.system();
        var end = clock.millis() + left;
        while (available.get() && served.map(now -> tag(now).equals(tag)).orElse(true) && left > 0) {
            wait(left);
            left = end - clock.millis();
        }
        return served;
    }

    private void join(HttpExchange exchange) throws IOException {
        var body = exchange.getRequestBody().readAllBytes();
        if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            problem(exchange, 401, "joining: token: unknown");
            return;
        }
        var request = Json.read(body, Join.Request.class);
        joined.put(request.id(), request);
        String key;
        synchronized (this) {
            key = signer.publicKeyText();
        }
        var answer = new Join.Response(request.id(), request.environment(), request.region(), List.of(key));
        send(exchange, 200, "application/json", Json.bytes(answer));
    }

    private void status(HttpExchange exchange) throws IOException {
        var envelope = Json.read(exchange.getRequestBody().readAllBytes(), Envelope.class);
        var node = exchange.getRequestURI().getPath().split("/", -1)[3];
        var request = joined.get(node);
        if (request == null) {
            problem(exchange, 404, "node " + node + ": has not joined");
            return;
        }
        var key = Signer.publicKey(request.publicKey());
        var payload = envelope.verify(NodeStatus.TYPE, Map.of(Signer.keyId(key), key));
        if (payload.isEmpty()) {
            problem(exchange, 403, "status of " + node + ": signature");
            return;
        }
        statuses.add(Json.read(payload.get(), NodeStatus.class));
        exchange.sendResponseHeaders(204, -1);
    }

    private static void bytes(HttpExchange exchange, byte @Nullable [] bytes) throws IOException {
        if (bytes == null) {
            problem(exchange, 404, "no such content");
            return;
        }
        var range = exchange.getRequestHeaders().getFirst("Range");
        if (range == null || !range.matches("bytes=[0-9]{1,18}-")) {
            send(exchange, 200, "application/octet-stream", bytes);
            return;
        }
        long from = Long.parseLong(range.substring("bytes=".length(), range.length() - 1));
        if (from >= bytes.length) {
            exchange.getResponseHeaders().set("Content-Range", "bytes */" + bytes.length);
            problem(exchange, 416, "range: " + range);
            return;
        }
        exchange.getResponseHeaders()
                .set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
        send(exchange, 206, "application/octet-stream", Arrays.copyOfRange(bytes, (int) from, bytes.length));
    }

    private static void problem(HttpExchange exchange, int status, String detail) throws IOException {
        send(exchange, status, Problem.TYPE, Json.bytes(Problem.of(status, "TEST", "test", detail)));
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    /** The keys of all documents of the next revision. */
    public synchronized List<Key> keys() {
        return new ArrayList<>(documents.keySet());
    }
}
