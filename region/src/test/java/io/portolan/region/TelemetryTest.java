package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.document.Delivery;
import io.portolan.protocol.Beacon;
import io.portolan.protocol.Json;
import io.portolan.protocol.LoadAction;
import io.portolan.protocol.LoadEvent;
import io.portolan.protocol.ObservationTable;
import io.portolan.protocol.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What browsers tell a node of themselves, over real HTTP. */
class TelemetryTest {
    private static final String EDGE = "https://cdn.example.net/CDN";
    private static final String ADDRESS = "/orders/telemetry";

    private NodeWorld world;

    @BeforeEach
    void start(@TempDir Path folder) {
        world = new NodeWorld(folder);
        world.server.put(NodeWorld.environment(
                        List.of("portal.portolan.test", "portal.example:8443"), List.of("http://localhost:*"))
                .with(new Delivery(
                        List.of(new Delivery.Cdn("edge", EDGE)), Delivery.Worker.ON, Delivery.FirstVisit.GO)));
        world.publish(
                new Extension("Contoso_Orders", "orders")
                        .holds(world.server, Release.simple("Contoso_Orders", "1.0"))
                        .holds(world.server, Release.simple("Contoso_Orders", "2.0"))
                        .gives("1.0"),
                new Extension("Contoso_Maps", "maps")
                        .holds(world.server, Release.simple("Contoso_Maps", "1.0"))
                        .gives("1.0"));
        awaitServed();
    }

    private void awaitServed() {
        await().atMost(NodeWorld.LIMIT)
                .until(() -> world.get("/orders?trustedAuthority=portal.portolan.test")
                                        .status()
                                == 200
                        && world.get("/maps?trustedAuthority=portal.portolan.test")
                                        .status()
                                == 200);
    }

    @AfterEach
    void stop() {
        world.close();
    }

    private Beacon.Admission admitted(String query) throws IOException {
        var answer = world.get(ADDRESS + query);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        return Json.read(answer.body(), Beacon.Admission.class);
    }

    private Wire.Answer post(Object beacon, String... headers) throws IOException {
        return Wire.post(world.uri(), ADDRESS, Json.bytes(beacon), headers);
    }

    private static Map<String, Object> event(String event, String action, String state) {
        return Map.of("event", event, "action", action, "state", state, "count", 1, "millis", 1500, "name", "Orders");
    }

    private static Map<String, Object> beacon(String token, List<Map<String, Object>> events, List<?> sources) {
        return Map.of("schema", 1, "token", token, "test", false, "events", events, "sources", sources, "dropped", 0);
    }

    /** Sum of the samples of a metric whose labels hold all of these texts. */
    private long metric(String name, String... labels) throws IOException {
        return world.get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith("portolan_" + name + "{") || line.startsWith("portolan_" + name + " "))
                .filter(line -> List.of(labels).stream().allMatch(line::contains))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private void assertRefused(Wire.Answer answer, int status, String code, String detail) throws IOException {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        var problem = Json.read(answer.body(), Problem.class);
        assertThat(problem.code()).isEqualTo(code);
        assertThat(problem.detail()).contains(detail);
        assertThat(metric("telemetry_refused_total", "reason=\"" + code.toLowerCase(java.util.Locale.ROOT) + "\""))
                .isPositive();
    }

    @Test
    void row_1_14_eachEventActionAndErrorStateIsCountedUnderItsName() throws IOException {
        var token = admitted("?version=1.0&sessionId=s-1").token();
        int states = 0;
        for (var event : LoadEvent.values()) {
            var events = new ArrayList<Map<String, Object>>();
            for (var action : List.of(LoadAction.START, LoadAction.COMPLETE, LoadAction.CANCEL)) {
                events.add(event(event.label(), action.label(), ""));
            }
            for (var state : event.states()) {
                events.add(event(event.label(), "errored", state));
                states++;
            }
            assertThat(post(beacon(token, events, List.of())).status()).isEqualTo(204);
        }

        for (var event : LoadEvent.values()) {
            var labels = "event=\"" + event.label() + "\"";
            for (var action : List.of("start", "complete", "cancel")) {
                assertThat(metric(
                                "telemetry_events_total",
                                "extension=\"Contoso_Orders\",version=\"1.0\"",
                                labels,
                                "action=\"" + action + "\"",
                                "traffic=\"user\""))
                        .as(event + " " + action)
                        .isEqualTo(1);
            }
            for (var state : event.states()) {
                assertThat(metric("telemetry_events_total", labels, "action=\"errored\"", "outcome=\"" + state + "\""))
                        .as(event + " " + state)
                        .isEqualTo(1);
            }
            assertThat(metric("load_duration_seconds_bucket", labels, "le=\"1\""))
                    .isZero();
            assertThat(metric("load_duration_seconds_bucket", labels, "le=\"2\""))
                    .isEqualTo(1);
        }
        assertThat(states).isEqualTo(12 + 5 + 5 + 6);
        var told = diagnostics("/Contoso_Orders");
        assertThat(told.at("/versions/1.0/failures")).hasSize(states).allSatisfy(failure -> {
            assertThat(failure.at("/session").asString()).isEqualTo("s-1");
            assertThat(failure.at("/count").asInt()).isEqualTo(1);
        });
        assertThat(told.at("/versions/1.0/loads")).hasSize(4).allSatisfy(loads -> {
            assertThat(loads.at("/name").asString()).isEqualTo("Orders");
            assertThat(loads.at("/started").asInt()).isEqualTo(1);
            assertThat(loads.at("/completed").asInt()).isEqualTo(1);
            assertThat(loads.at("/cancelled").asInt()).isEqualTo(1);
        });
    }

    private JsonNode diagnostics(String pointer) throws IOException {
        return Json.mapper().readTree(world.get("/api/diagnostics").body()).at("/telemetry" + pointer);
    }

    @Test
    void row_3_2_testTrafficIsFlaggedAndCountsStandForAsManyAsTheySay() throws IOException {
        var token = admitted("?version=2.0").token();
        var many = new HashMap<>(event("ExtensionLoad", "complete", ""));
        many.put("count", 40);
        assertThat(post(beacon(token, List.of(many), List.of())).status()).isEqualTo(204);
        var test = new HashMap<>(beacon(token, List.of(many), List.of()));
        test.put("test", true);
        assertThat(post(test).status()).isEqualTo(204);

        assertThat(metric("telemetry_events_total", "version=\"2.0\"", "traffic=\"user\""))
                .isEqualTo(40);
        assertThat(metric("telemetry_events_total", "version=\"2.0\"", "traffic=\"test\""))
                .isEqualTo(40);
        assertThat(metric("load_duration_seconds_count", "version=\"2.0\"")).isEqualTo(40);
        assertThat(diagnostics("/Contoso_Orders/versions/2.0/loads/0/completed").asInt())
                .isEqualTo(40);
    }

    @Test
    void fallbacksAreCountedBySourceAndCauseAndToldForEachCdn() throws IOException {
        assertThat(observed())
                .hasToString(
                        "[{\"source\":\"edge\",\"fetched\":0,\"failed\":0,\"sessions\":0,\"failing\":0,\"windowSeconds\":15}]");
        var buckets = List.of(3, 0, 0, 0, 0, 0, 0);
        var well = Map.of("source", EDGE, "fetched", 3, "bytes", 300, "millis", buckets);
        var own = Map.of("source", "own", "fetched", 2, "bytes", 20, "millis", List.of());
        var region = Map.of("source", "http://127.0.1.3:7080", "fetched", 1, "bytes", 10);
        var stranger = Map.of("source", "https://elsewhere.example", "fetched", 1, "bytes", 10);
        assertThat(post(beacon(admitted("?version=1.0").token(), List.of(), List.of(well, own, region, stranger)))
                        .status())
                .isEqualTo(204);
        var broken = Map.of("source", EDGE, "fetched", 0, "bytes", 0, "failed", Map.of("hash", 1, "unreachable", 4));
        var token = admitted("?version=1.0").token();
        assertThat(post(beacon(token, List.of(), List.of(broken))).status()).isEqualTo(204);
        assertThat(post(beacon(token, List.of(), List.of(broken))).status()).isEqualTo(204);

        assertThat(metric("asset_fallbacks_total", "source=\"edge\"", "cause=\"hash\""))
                .isEqualTo(2);
        assertThat(metric("asset_fallbacks_total", "source=\"edge\"", "cause=\"unreachable\""))
                .isEqualTo(8);
        assertThat(metric("asset_fetches_total", "source=\"edge\"")).isEqualTo(3);
        assertThat(metric("asset_bytes_total", "source=\"edge\"")).isEqualTo(300);
        assertThat(metric("asset_fetches_total", "source=\"westus\""))
                .as("own, and by its address")
                .isEqualTo(3);
        assertThat(metric("asset_fetches_total", "source=\"other\"")).isEqualTo(1);
        assertThat(metric("asset_fetch_seconds_bucket", "source=\"edge\"", "le=\"0.05\""))
                .isEqualTo(3);
        var seen = observed().get(0);
        assertThat(seen.at("/fetched").asInt()).isEqualTo(3);
        assertThat(seen.at("/failed").asInt()).isEqualTo(10);
        assertThat(seen.at("/sessions").asInt()).isEqualTo(2);
        assertThat(seen.at("/failing").asInt()).isEqualTo(1);
    }

    @Test
    void sessionsThatAskNoCdnAreToldWithWhatTheyLacked() throws IOException {
        var session = admitted("?version=1.0").token();
        var own = Map.of("source", "own", "fetched", 5, "bytes", 500, "dark", true);
        var region = Map.of("source", "http://127.0.1.3:7080", "fetched", 1, "bytes", 10, "dark", true);
        var usual = Map.of("source", EDGE, "fetched", 7, "bytes", 700);
        assertThat(post(beacon(session, List.of(), List.of(own, region))).status())
                .isEqualTo(204);
        assertThat(post(beacon(session, List.of(), List.of(own))).status()).isEqualTo(204);
        assertThat(post(beacon(admitted("?version=1.0").token(), List.of(), List.of(usual)))
                        .status())
                .isEqualTo(204);
        assertThat(dark().at("/sessions").asInt()).isEqualTo(1);
        assertThat(dark().at("/failing").asInt()).isZero();

        var lacked =
                Map.of("source", "none", "fetched", 0, "bytes", 0, "failed", Map.of("unreachable", 2), "dark", true);
        var other = admitted("?version=1.0").token();
        assertThat(post(beacon(other, List.of(), List.of(lacked))).status()).isEqualTo(204);
        assertThat(post(beacon(other, List.of(), List.of(lacked))).status()).isEqualTo(204);

        assertThat(dark().at("/sessions").asInt()).isEqualTo(2);
        assertThat(dark().at("/failing").asInt()).isEqualTo(1);
        assertThat(dark().at("/files").asInt()).isEqualTo(11);
        assertThat(dark().at("/bytes").asInt()).isEqualTo(1010);
        assertThat(dark().at("/lastAt").asString()).isNotEmpty();
        assertThat(metric("dark_sessions", "outcome=\"complete\"")).isEqualTo(1);
        assertThat(metric("dark_sessions", "outcome=\"lacking\"")).isEqualTo(1);
        assertThat(metric("asset_fallbacks_total", "source=\"none\"", "cause=\"unreachable\""))
                .isEqualTo(4);
    }

    private JsonNode dark() throws IOException {
        return Json.mapper().readTree(world.get(ObservationTable.PATH).body()).at("/dark");
    }

    @Test
    void whereTelemetryIsOffNobodyGetsATokenAndWhatIsToldIsThrownAway() throws IOException {
        var token = admitted("?version=1.0").token();
        assertThat(world.get("/orders?trustedAuthority=portal.portolan.test").text())
                .contains("data-telemetry=\"on\"");

        world.server.put(NodeWorld.environment(List.of("portal.portolan.test"), List.of("http://localhost:*"))
                .with(Delivery.STANDARD.with(Delivery.Telemetry.OFF)));
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, Release.simple("Contoso_Orders", "1.0"))
                .gives("1.0"));

        await().atMost(NodeWorld.LIMIT)
                .until(() -> admitted("?version=1.0").token().isEmpty());
        assertThat(world.get("/orders?trustedAuthority=portal.portolan.test").text())
                .contains("data-telemetry=\"off\"");
        var told = post(beacon(token, List.of(event("ExtensionLoad", "start", "")), List.of()));
        assertThat(told.status()).isEqualTo(204);
        assertThat(metric("telemetry_events_total")).isZero();
        assertThat(metric("telemetry_refused_total", "reason=\"off\"")).isEqualTo(1);
    }

    private JsonNode observed() throws IOException {
        return Json.mapper().readTree(world.get(ObservationTable.PATH).body()).at("/sources");
    }

    @Test
    void aTokenIsForOneExtensionAndVersionAndOfThisNode() throws IOException {
        var token = admitted("?version=1.0").token();
        var events = List.of(event("ExtensionLoad", "start", ""));

        assertRefused(post(beacon("made up", events, List.of())), 403, "TOKEN_MALFORMED", "it is none");
        var longer = token.replace("~1.0~", "~2.0~");
        assertThat(longer).isNotEqualTo(token);
        assertRefused(post(beacon(longer, events, List.of())), 403, "TOKEN_UNKNOWN_KEY", "not this node's");
        var elsewhere = Wire.post(world.uri(), "/maps/telemetry", Json.bytes(beacon(token, events, List.of())));
        assertRefused(elsewhere, 403, "SUBJECT", "it is for Contoso_Orders 1.0");
        assertThat(world.get(ADDRESS + "?version=3.0").status()).isEqualTo(404);
        assertThat(world.get("/nothing/telemetry?version=1.0").status()).isEqualTo(404);

        world.restart();
        awaitServed();

        assertRefused(post(beacon(token, events, List.of())), 403, "TOKEN_UNKNOWN_KEY", "last start");
        assertThat(metric("telemetry_events_total")).isZero();
    }

    @Test
    void aPortalThatKnowsNoVersionYetGetsATokenForTheOneThatIsServed() throws IOException {
        var token = admitted("?version=&sessionId=" + "x".repeat(200)).token();

        assertThat(token).startsWith("Contoso_Orders~1.0~").hasSizeLessThan(160);
        assertThat(post(beacon(token, List.of(event("ExtensionLoad", "start", "")), List.of()))
                        .status())
                .isEqualTo(204);
    }

    @Test
    void whatIsOutOfBoundsIsRefusedWithItsReason() throws IOException {
        var token = admitted("?version=1.0").token();
        var refused = new HashMap<String, Object>();
        refused.put("event: Nonsense (expected", List.of(event("Nonsense", "start", "")));
        refused.put("action: ended (expected", List.of(event("PartLoaded", "ended", "")));
        refused.put(
                "state of PartLoaded errored: ErrorUnrecoverable",
                List.of(event("PartLoaded", "errored", "ErrorUnrecoverable")));
        refused.put(
                "state of PartLoaded start: OldInputsNotHandled",
                List.of(event("PartLoaded", "start", "OldInputsNotHandled")));
        refused.put(
                "events: 101 (expected: at most 100)",
                java.util.Collections.nCopies(101, event("PartLoaded", "start", "")));
        refused.forEach((reason, events) -> {
            try {
                assertRefused(post(Map.of("schema", 1, "token", token, "events", events)), 400, "FORM", reason);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        assertRefused(post(Map.of("schema", 2, "token", token)), 400, "FORM", "schema: 2 (expected: 1)");
        assertRefused(Wire.post(world.uri(), ADDRESS, new byte[0]), 400, "FORM", "");
        assertRefused(Wire.post(world.uri(), ADDRESS, new byte[Beacon.LIMIT_BYTES + 1]), 413, "SIZE", "16385 bytes");
        assertThat(Wire.send(world.uri(), "DELETE", ADDRESS).status()).isEqualTo(405);
    }

    @Test
    void oneSessionCannotTakeAllThatANodeReads() throws IOException {
        var token = admitted("?version=1.0").token();
        var other = admitted("?version=1.0").token();
        var events = List.of(event("ExtensionLoad", "start", ""));
        int taken = 0;
        var answer = post(beacon(token, events, List.of()));
        // A starved machine gives the session more time, and with it more beacons: never so many.
        for (; answer.status() == 204 && taken < 1000; taken++) {
            answer = post(beacon(token, events, List.of()));
        }

        assertRefused(answer, 429, "RATE", "too many come");
        assertThat(answer.header("Retry-After")).isEqualTo("10");
        assertThat(taken).isGreaterThanOrEqualTo(TelemetryRate.SESSION_AT_ONCE - 1);
        assertThat(post(beacon(other, events, List.of())).status()).isEqualTo(204);
    }

    @Test
    void row_8_12_scriptsOfThePortalsAndOfTheExtensionsMayCallAndNoOthers() throws IOException {
        var token = admitted("?version=1.0").token();
        var body = beacon(token, List.of(event("ExtensionLoad", "start", "")), List.of());
        for (var origin : List.of(
                "https://portal.portolan.test",
                "http://portal.portolan.test",
                "https://portal.example:8443",
                "http://localhost:5173",
                "https://maps.ext.portolan.test",
                "http://" + world.uri().getAuthority())) {
            var preflight = Wire.send(
                    world.uri(), "OPTIONS", ADDRESS, "Origin: " + origin, "Access-Control-Request-Method: POST");
            assertThat(preflight.status()).as(origin).isEqualTo(204);
            assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo(origin);
            assertThat(preflight.header("Access-Control-Allow-Methods")).isEqualTo("GET, POST");
            assertThat(preflight.header("Vary")).isEqualTo("Origin");
            assertThat(post(body, "Origin: " + origin).status()).as(origin).isEqualTo(204);
        }
        for (var origin : List.of(
                "https://evil.test",
                "null",
                "https://portal.portolan.test.evil.test",
                "https://portal.portolan.test:444",
                "https://portal.example",
                "https://localhost:5173",
                "https://evilext.portolan.test",
                "https://user@portal.portolan.test",
                "http://" + world.uri().getHost() + ":1",
                "garbage")) {
            for (var method : List.of("OPTIONS", "GET", "POST")) {
                var answer = Wire.send(
                        world.uri(), method, ADDRESS + "?version=1.0", "Origin: " + origin, "Content-Length: 0");
                assertThat(answer.status()).as(method + " " + origin).isEqualTo(403);
                assertThat(answer.header("Access-Control-Allow-Origin")).isEmpty();
            }
        }
    }

    @Test
    void isServedUnderTheHostOfTheExtensionWithTheModuleThatSendsIt() throws IOException {
        var host = "Host: orders.ext.portolan.test";
        assertThat(world.get(ADDRESS + "?version=1.0", host).status()).isEqualTo(200);
        assertThat(world.get("/maps/telemetry?version=1.0", host).status()).isEqualTo(404);
        for (var each : List.of(host, "Host: localhost")) {
            var script = world.get("/-/page.js", each, "Accept-Encoding: gzip");
            assertThat(script.status()).isEqualTo(200);
            assertThat(script.header("Content-Type")).isEqualTo("text/javascript; charset=utf-8");
            assertThat(script.header("Access-Control-Allow-Origin")).isEqualTo("*");
            assertThat(script.body().length).isLessThan(4 << 10);
            assertThat(world.get("/-/page.js", each, "Accept-Encoding: gzip", "If-None-Match: " + script.header("ETag"))
                            .status())
                    .isEqualTo(304);
        }
    }

    @Test
    void whateverIsSentIsTakenOrRefusedAndLabelsStayBounded() throws IOException {
        var token = admitted("?version=1.0").token();
        var events = new ArrayList<Map<String, Object>>();
        events.add(event("ExtensionLoad", "complete", ""));
        events.add(event("BladeLoaded", "errored", "ErrorUnrecoverable"));
        var source = Map.of(
                "source",
                EDGE,
                "fetched",
                1,
                "bytes",
                9,
                "millis",
                List.of(1, 0, 0, 0, 0, 0, 0),
                "failed",
                Map.of("hash", 2));
        var sound = Json.bytes(beacon(token, events, List.of(source)));
        var random = new Random(20_261_127L);
        var statuses = new HashMap<Integer, Integer>();
        try (var wire = new Wire(world.uri())) {
            for (int i = 0; i < 1_500; i++) {
                var body = mutated(sound, random);
                var answer = wire.raw(
                        "POST " + ADDRESS + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length
                                + "\r\n\r\n" + new String(body, StandardCharsets.ISO_8859_1),
                        false);
                statuses.merge(answer.status(), 1, Integer::sum);
            }
        }

        assertThat(statuses.keySet())
                .as(statuses.toString())
                .isSubsetOf(204, 400, 403, 413, 429)
                .contains(400);
        assertThat(world.get("/metrics").text().lines().filter(line -> line.startsWith("portolan_telemetry_events")))
                .hasSizeLessThan(100);
        assertThat(world.get("/readyz").status()).isEqualTo(200);
    }

    /** Some bytes changed, taken out, doubled or cut off, or a value replaced by another one. */
    private static byte[] mutated(byte[] sound, Random random) {
        var text = new String(sound, StandardCharsets.ISO_8859_1);
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + 1 + random.nextInt(12));
            text = switch (random.nextInt(6)) {
                case 0 -> text.substring(0, at) + (char) random.nextInt(256) + text.substring(end);
                case 1 -> text.substring(0, at) + text.substring(end);
                case 2 -> text.substring(0, end) + text.substring(at);
                case 3 -> text.substring(0, at) + "[".repeat(random.nextInt(3000)) + text.substring(end);
                case 4 ->
                    text.replaceFirst(
                            "\"count\":\\d+",
                            "\"count\":"
                                    + List.of("-1", "1e9", "99999999999", "null", "\"x\"", "{}", "1.5")
                                            .get(random.nextInt(7)));
                default ->
                    text.replaceFirst(
                            "\"(events|sources|failed|millis)\":",
                            "\"$1\":"
                                    + List.of("null,\"x\":", "{},\"x\":", "[null],\"x\":", "7,\"x\":")
                                            .get(random.nextInt(4)));
            };
            if (text.isEmpty()) {
                text = "{";
            }
        }
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
