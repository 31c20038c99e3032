package io.portolan.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HealthProbeTest {
    /** One that no test waits for. */
    private static final Duration LONG = Duration.ofMinutes(30);

    private final HealthProbe probe = new HealthProbe();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicBoolean left = new AtomicBoolean();
    private Optional<HttpServer> server = Optional.empty();

    @BeforeEach
    void serve() throws IOException {
        var made = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        made.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        made.createContext("/stalls", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write('x');
            exchange.getResponseBody().flush();
            begun.countDown();
            await(over);
        });
        made.createContext("/drips", exchange -> write(exchange, "", 20));
        made.createContext("/pours", exchange -> write(exchange, "x".repeat(1_000), 0));
        made.createContext("/wrong", exchange -> {
            exchange.sendResponseHeaders(500, 3);
            exchange.getResponseBody().write(new byte[] {'b', 'a', 'd'});
            exchange.close();
        });
        made.start();
        server = Optional.of(made);
    }

    @AfterEach
    void end() {
        over.countDown();
        probe.close();
        server.ifPresent(each -> each.stop(0));
    }

    /** An answer without an end, until whoever asked has gone. */
    private void write(HttpExchange exchange, String first, int pauseMillis) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        var body = exchange.getResponseBody();
        try {
            body.write(first.getBytes(StandardCharsets.UTF_8));
            while (over.getCount() > 0) {
                body.write('x');
                body.flush();
                Thread.sleep(pauseMillis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            left.set(true);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private URI url(String path) {
        return URI.create(
                "http://127.0.0.1:" + server.orElseThrow().getAddress().getPort() + path);
    }

    /** Asks in a thread of its own: one that is kept for ever fails the test and does not hang it. */
    private HealthProbe.Answer ask(String path, Duration timeout) {
        var answer = new AtomicReference<HealthProbe.Answer>();
        var asking = asking(path, timeout, answer);
        ControllerRuntimeContract.patient().until(() -> !asking.isAlive());
        return Objects.requireNonNull(answer.get());
    }

    private Thread asking(String path, Duration timeout, AtomicReference<HealthProbe.Answer> answer) {
        return Threads.start("asks", () -> {
            try {
                answer.set(probe.ask(url(path), timeout));
            } catch (InterruptedException e) {
                answer.set(new HealthProbe.Answer("interrupted", "", false));
            }
        });
    }

    @Test
    void anAnswerThatStallsAfterItsHeadIsNone() {
        var answer = ask("/stalls", Duration.ofMillis(300));

        assertThat(answer).isEqualTo(new HealthProbe.Answer("does not answer at /stalls: request timed out", "", true));
    }

    @Test
    void anAnswerThatDripsIsNoneAndIsLeft() {
        var answer = ask("/drips", Duration.ofMillis(300));

        assertThat(answer.isSilent()).isTrue();
        ControllerRuntimeContract.patient().untilTrue(left);
    }

    @Test
    void ofAnAnswerWithoutAnEndTheBeginningIsEnough() {
        var answer = ask("/pours", LONG);

        assertThat(answer).isEqualTo(new HealthProbe.Answer("", "x".repeat(512), false));
        ControllerRuntimeContract.patient().untilTrue(left);
    }

    @Test
    void wrongAnswersAndRefusalsAreNoSilence() {
        assertThat(ask("/wrong", LONG)).isEqualTo(new HealthProbe.Answer("answers 500 at /wrong", "bad", false));
        server.orElseThrow().stop(0);

        assertThat(ask("/wrong", LONG))
                .returns(false, HealthProbe.Answer::isSilent)
                .satisfies(answer -> assertThat(answer.problem()).startsWith("does not answer at /wrong: "));
    }

    @Test
    void anInterruptEndsItWhereverItIs() {
        var answer = new AtomicReference<HealthProbe.Answer>();
        var asking = asking("/stalls", LONG, answer);
        await(begun);

        asking.interrupt();

        ControllerRuntimeContract.patient().until(() -> !asking.isAlive());
        assertThat(Objects.requireNonNull(answer.get()).problem()).isEqualTo("interrupted");
    }
}
