package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.portolan.model.FailPoints;
import io.portolan.region.HostileRequests.Case;
import io.portolan.testkit.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hostile HTTP/1.1 against a node alone and behind nginx and HAProxy: never a file from outside a version, never more answers than
 * requests, never a connection that hangs, never somebody else's answer.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileRequestsTest {
    private static final Duration SHORT = Duration.ofMillis(1_500);
    private static final String SECRET = "nothing-of-a-version";
    private static final Pattern ANSWER = Pattern.compile("(?m)^HTTP/1\\.[01] (\\d{3})");
    private static final String CLEAN = "/orders/Content/1.0/app.js";
    private static final Release RELEASE = Release.simple("Contoso_Orders", "1.0");
    private static final int AT_A_TIME = 40;
    private static final Duration FUZZ_TIME = Duration.ofSeconds(3);

    private NodeWorld world;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        var node = folder.resolve("a/b/c/node");
        var limits = HttpLimits.DEFAULTS.withDeadlines(SHORT, SHORT, SHORT, Duration.ofSeconds(20));
        world = new NodeWorld(node, FailPoints.NONE, settings -> settings.withHttp(limits));
        for (var up : List.of(".", "a", "a/b", "a/b/c", "a/b/c/node")) {
            Files.writeString(folder.resolve(up).resolve("secret.txt"), SECRET);
        }
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, RELEASE)
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
    }

    @AfterAll
    void stop() {
        world.close();
    }

    @Test
    void refusesEachAlone() throws Exception {
        eachOf(HostileRequests.all(), hostile -> {
            var answers = ask(world.uri(), hostile);
            if (!hostile.harmless()) {
                assertThat(answers)
                        .as(hostile.name())
                        .allMatch(status -> (status >= 400 && status < 500) || status == 505);
            }
            assertThat(answers).as(hostile.name()).noneMatch(status -> status == 101 || status == 500);
            clean(world.uri());
        });
    }

    @Test
    void staysInStepBehindNginx(@TempDir Path prefix) throws Exception {
        try (var ports = FreePorts.take(1);
                var proxy = Proxy.nginx(prefix, ports.base(), world.uri())) {
            throughProxy(proxy);
        }
    }

    @Test
    void staysInStepBehindHaproxy(@TempDir Path prefix) throws Exception {
        try (var ports = FreePorts.take(1);
                var proxy = Proxy.haproxy(prefix, ports.base(), world.uri())) {
            throughProxy(proxy);
        }
    }

    @Test
    void survivesNoise() throws IOException {
        long seed = Long.getLong("portolan.seed", 20_261_123L);
        var random = new Random(seed);
        var seeds = HostileRequests.all().stream()
                .map(Case::bytes)
                .filter(bytes -> bytes.length < 2_000)
                .toList();
        var clock = InstantSource.system();
        var end = clock.instant().plus(FUZZ_TIME);
        int rounds = 0;
        while (clock.instant().isBefore(end)) {
            var noisy = mutate(seeds.get(random.nextInt(seeds.size())), random);
            assertThat(statuses(noisy, exchange(noisy)).size())
                    .as("seed %d round %d: %s", seed, rounds, text(noisy))
                    .isLessThanOrEqualTo(1 + count(text(noisy), "\n"));
            rounds++;
        }

        assertThat(rounds).isPositive();
        clean(world.uri());
    }

    private void throughProxy(Proxy proxy) throws Exception {
        eachOf(HostileRequests.all(), hostile -> {
            try (var client = new RawClient(proxy.uri())) {
                client.sendAnyway(hostile.bytes());
                // A proxy may read leniently (one length given twice) and find the hidden request behind a whole one;
                // what it
                // must never find is an answer that it did not ask for, which its next client would get.
                var answers = statuses(hostile.bytes(), client.readToEnd());
                assertThat(answers.size()).as(hostile.name()).isLessThanOrEqualTo(hostile.requests() + 1);
            }
            clean(proxy.uri());
        });
    }

    /** Statuses of the answers, after what holds for every case. */
    private static List<Integer> ask(URI server, Case hostile) throws IOException {
        try (var client = new RawClient(server)) {
            client.sendAnyway(hostile.bytes());
            var text = client.readToEnd();
            assertThat(text).as(hostile.name()).doesNotContain(HostileRequests.HIDDEN);
            var answers = statuses(hostile.bytes(), text);
            assertThat(answers.size()).as(hostile.name()).isLessThanOrEqualTo(hostile.requests());
            return answers;
        }
    }

    private String exchange(byte[] bytes) throws IOException {
        try (var client = new RawClient(world.uri())) {
            client.sendAnyway(bytes);
            client.sendAnyway("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.ISO_8859_1));
            client.endOfInput();
            return client.readToEnd();
        }
    }

    private static List<Integer> statuses(byte[] request, String answers) {
        assertThat(answers).as(text(request)).doesNotContain(SECRET).doesNotContain("root:x:");
        var statuses = new ArrayList<Integer>();
        var found = ANSWER.matcher(answers);
        while (found.find()) {
            statuses.add(Integer.parseInt(found.group(1)));
        }
        return statuses;
    }

    /** Somebody else gets what he asked for. */
    private static void clean(URI server) throws IOException {
        var answer = Wire.get(server, CLEAN);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(RELEASE.bytes("app.js"));
    }

    private static byte[] mutate(byte[] seed, Random random) {
        var bytes = new StringBuilder(text(seed).replace(HostileRequests.HIDDEN, "shown"));
        for (int i = random.nextInt(8); i >= 0; i--) {
            int at = random.nextInt(bytes.length() + 1);
            switch (random.nextInt(4)) {
                case 0 -> bytes.insert(at, (char) random.nextInt(256));
                case 1 -> bytes.delete(at, Math.min(bytes.length(), at + 1 + random.nextInt(4)));
                case 2 ->
                    bytes.insert(
                            at, List.of("\r\n", "\n", ":", " ", "0", "\0", "%").get(random.nextInt(7)));
                default -> bytes.insert(at, bytes.substring(at, Math.min(bytes.length(), at + random.nextInt(40))));
            }
        }
        return bytes.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    private interface Check {
        void on(Case hostile) throws IOException;
    }

    private static void eachOf(List<Case> cases, Check check) throws InterruptedException, ExecutionException {
        var permits = new Semaphore(AT_A_TIME);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tasks = cases.stream()
                    .<Callable<String>>map(hostile -> () -> {
                        permits.acquire();
                        try {
                            assertThatCode(() -> check.on(hostile))
                                    .as(hostile.name())
                                    .doesNotThrowAnyException();
                            return "";
                        } catch (AssertionError wrong) {
                            return hostile.name() + ": " + wrong.getMessage();
                        } finally {
                            permits.release();
                        }
                    })
                    .toList();
            var wrong = new ArrayList<String>();
            for (var task : threads.invokeAll(tasks)) {
                if (!task.get().isEmpty()) {
                    wrong.add(task.get());
                }
            }
            assertThat(wrong).isEmpty();
        }
    }
}
