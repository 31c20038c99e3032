package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import io.portolan.protocol.Json;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A page in a profile of its own, with everything that it asked for and complained of. One thread at a time. */
final class Visit implements AutoCloseable {
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    /** Longest wait for anything that the page should do. */
    private static final double LIMIT_MILLIS = 60_000;

    private final BrowserContext context;
    private final Page page;
    private final String origin;
    private final List<String> requests = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();

    Visit(BrowserContext context, URI origin) {
        this.context = context;
        this.origin = origin.getScheme() + "://" + origin.getAuthority();
        context.setDefaultTimeout(LIMIT_MILLIS);
        context.setDefaultNavigationTimeout(LIMIT_MILLIS);
        context.onRequest(request -> requests.add(request.url()));
        context.onRequestFailed(request -> complaints.add("failed: " + request.url() + ": " + request.failure()));
        context.onResponse(response -> {
            if (response.status() >= 400) {
                complaints.add("status " + response.status() + ": " + response.url());
            }
        });
        context.onConsoleMessage(message -> {
            if (List.of("error", "warning").contains(message.type())) {
                complaints.add("console " + message.type() + ": " + message.text() + " at " + message.location());
            }
        });
        context.onWebError(error -> complaints.add("uncaught: " + error.error()));
        page = context.newPage();
    }

    Page page() {
        return page;
    }

    /** Opens a path of the origin. */
    void open(String path) {
        assertThat(page.navigate(origin + path).status()).as(path).isEqualTo(200);
    }

    void reload() {
        assertThat(page.reload().status()).as("reload of " + page.url()).isEqualTo(200);
    }

    /** Path, query and fragment of the page now. */
    String address() {
        return page.url().substring(origin.length());
    }

    /** The value of an expression in the page. */
    JsonNode value(String expression) {
        return Json.mapper().readTree(String.valueOf(page.evaluate("JSON.stringify(" + expression + ")")));
    }

    /** Waits until an expression in the page is true. Asked from outside: a page may forbid itself to evaluate text. */
    void await(String expression) {
        page.waitForCondition(() -> Boolean.TRUE.equals(page.evaluate(expression)));
    }

    /** Requests so far, workers' too, without what the page made itself. */
    List<String> requests() {
        return requests.stream()
                .filter(url -> !url.startsWith("data:") && !url.startsWith("blob:" + origin + "/"))
                .toList();
    }

    /** Everything was asked of the origin and answered well, and nothing was complained of. */
    void assertClean() {
        assertThat(complaints).isEmpty();
        assertThat(requests()).isNotEmpty().allSatisfy(url -> assertThat(url).startsWith(origin + "/"));
    }

    /** Nothing was complained of so far. */
    void assertQuiet() {
        assertThat(complaints).isEmpty();
    }

    /** Keeps a picture of what is seen, to be looked at by people. */
    void screenshot(String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
    }

    @Override
    public void close() {
        context.close();
    }
}
