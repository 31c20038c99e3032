package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.protocol.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What users see while versions are replaced and while controllers and nodes are killed or frozen, in a world of processes: a page of
 * westus that calls, listens and uploads all the time. Figures are printed, and stand in docs/build-extensions/calls.md.
 */
@Tag("alone")
@Timeout(800)
class ControllerFailuresTest {
    @RegisterExtension
    static final SharedDev WORLD = SharedDev.processes();

    private static final String NAME = "Contoso_Live";
    private static final String HOME = "westus";
    private static final String NEXT = "westeurope";
    private static final long HALF = 1L << 30;
    /** What a node's heap and buffers may move by while 2 GiB pass; a buffered half would be 1 GiB. */
    private static final long FLAT_BYTES = 160L << 20;

    private static final String CONTROLLER = """
            import { createServer } from 'node:http';
            import { createHash } from 'node:crypto';
            const { HOST, PORT, PORTOLAN_VERSION, PORTOLAN_REGION } = process.env;
            const who = PORTOLAN_VERSION + ' ' + PORTOLAN_REGION + ' ' + process.pid;
            const events = new Set();
            const server = createServer((request, response) => {
              if (request.url === '/events') {
                response.writeHead(200, { 'Content-Type': 'text/event-stream' });
                events.add(response);
                response.on('close', () => events.delete(response));
              } else if (request.method === 'PUT') {
                let bytes = 0;
                request.on('data', (part) => { bytes += part.length; });
                request.on('end', () => response.end(PORTOLAN_VERSION + ' ' + bytes));
              } else {
                request.resume();
                response.end(JSON.stringify({ version: PORTOLAN_VERSION, region: PORTOLAN_REGION, pid: process.pid }));
              }
            });
            server.on('upgrade', (request, socket) => {
              const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
              socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n' +
                'Sec-WebSocket-Accept: ' + createHash('sha1').update(key).digest('base64') + '\\r\\n\\r\\n');
              const tick = () => socket.write(Buffer.concat([Buffer.from([0x81, who.length]), Buffer.from(who)]));
              tick();
              const ticking = setInterval(tick, 200);
              socket.on('data', (part) => { if ((part[0] & 0x0F) === 8) socket.end(); });
              socket.on('close', () => clearInterval(ticking));
              socket.on('error', () => clearInterval(ticking));
            });
            setInterval(() => events.forEach((each) => each.write('data: ' + who + '\\n\\n')), 200);
            process.on('SIGTERM', () => {
              server.close(() => process.exit(0));
              events.forEach((each) => each.end());
            });
            server.listen(Number(PORT), HOST);
            """;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final StringBuilder figures = new StringBuilder();

    private static void deploy(DevProcess dev, String version) throws Exception {
        var source = Sources.page(dev.scratch("live"), version);
        Files.writeString(
                Files.createDirectories(source.resolve("controllers/live")).resolve("live.mjs"), CONTROLLER);
        Files.writeString(source.resolve("portolan.json"), """
                {"portals":["*"],"controllers":[
                  {"name":"live","kind":"process","runtime":"node","archive":"controllers/live/","command":["live.mjs"],
                   "replicas":2,"drain":"14s","health":{"path":"/","every":"1s","timeout":"1s","failures":3},
                   "timeouts":{"connect":"1s","response":"6s","idle":"2m"}}]}""");
        dev.must("deploy", source.toString(), "--extension", NAME, "--version", version, "--bake", "0s", "--wait");
    }

    @Test
    void callsAndSocketsOutliveWhatHappensToVersionsControllersAndNodes() throws Exception {
        var dev = WORLD.dev();
        dev.must("ext", "register", NAME, "--route", "live", "--placement", "prod=" + HOME + "," + NEXT);
        deploy(dev, "1.0");
        await().atMost(DevProcess.PATIENCE).until(() -> pid(dev, HOME) > 0 && pid(dev, NEXT) > 0);
        var sockets = List.of(socket(dev, HOME), socket(dev, NEXT));

        try (var beside = new Beside();
                var calls = new Calls(dev, beside.threads);
                var old = new LiveSocket(sockets)) {
            await().atMost(DevProcess.PATIENCE).until(() -> old.hears("1.0", HOME));
            var events = beside.threads.submit(() -> lines(dev, "/live/@1.0/api/live/events"));

            uploadsWhileItsVersionIsReplaced(dev, beside.threads, old, calls);
            assertThat(events.isDone()).as("server-sent events go on").isFalse();
            try (var socket = new LiveSocket(sockets)) {
                await().atMost(DevProcess.PATIENCE).until(() -> socket.hears("2.0", HOME));
                aControllerIsKilled(dev, socket, calls);
                aControllerIsFrozen(dev, socket, calls);
                theDrainEndsSockets(old, calls);
                assertThat(events.get())
                        .as("the stream of events was ended, not cut")
                        .isPositive();
                aNodeIsFrozen(dev, socket, calls);
                aNodeIsKilled(dev, socket, calls);
            }
        } finally {
            System.out.println(figures);
        }
    }

    /** Runs what goes on beside the test; ends it with the test, whatever became of that. */
    private static final class Beside implements AutoCloseable {
        final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

        @Override
        public void close() {
            threads.shutdownNow();
        }
    }

    private void uploadsWhileItsVersionIsReplaced(DevProcess dev, ExecutorService threads, LiveSocket old, Calls calls)
            throws Exception {
        var node = dev.component("node-" + HOME);
        var replaced = new CountDownLatch(1);
        var body = new Halves(replaced);
        long before = memory(node);
        var upload = threads.submit(() -> http.send(
                HttpRequest.newBuilder(dev.node(HOME).resolve("/live/@1.0/api/live/file"))
                        .PUT(HttpRequest.BodyPublishers.fromPublisher(
                                HttpRequest.BodyPublishers.ofInputStream(() -> body), 2 * HALF))
                        .build(),
                HttpResponse.BodyHandlers.ofString()));
        await().atMost(DevProcess.PATIENCE).until(() -> body.given.get() >= HALF || upload.isDone());
        long during = memory(node);

        deploy(dev, "2.0");
        assertThat(Pages.version(dev.node(HOME), "live")).isEqualTo("2.0");
        replaced.countDown();
        var answer = upload.get();
        long after = memory(node);

        assertThat(answer.body()).as("the version that it began with").isEqualTo("1.0 " + 2 * HALF);
        assertThat(during - before).as("bytes more in the middle").isLessThan(FLAT_BYTES);
        assertThat(after - before).as("bytes more at its end").isLessThan(FLAT_BYTES);
        assertThat(old.endings)
                .as("the WebSocket of the version before goes on")
                .isEmpty();
        say("2 GiB uploaded while 1.0 was replaced by 2.0", old, calls);
        figures.append("  resident memory of the node: %d MiB before, %d in the middle, %d at the end%n"
                .formatted(before >> 20, during >> 20, after >> 20));
    }

    private void theDrainEndsSockets(LiveSocket old, Calls calls) {
        await().atMost(DevProcess.PATIENCE).until(() -> old.hears("2.0", HOME));
        assertThat(old.endings).as("closed once, and said so").containsExactly(1001);
        say("the drain of the replaced version is over: WebSocket closed with 1001", old, calls);
    }

    private void aControllerIsKilled(DevProcess dev, LiveSocket socket, Calls calls) throws Exception {
        assertThat(ProcessHandle.of(socket.pid()).orElseThrow().destroyForcibly())
                .isTrue();

        calls.awaitMore();
        await().atMost(DevProcess.PATIENCE).until(() -> ready(dev, HOME) == 2 && !socket.endings.isEmpty());
        say("a controller killed (SIGKILL), one of two", socket, calls);
    }

    private void aControllerIsFrozen(DevProcess dev, LiveSocket socket, Calls calls) throws Exception {
        long frozen = socket.pid();
        DevProcess.signal(ProcessHandle.of(frozen).orElseThrow(), "STOP");

        // Its health check ends it, and another one is started.
        await().atMost(DevProcess.PATIENCE).until(() -> ProcessHandle.of(frozen).isEmpty());
        await().atMost(DevProcess.PATIENCE).until(() -> ready(dev, HOME) == 2);
        calls.awaitMore();
        say("a controller frozen (SIGSTOP), one of two", socket, calls);
    }

    private void aNodeIsFrozen(DevProcess dev, LiveSocket socket, Calls calls) throws Exception {
        var node = dev.component("node-" + HOME);
        DevProcess.signal(node, "STOP");
        try {
            socket.mark();
            await().atMost(DevProcess.PATIENCE).until(() -> socket.hears("2.0", NEXT));
            calls.awaitMore();
            say("a node frozen (SIGSTOP); the page goes to the next region", socket, calls);
        } finally {
            DevProcess.signal(node, "CONT");
        }
        await().atMost(DevProcess.PATIENCE).until(() -> ready(dev, HOME) == 2);
    }

    private void aNodeIsKilled(DevProcess dev, LiveSocket socket, Calls calls) throws Exception {
        var node = dev.component("node-" + NEXT);
        assertThat(node.destroyForcibly()).isTrue();
        node.onExit().join();

        socket.mark();
        await().atMost(DevProcess.PATIENCE).until(() -> socket.hears("2.0", HOME));
        calls.awaitMore();
        say("a node killed (SIGKILL) with the sockets on it", socket, calls);
        dev.steer("start", "node-" + NEXT);
        await().atMost(DevProcess.PATIENCE).until(() -> ready(dev, NEXT) == 2);
    }

    private void say(String what, LiveSocket socket, Calls calls) {
        assertThat(calls.failed).as("idempotent calls that failed: " + what).hasValue(0);
        figures.append("%s: %s; longest silence of the socket %d ms%n"
                .formatted(what, calls.taken(), socket.longestSilenceMillis()));
        socket.mark();
    }

    private static URI socket(DevProcess dev, String region) {
        return URI.create(dev.node(region).toString().replace("http:", "ws:") + "/live/api/live/socket");
    }

    private long pid(DevProcess dev, String region) {
        try {
            var answer = Pages.get(dev.node(region).resolve("/live/api/live/x"));
            var said = answer.statusCode() == 200
                    ? Json.mapper().readTree(answer.body())
                    : Json.mapper().createObjectNode();
            return said.path("region").asString("").equals(region)
                    ? said.path("pid").asLong()
                    : 0;
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    /** Replicas ready of the version that a region shows. */
    private static int ready(DevProcess dev, String region) throws Exception {
        var version = Pages.version(dev.node(region), "live");
        var shown = Json.mapper()
                .readTree(Pages.get(dev.node(region).resolve("/live/api/diagnostics"))
                        .body());
        for (var controller : shown.at("/extensions/" + NAME + "/controllers")) {
            if (controller.path("version").asString("").equals(version)) {
                return controller.path("replicas").size();
            }
        }
        return 0;
    }

    /** Lines until the end; an exception where it was cut. */
    private long lines(DevProcess dev, String target) throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(dev.node(HOME).resolve(target)).build(),
                        HttpResponse.BodyHandlers.ofLines())
                .body()
                .count();
    }

    private static long memory(ProcessHandle process) throws IOException {
        for (var line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
            }
        }
        throw new IOException("no VmRSS of " + process.pid());
    }

    /** 2 GiB, the second of them only when it is wanted. One thread at a time. */
    private static final class Halves extends InputStream {
        final AtomicLong given = new AtomicLong();
        private final CountDownLatch second;

        Halves(CountDownLatch second) {
            this.second = second;
        }

        @Override
        public int read() {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0];
        }

        @Override
        public int read(byte[] into, int offset, int most) {
            long at = given.get();
            if (at == 2 * HALF) {
                return -1;
            }
            if (at == HALF) {
                try {
                    if (!second.await(DevProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                        return -1;
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return -1;
                }
            }
            int count = (int) Math.min(most, (at < HALF ? HALF : 2 * HALF) - at);
            given.addAndGet(count);
            return count;
        }
    }

    /** GETs at a fixed rate, each tried at home and then in the next region until it is answered. */
    private final class Calls implements AutoCloseable {
        private static final long EVERY_MILLIS = 50;
        private static final Duration ATTEMPT = Duration.ofSeconds(3);
        private static final int MOST_ATTEMPTS = 10;

        final AtomicLong failed = new AtomicLong();
        private final AtomicLong made = new AtomicLong();
        private final AtomicLong moved = new AtomicLong();
        private final AtomicLong longestNanos = new AtomicLong();
        private final List<URI> addresses;
        private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);

        Calls(DevProcess dev, ExecutorService threads) {
            addresses = List.of(
                    dev.node(HOME).resolve("/live/api/live/x"), dev.node(NEXT).resolve("/live/api/live/x"));
            var unused = timer.scheduleAtFixedRate(
                    () -> threads.execute(this::call), 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }

        private void call() {
            long begun = System.nanoTime();
            boolean answered = false;
            int attempt = 0;
            while (!answered
                    && attempt < MOST_ATTEMPTS
                    && !Thread.currentThread().isInterrupted()) {
                answered = isAnswered(addresses.get(attempt++ % addresses.size()));
            }
            moved.addAndGet(attempt > 1 ? 1 : 0);
            failed.addAndGet(answered ? 0 : 1);
            longestNanos.accumulateAndGet(System.nanoTime() - begun, Math::max);
            made.incrementAndGet();
        }

        private boolean isAnswered(URI address) {
            try {
                return http.send(
                                        HttpRequest.newBuilder(address)
                                                .timeout(ATTEMPT)
                                                .build(),
                                        HttpResponse.BodyHandlers.ofString())
                                .statusCode()
                        == 200;
            } catch (IOException e) {
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        /** Waits until as many calls have been made as take longer than one attempt. */
        void awaitMore() {
            long now = made.get();
            await().atMost(DevProcess.PATIENCE).until(() -> made.get() > now + ATTEMPT.toMillis() / EVERY_MILLIS);
        }

        /** What was counted since it was asked last. */
        String taken() {
            return "%d calls, %d failed, %d went to the next region, the longest took %d ms"
                    .formatted(
                            made.getAndSet(0),
                            failed.get(),
                            moved.getAndSet(0),
                            Duration.ofNanos(longestNanos.getAndSet(0)).toMillis());
        }

        @Override
        public void close() {
            timer.shutdownNow();
        }
    }
}
