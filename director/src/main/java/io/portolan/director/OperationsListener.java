package io.portolan.director;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.portolan.protocol.Json;
import io.portolan.protocol.ObservationTable;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.OverrideReport;
import io.portolan.protocol.Overrides;
import io.portolan.protocol.Problem;
import io.portolan.sync.OverrideRefused;
import io.portolan.sync.ReplicaSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A director's HTTP side: health, metrics and explanations. Thread-safe. */
final class OperationsListener implements AutoCloseable {
    static {
        // Without it every small answer over keep-alive waits 40 ms for a delayed acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private static final Logger LOG = LoggerFactory.getLogger(OperationsListener.class);
    private static final int BACKLOG = 64;

    private final HttpServer http;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("director-http-", 0).factory());
    private final Supplier<Optional<DirectorState>> states;
    private final Counters counters;
    private volatile Optional<Replay> replay = Optional.empty();
    private final DirectorOverrides overrides;
    private final RegionHealth health;
    private final ReplicaSettings director;
    private volatile Supplier<String> moreMetrics = () -> "";

    private OperationsListener(
            HttpServer http,
            Supplier<Optional<DirectorState>> states,
            Counters counters,
            DirectorOverrides overrides,
            RegionHealth health,
            ReplicaSettings director) {
        this.http = http;
        this.states = states;
        this.counters = counters;
        this.overrides = overrides;
        this.health = health;
        this.director = director;
    }

    static OperationsListener start(
            InetSocketAddress address,
            Supplier<Optional<DirectorState>> states,
            Counters counters,
            DirectorOverrides overrides,
            RegionHealth health,
            ReplicaSettings director)
            throws IOException {
        try {
            var listener = new OperationsListener(
                    HttpServer.create(address, BACKLOG), states, counters, overrides, health, director);
            listener.http.setExecutor(listener.threads);
            listener.http.createContext("/", listener::handle);
            listener.http.start();
            return listener;
        } catch (IOException e) {
            throw new IOException("listening for HTTP on " + address + ": " + e.getMessage(), e);
        }
    }

    /** Answers for past times from now on too. */
    void lookBack(Replay past) {
        replay = Optional.of(past);
    }

    /** Shows more metrics from now on. */
    void alsoShow(Supplier<String> metrics) {
        moreMetrics = metrics;
    }

    /** Where it listens. */
    InetSocketAddress address() {
        return http.getAddress();
    }

    private void handle(HttpExchange exchange) {
        try (exchange) {
            try {
                boolean order = exchange.getRequestMethod().equals("POST")
                        && exchange.getRequestURI().getPath().equals(OperatorOverride.PATH);
                if (order) {
                    override(exchange);
                    return;
                }
                if (!exchange.getRequestMethod().equals("GET")) {
                    exchange.getResponseHeaders().set("Allow", "GET");
                    problem(exchange, 405, "METHOD", "method: " + exchange.getRequestMethod() + " (expected: GET)");
                    return;
                }
                switch (exchange.getRequestURI().getPath()) {
                    case "/healthz" -> send(exchange, 200, "text/plain", "alive\n");
                    case "/readyz" -> ready(exchange);
                    case "/metrics" -> send(exchange, 200, "text/plain; version=0.0.4", metrics());
                    case "/-/explain" -> explain(exchange);
                    case ObservationTable.PATH -> send(exchange, 200, "application/json", Json.text(health.table()));
                    case OperatorOverride.PATH -> send(exchange, 200, "application/json", Json.text(listing(exchange)));
                    default -> problem(exchange, 404, "NOT_FOUND", "no such resource");
                }
            } catch (RuntimeException e) {
                LOG.error("request failed path={}", exchange.getRequestURI().getPath(), e);
                problem(exchange, 500, "INTERNAL", "the request failed; the director's log says why");
            }
        } catch (IOException clientIsGone) {
            LOG.debug("client went away", clientIsGone);
        }
    }

    private void override(HttpExchange exchange) throws IOException {
        var envelope = exchange.getRequestBody().readNBytes(OperatorOverride.ENVELOPE_LIMIT_BYTES + 1);
        boolean dryRun =
                "true".equals(parameters(exchange.getRequestURI().getRawQuery()).get("dryRun"));
        try {
            var answer = overrides.take(envelope, states.get().map(DirectorState::revision), dryRun, director);
            send(exchange, 200, "application/json", Json.text(answer));
        } catch (OverrideRefused e) {
            LOG.warn("override refused director={} reason={}", director.nodeId(), e.getMessage());
            problem(exchange, e.code().status(), e.code().name(), String.valueOf(e.getMessage()));
        }
    }

    /** Orders in force; for others than this machine without the order itself, which says why. */
    private Overrides.Listing listing(HttpExchange exchange) {
        var revision = states.get().map(DirectorState::revision);
        boolean local = exchange.getRemoteAddress().getAddress().isLoopbackAddress();
        var inForce = revision.map(inUse -> overrides.inForce(inUse.header())).orElse(List.of());
        return new Overrides.Listing(
                director.nodeId(),
                director.kind(),
                director.region().value(),
                director.environment(),
                revision.map(inUse -> inUse.id().toString()).orElse(null),
                local
                        ? inForce
                        : inForce.stream().map(OverrideReport::withoutOrder).toList());
    }

    private void ready(HttpExchange exchange) throws IOException {
        var state = states.get();
        if (state.isPresent()) {
            send(
                    exchange,
                    200,
                    "text/plain",
                    "ready, revision " + state.get().revision().id() + "\n");
        } else {
            send(exchange, 503, "text/plain", "no revision yet\n");
        }
    }

    private void explain(HttpExchange exchange) throws IOException {
        var state = states.get();
        if (state.isEmpty()) {
            problem(exchange, 503, "NO_REVISION", "no revision yet");
            return;
        }
        try {
            var parameters = parameters(exchange.getRequestURI().getRawQuery());
            var name = required(parameters, "name");
            var client = required(parameters, "client");
            var time = parameters.containsKey("at")
                    ? Optional.of(time(required(parameters, "at")))
                    : Optional.<Instant>empty();
            var then = time.isEmpty()
                    ? state.get()
                    : replay.orElseThrow(() -> new IllegalArgumentException("at: the director has just started"))
                            .at(time.get());
            send(
                    exchange,
                    200,
                    "application/json",
                    Json.text(RouteExplainer.explain(then, name, client, time.orElse(null), director.nodeId())));
        } catch (IllegalArgumentException e) {
            problem(exchange, 400, "PARAMETER", "explaining a route: " + e.getMessage());
        }
    }

    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("at: " + text + " (expected: such as 2026-11-23T10:00:00Z)", e);
        }
    }

    private static String required(Map<String, String> parameters, String name) {
        var value = parameters.get(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException(name + ": missing (expected: ?name=FQDN&client=IP)");
        }
        return value;
    }

    private static Map<String, String> parameters(String query) {
        var parameters = new HashMap<String, String>();
        for (var part : (query == null ? "" : query).split("&")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                parameters.putIfAbsent(
                        part.substring(0, equals),
                        URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return parameters;
    }

    private String metrics() {
        var text = new StringBuilder(counters.text()).append(health.metrics()).append(moreMetrics.get());
        states.get().ifPresent(state -> {
            var revision = state.revision();
            text.append("portolan_revision_epoch ")
                    .append(revision.id().epoch())
                    .append('\n');
            text.append("portolan_revision_number ")
                    .append(revision.id().number())
                    .append('\n');
            var sizes = state.locations().bound().map().sizes();
            text.append("portolan_director_map_ranges ")
                    .append(sizes.ranges4() + sizes.ranges6())
                    .append('\n');
            text.append("portolan_director_map_rows ").append(sizes.rows()).append('\n');
            text.append("portolan_director_drained_regions ")
                    .append(state.health().drained().size())
                    .append('\n');
            text.append("portolan_revision_quarantined ")
                    .append(revision.quarantined().size())
                    .append('\n');
            revision.regions().keySet().stream().sorted().forEach(region -> text.append("portolan_director_region_up")
                    .append("{region=\"")
                    .append(region)
                    .append("\"} ")
                    .append(state.down().contains(region) ? 0 : 1)
                    .append('\n'));
        });
        return text.toString();
    }

    private static void problem(HttpExchange exchange, int status, String code, String detail) throws IOException {
        send(exchange, status, Problem.TYPE, Json.text(Problem.of(status, code, "request not answered", detail)));
    }

    private static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        http.stop(0);
        threads.shutdownNow();
    }
}
