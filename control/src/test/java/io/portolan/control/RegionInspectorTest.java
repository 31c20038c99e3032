package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.portolan.model.RegionName;
import io.portolan.planner.bringup.Check;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is seen of a region counts as long as nobody wanted it looked at again. */
class RegionInspectorTest {
    private static final RegionName REGION = new RegionName("uksouth");
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final HttpClient http = HttpClient.newHttpClient();
    private final RegionInspector inspector = new RegionInspector(
            http,
            new PageBrowser(BrowserSettings.OFF, Path.of("browsers"), InstantSource.system()),
            new Changes(),
            InstantSource.system());
    private HttpServer node;
    private String url;

    @BeforeEach
    void start() throws IOException {
        node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        node.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        node.start();
        url = "http://127.0.0.1:" + node.getAddress().getPort();
    }

    @AfterEach
    void stop() {
        inspector.close();
        http.close();
        node.stop(0);
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("X-Portolan-Region", REGION.value());
        exchange.getResponseHeaders().add("X-Portolan-Version", "1.0");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Test
    void whatWasSeenBeforeAPersonWantedItLookedAtAgainIsNotBelieved() throws Exception {
        var asked = new CountDownLatch(1);
        var mended = new CountDownLatch(1);
        var second = new CountDownLatch(1);
        var looks = new AtomicInteger();
        node.createContext("/orders", exchange -> {
            if (looks.getAndIncrement() == 0) {
                asked.countDown();
                awaitOrFail(mended);
                answer(exchange, 500, "broken");
                return;
            }
            awaitOrFail(second);
            answer(exchange, 200, exchange.getRequestURI().getPath().contains("manifest") ? "{}" : "page");
        });
        var subject = new RegionVerification.Subject(REGION, url, "", List.of());
        var pages = List.of(new RegionVerification.Page("Contoso_Orders", "orders", "1.0"));
        assertThat(inspector.verify(subject, pages)).extracting(Check::result).containsOnly(Check.Result.PENDING);
        assertThat(asked.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();

        inspector.forget(REGION);
        inspector.verify(subject, pages);
        mended.countDown();

        // The look that began before ends now, and the one that began after goes on.
        await().during(Duration.ofMillis(500)).atMost(LIMIT).until(() -> {
            assertThat(inspector.verify(subject, pages))
                    .extracting(Check::result)
                    .doesNotContain(Check.Result.FAIL);
            return true;
        });
        second.countDown();
        await().atMost(LIMIT).until(() -> inspector.verify(subject, pages).stream()
                .allMatch(check -> check.result() == Check.Result.PASS));
    }

    private static void awaitOrFail(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("nobody came");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void anAnswerThatNobodyExpectedIsToldAndDoesNotEndTheLooking() {
        node.createContext(
                "/orders",
                exchange -> answer(
                        exchange,
                        200,
                        exchange.getRequestURI().getPath().contains("manifest")
                                ? "{\"files\":[{\"path\":{}}]}"
                                : "page"));
        var subject = new RegionVerification.Subject(REGION, url, "", List.of());
        var pages = List.of(new RegionVerification.Page("Contoso_Orders", "orders", "1.0"));

        await().atMost(LIMIT).untilAsserted(() -> assertThat(inspector.verify(subject, pages))
                .singleElement()
                .satisfies(check -> assertThat(check.toString()).startsWith("verify: PENDING, " + url + ": ")));
    }
}
