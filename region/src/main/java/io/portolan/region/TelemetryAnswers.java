package io.portolan.region;

import io.portolan.model.document.Delivery;
import io.portolan.protocol.Beacon;
import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import io.portolan.protocol.Problem;
import io.portolan.runtime.VersionUse;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * What is behind {@code /R/telemetry}: GET gives a token for a session of a version, POST takes a beacon. Thread-safe, without I/O; what
 * is refused is refused with its reason and counted under it. Where the environment switched telemetry off, nobody gets a token, and
 * what is told nevertheless is taken and thrown away: no console should show what nobody can do anything about.
 */
final class TelemetryAnswers {
    private static final int SESSION_BYTES = 12;
    /** Without a token nothing is sent. */
    private static final Beacon.Admission NOBODY =
            new Beacon.Admission("", 0, (int) TelemetryTokens.LIFETIME.toSeconds());

    private static final String ALLOWED_ORIGIN = "Access-Control-Allow-Origin";

    private final TelemetryTokens tokens;
    private final TelemetryRate rate;
    private final TelemetryCounters counters;
    private final SecureRandom random = new SecureRandom();
    private final EnumMap<Reason, LongAdder> refused = new EnumMap<>(Reason.class);
    private final LongAdder taken = new LongAdder();
    private final LongAdder issued = new LongAdder();
    private volatile VersionUse use = VersionUse.NONE;

    /** Why a beacon is not counted. */
    enum Reason {
        /** Too long. */
        SIZE(413),
        /** No JSON, or out of bounds. */
        FORM(400),
        /** The token says nothing, or was changed. */
        TOKEN_MALFORMED(403),
        TOKEN_UNKNOWN_KEY(403),
        TOKEN_EXPIRED(403),
        /** It is about another extension, or about a version that is not served any more. */
        SUBJECT(403),
        ORIGIN(403),
        RATE(429),
        /** The environment wants none; answered as if it were counted. */
        OFF(204);

        private final int status;

        Reason(int status) {
            this.status = status;
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    TelemetryAnswers(TelemetryCounters counters, TelemetryRate rate, InstantSource clock) {
        this.counters = counters;
        this.rate = rate;
        this.tokens = new TelemetryTokens(clock);
        for (var reason : Reason.values()) {
            refused.put(reason, new LongAdder());
        }
    }

    /** Of a node that serves these states. */
    static TelemetryAnswers of(Supplier<Optional<ServingState>> states, InstantSource clock) {
        return new TelemetryAnswers(new TelemetryCounters(states, clock), new TelemetryRate(clock), clock);
    }

    /** Whom to tell of versions whose pages are open, as their beacons show. */
    void whenTaken(VersionUse whom) {
        use = whom;
    }

    TelemetryCounters counters() {
        return counters;
    }

    Response answer(Request request, ServingState state, ServedExtension extension) {
        if (!AllowedOrigins.of(state).allows(request)) {
            return refusal(
                    request,
                    Reason.ORIGIN,
                    "origin: " + request.header("origin") + " (expected: the extension's own, or a portal's)");
        }
        boolean off = state.delivery().telemetry() == Delivery.Telemetry.OFF;
        return switch (request.method()) {
            case "GET", "HEAD" -> off ? json(request, NOBODY) : admit(request, extension);
            case "POST" -> off ? thrownAway(request) : take(request, state, extension);
            case "OPTIONS" -> preflight(request);
            default -> Failures.methodNotAllowed(request);
        };
    }

    private Response thrownAway(Request request) {
        Objects.requireNonNull(refused.get(Reason.OFF)).increment();
        return new Response(Reason.OFF.status, headers(request), Response.EMPTY);
    }

    private Response admit(Request request, ServedExtension extension) {
        var asked = request.parameter("version");
        // A portal whose page did not come knows no version.
        var version = asked.isEmpty()
                ? extension.serving().orElse(null)
                : extension.versions().get(asked);
        if (version == null) {
            return Failures.notFound(
                    request, extension.document().name() + " has no version " + asked + " that is held or retained");
        }
        var session = request.parameter(SessionKey.PARAMETER);
        int every = rate.every();
        issued.increment();
        return json(
                request,
                new Beacon.Admission(
                        tokens.issue(
                                version.extension().value(),
                                version.label().value(),
                                session.isEmpty() ? drawn() : session,
                                every),
                        every,
                        (int) TelemetryTokens.LIFETIME.toSeconds()));
    }

    private String drawn() {
        var bytes = new byte[SESSION_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private Response take(Request request, ServingState state, ServedExtension extension) {
        if (request.body().length > Beacon.LIMIT_BYTES) {
            return refusal(
                    request,
                    Reason.SIZE,
                    "beacon: " + request.body().length + " bytes (expected: at most " + Beacon.LIMIT_BYTES + ")");
        }
        Beacon beacon;
        try {
            beacon = Json.read(request.body(), Beacon.class);
        } catch (MalformedJson e) {
            return refusal(request, Reason.FORM, String.valueOf(e.getMessage()));
        }
        return switch (tokens.look(beacon.token())) {
            case TelemetryTokens.Verdict.Bad bad ->
                refusal(request, reason(bad.fault()), "token: " + words(bad.fault()));
            case TelemetryTokens.Verdict.Good good -> count(request, state, extension, good.granted(), beacon);
        };
    }

    private Response count(
            Request request,
            ServingState state,
            ServedExtension extension,
            TelemetryTokens.Granted granted,
            Beacon beacon) {
        var version = extension.versions().get(granted.version());
        if (version == null
                || !granted.extension().equals(extension.document().name().value())) {
            return refusal(
                    request,
                    Reason.SUBJECT,
                    "token: it is for " + granted.extension() + " " + granted.version() + " (expected: a version of "
                            + extension.document().name() + " that is held or retained)");
        }
        if (!rate.admits(granted.session())) {
            return refusal(request, Reason.RATE, "beacons: too many come (expected: one in some seconds)");
        }
        counters.add(granted, beacon, state);
        taken.increment();
        use.used(version.extension(), version.label());
        return new Response(204, headers(request), Response.EMPTY);
    }

    private static Reason reason(TelemetryTokens.Fault fault) {
        return switch (fault) {
            case MALFORMED -> Reason.TOKEN_MALFORMED;
            case UNKNOWN_KEY -> Reason.TOKEN_UNKNOWN_KEY;
            case EXPIRED -> Reason.TOKEN_EXPIRED;
        };
    }

    private static String words(TelemetryTokens.Fault fault) {
        return switch (fault) {
            case MALFORMED -> "it is none (expected: one that GET of this address gave)";
            case UNKNOWN_KEY ->
                "it is not this node's, or of its last start (expected: one that GET of this address gave)";
            case EXPIRED -> "it has expired (expected: a new one, by GET of this address)";
        };
    }

    private Response refusal(Request request, Reason reason, String detail) {
        Objects.requireNonNull(refused.get(reason)).increment();
        var headers = headers(request);
        if (reason == Reason.ORIGIN) {
            // For nobody else to read.
            headers.remove(ALLOWED_ORIGIN);
        }
        headers.put("Content-Type", Problem.TYPE);
        if (reason == Reason.RATE) {
            headers.put("Retry-After", "10");
        }
        return new Response(
                reason.status,
                headers,
                new Response.Body.Bytes(
                        Json.bytes(Problem.of(reason.status, reason.name(), "the beacon is not counted", detail))));
    }

    private static Response preflight(Request request) {
        var headers = headers(request);
        headers.put("Access-Control-Allow-Methods", "GET, POST");
        headers.put("Access-Control-Allow-Headers", "Content-Type");
        headers.put("Access-Control-Max-Age", "86400");
        return new Response(204, headers, Response.EMPTY);
    }

    private static Response json(Request request, Object body) {
        var headers = headers(request);
        headers.put("Content-Type", "application/json");
        return new Response(200, headers, new Response.Body.Bytes(Json.bytes(body)));
    }

    private static Map<String, String> headers(Request request) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Cache-Control", "no-store");
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put("Vary", "Origin");
        var origin = request.header("origin");
        if (!origin.isEmpty()) {
            headers.put(ALLOWED_ORIGIN, origin);
        }
        return headers;
    }

    /** Adds everything in the text format of Prometheus. */
    void write(StringBuilder text) {
        counters.write(text);
        text.append("# HELP portolan_telemetry_beacons_total Beacons that were counted.\n");
        text.append("# TYPE portolan_telemetry_beacons_total counter\n");
        text.append("portolan_telemetry_beacons_total ").append(taken.sum()).append('\n');
        text.append("# HELP portolan_telemetry_tokens_total Tokens given for beacons.\n");
        text.append("# TYPE portolan_telemetry_tokens_total counter\n");
        text.append("portolan_telemetry_tokens_total ").append(issued.sum()).append('\n');
        text.append("# HELP portolan_telemetry_refused_total Beacons that were not counted.\n");
        text.append("# TYPE portolan_telemetry_refused_total counter\n");
        refused.forEach((reason, count) -> text.append("portolan_telemetry_refused_total{reason=\"")
                .append(reason.label())
                .append("\"} ")
                .append(count.sum())
                .append('\n'));
    }
}
