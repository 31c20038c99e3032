package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The access log: real requests read back from it, and what hostile clients may put into it. */
class AccessLogTest {
    private static final long SEED = 20261123;
    private static final Release ONE = Release.simple("Contoso_Orders", "1.0");
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    /** NCSA combined. */
    private static final Pattern COMBINED =
            Pattern.compile("(\\S+) (\\S+) (\\S+) \\[([^\\]]+)\\] \"((?:[^\"\\\\]|\\\\.)*)\" (\\d{3}) (\\d+|-)"
                    + " \"((?:[^\"\\\\]|\\\\.)*)\" \"((?:[^\"\\\\]|\\\\.)*)\"");

    @TempDir
    private Path folder;

    private static AccessLogSettings settings(AccessLogSettings.Format format, long fileBytes, int files, int queue) {
        return new AccessLogSettings(format, Path.of("logs", "access.log"), fileBytes, files, queue);
    }

    private NodeWorld world(AccessLogSettings.Format format) {
        var world = new NodeWorld(
                folder, FailPoints.NONE, plain -> plain.withAccessLog(settings(format, 1 << 20, 3, 1024)));
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, ONE)
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
        return world;
    }

    private Path file() {
        return folder.resolve("logs").resolve("access.log");
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(file(), StandardCharsets.US_ASCII);
    }

    private String awaitLine(String part) {
        await().atMost(NodeWorld.LIMIT)
                .until(() -> Files.exists(file()) && lines().stream().anyMatch(line -> line.contains(part)));
        try {
            return lines().stream()
                    .filter(line -> line.contains(part))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Matcher parsed(String line) {
        var matcher = COMBINED.matcher(line);
        assertThat(matcher.matches()).as(line).isTrue();
        return matcher;
    }

    @Test
    void everyAnswerIsALineInTheCombinedForm() throws IOException {
        try (var world = world(AccessLogSettings.Format.COMBINED)) {
            var app = "/orders/Content/1.0/app.js?x=1";
            world.get(app, "User-Agent: tester/1.0", "Referer: https://portal.example/a");
            world.get("/nowhere/at/all", "User-Agent: lost");

            var line = parsed(awaitLine("tester/1.0"));
            assertThat(line.group(1)).isEqualTo("127.0.0.1");
            assertThat(line.group(2) + line.group(3)).isEqualTo("--");
            assertThat(line.group(4)).matches("\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d \\+0000");
            assertThat(line.group(5)).isEqualTo("GET " + app + " HTTP/1.1");
            assertThat(line.group(6)).isEqualTo("200");
            assertThat(line.group(7)).isEqualTo(String.valueOf(ONE.bytes("app.js").length));
            assertThat(line.group(8)).isEqualTo("https://portal.example/a");
            assertThat(line.group(9)).isEqualTo("tester/1.0");
            assertThat(parsed(awaitLine("lost")).group(6)).isEqualTo("404");
            for (var each : lines()) {
                parsed(each);
            }
            assertThat(world.get("/metrics").text()).contains("portolan_access_log_dropped_total 0\n");
        }
    }

    @Test
    void answersFromTheShortcutAreRecordedLikeAllOthers() throws IOException {
        try (var world = world(AccessLogSettings.Format.COMBINED)) {
            try (var wire = new Wire(world.uri())) {
                for (int i = 0; i < 20; i++) {
                    var answer = wire.ask("GET", "/orders/Content/1.0/app.js", "User-Agent: again", "Referer: here");
                    assertThat(answer.status()).isEqualTo(200);
                }
            }

            await().atMost(NodeWorld.LIMIT)
                    .until(() -> Files.exists(file())
                            && lines().stream()
                                            .filter(line -> line.endsWith("\"here\" \"again\""))
                                            .count()
                                    == 20);
        }
    }

    @Test
    void aLineOfJsonSaysWhatItWasAbout() throws IOException {
        try (var world = world(AccessLogSettings.Format.JSON)) {
            world.get("/orders/Content/1.0/app.js", "User-Agent: te\"st\\er é");

            var line = Json.mapper().readTree(awaitLine("Content/1.0/app.js"));
            assertThat(line.get("status").asInt()).isEqualTo(200);
            assertThat(line.get("extension").asString()).isEqualTo("Contoso_Orders");
            assertThat(line.get("version").asString()).isEqualTo("1.0");
            assertThat(line.get("cache").asString()).isIn("memory", "disk");
            assertThat(line.get("bytes").asInt()).isEqualTo(ONE.bytes("app.js").length);
            assertThat(line.get("userAgent").asString()).startsWith("te\"st\\er ");
            assertThat(Instant.parse(line.get("time").asString())).isAfter(Instant.EPOCH);
        }
    }

    @Test
    void hostileClientsWriteNoLinesOfTheirOwn() throws IOException {
        try (var world = world(AccessLogSettings.Format.COMBINED)) {
            world.get("/orders/1.0?%0d%0a127.0.0.1", "User-Agent: evil\" 200 1 \"-\" \"\té\\", "Referer: \"><script>");

            var line = parsed(awaitLine("evil"));
            assertThat(line.group(9))
                    .startsWith("evil\\\" 200 1")
                    .endsWith("\\\\")
                    .contains("\\x09\\xe9");
            assertThat(line.group(8)).isEqualTo("\\\"><script>");

            // What the strict reader refuses is recorded without a word of it.
            assertThat(world.get("/orders", "User-Agent: \u001b[31mred").status())
                    .isEqualTo(400);
            assertThat(parsed(awaitLine(" 400 ")).group(5)).isEqualTo("-");
        }
    }

    private void tell(AccessLog log, String method, String target, String referer, String agent) {
        log.answered(new AnswerFacts()
                .about(new Response.Subject("Contoso_Orders", "1.0", "orders", "", Response.Reuse.NEVER))
                .with(200, RequestObserver.Cache.MEMORY, 7, 1_000)
                .to(method, target, RequestObserver.Protocol.HTTP_2, new InetSocketAddress("127.0.0.1", 1))
                .from(referer, agent));
    }

    private static String anything(Random random, int most) {
        var text = new StringBuilder();
        for (int i = random.nextInt(most); i > 0; i--) {
            text.append(
                    switch (random.nextInt(4)) {
                        case 0 -> "\r\n\"\\ []".charAt(random.nextInt(7));
                        case 1 -> (char) random.nextInt(0x20);
                        case 2 -> (char) random.nextInt(0x100);
                        default -> (char) (0x20 + random.nextInt(0x5f));
                    });
        }
        return text.toString();
    }

    private static String unescaped(String text) {
        var out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) != '\\') {
                out.append(text.charAt(i));
            } else if (text.charAt(i + 1) == 'x') {
                out.append((char) Integer.parseInt(text.substring(i + 2, i + 4), 16));
                i += 3;
            } else {
                out.append(text.charAt(++i));
            }
        }
        return out.toString();
    }

    @Test
    void whateverClientsSendIsOneLineThatCanBeReadBack() throws IOException {
        var random = new Random(SEED);
        var told = new ArrayList<String>();
        var log = AccessLog.start(settings(AccessLogSettings.Format.COMBINED, 64 << 20, 2, 8192), folder, () -> NOW);
        try (log) {
            for (int i = 0; i < 3_000; i++) {
                var target = "/" + anything(random, 100);
                var agent = "a" + anything(random, 100);
                told.add(target + "|" + agent);
                tell(log, "GET", target, anything(random, 50), agent);
            }
        }

        assertThat(log.droppedCount()).isZero();
        var lines = lines();
        assertThat(lines).as("seed %d", SEED).hasSize(told.size());
        for (int i = 0; i < lines.size(); i++) {
            var line = parsed(lines.get(i));
            assertThat(lines.get(i)).matches("[ -~]*");
            var request = unescaped(line.group(5));
            assertThat(request).startsWith("GET /").endsWith(" HTTP/2.0");
            var target = request.substring("GET ".length(), request.length() - " HTTP/2.0".length());
            assertThat(target + "|" + unescaped(line.group(9)))
                    .as("seed %d, line %d", SEED, i)
                    .isEqualTo(told.get(i));
        }
    }

    @Test
    void jsonLinesAreJsonWhateverClientsSend() throws IOException {
        var random = new Random(SEED);
        var agents = new ArrayList<String>();
        try (var log = AccessLog.start(settings(AccessLogSettings.Format.JSON, 64 << 20, 2, 8192), folder, () -> NOW)) {
            for (int i = 0; i < 1_000; i++) {
                agents.add(anything(random, 100));
                tell(log, anything(random, 10), anything(random, 100), "", agents.get(i));
            }
        }

        var lines = lines();
        assertThat(lines).hasSize(agents.size());
        for (int i = 0; i < lines.size(); i++) {
            assertThat(Json.mapper().readTree(lines.get(i)).get("userAgent").asString())
                    .as("seed %d", SEED)
                    .isEqualTo(agents.get(i));
        }
    }

    @Test
    void aTextThatIsTooLongIsCut() throws IOException {
        try (var log =
                AccessLog.start(settings(AccessLogSettings.Format.COMBINED, 64 << 20, 2, 8), folder, () -> NOW)) {
            tell(log, "GET", "/" + "t".repeat(100_000), "r".repeat(100_000), "u".repeat(100_000));
        }

        assertThat(lines()).singleElement().asString().hasSizeLessThan(4096);
    }

    @Test
    void filesAreBoundedInLengthAndNumber() throws IOException {
        int most = 128 << 10;
        for (int round = 0; round < 40; round++) {
            try (var log =
                    AccessLog.start(settings(AccessLogSettings.Format.COMBINED, most, 3, 1024), folder, () -> NOW)) {
                for (int i = 0; i < 200; i++) {
                    tell(log, "GET", "/" + round + "/" + i, "", "u".repeat(100));
                }
            }
        }

        try (var files = Files.list(folder.resolve("logs"))) {
            var names = new ArrayList<String>();
            for (var each : files.toList()) {
                names.add(each.getFileName().toString());
                assertThat(Files.size(each)).isPositive().isLessThanOrEqualTo(most);
            }
            assertThat(names).containsExactlyInAnyOrder("access.log", "access.log.1", "access.log.2");
        }
        assertThat(lines().getLast()).contains("/39/199");
        for (var each : List.of("access.log", "access.log.1", "access.log.2")) {
            for (var line : Files.readAllLines(folder.resolve("logs").resolve(each))) {
                parsed(line);
            }
        }
    }

    @Test
    void whatItCannotTakeIsCountedAndNobodyWaits() throws IOException {
        // A file where its folder should be: nothing can be written.
        Files.writeString(folder.resolve("logs"), "in the way");
        var log = AccessLog.start(settings(AccessLogSettings.Format.COMBINED, 1 << 20, 3, 64), folder, () -> NOW);
        try (log) {
            for (int i = 0; i < 1_000; i++) {
                tell(log, "GET", "/" + i, "", "");
            }
        }

        assertThat(log.droppedCount()).isEqualTo(1_000);
    }

    @Test
    void aFullRingDropsAndGoesOn() {
        var ring = new AccessRing(4);
        for (int i = 0; i < 4; i++) {
            ring.at(ring.claim()).status = i;
        }
        assertThat(ring.claim()).isEqualTo(-1);
        assertThat(ring.peek()).as("claimed and not filled yet").isNull();

        for (int i = 0; i < 4; i++) {
            ring.filled(i);
        }
        for (int i = 0; i < 4; i++) {
            var record = ring.peek();
            assertThat(record).isNotNull();
            assertThat(record.status).isEqualTo(i);
            ring.read();
        }
        assertThat(ring.peek()).isNull();
        assertThat(ring.claim()).isEqualTo(4);
    }
}
