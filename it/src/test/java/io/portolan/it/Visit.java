package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Frame;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.TimeoutError;
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
    private final List<String> notices = new ArrayList<>();
    private boolean stopping;
    /** Everything that happened, for whoever has to find out why something did not. */
    private final List<String> events = new ArrayList<>();

    Visit(BrowserContext context, URI origin) {
        this.context = context;
        this.origin = origin.getScheme() + "://" + origin.getAuthority();
        context.setDefaultTimeout(LIMIT_MILLIS);
        context.setDefaultNavigationTimeout(LIMIT_MILLIS);
        context.onRequest(request -> {
            events.add("asked " + request.url());
            if (isPages(request)) {
                requests.add(request.url());
            }
        });
        context.onRequestFailed(request -> {
            events.add("failed " + request.url() + ": " + request.failure());
            if (isPages(request)
                    && !isLastWord(request)
                    && !isWithoutBody(request)
                    && !isLeftBehind(request)
                    && !isInterrupted(request.url())) {
                complaints.add("failed: " + request.url() + ": " + request.failure());
            }
        });
        context.onResponse(response -> {
            events.add("answered " + response.status() + " " + response.url());
            if (response.status() >= 400 && isPages(response.request())) {
                complaints.add("status " + response.status() + ": " + response.url());
            }
        });
        context.onConsoleMessage(message -> {
            events.add("console " + message.type() + ": " + message.text());
            if (List.of("error", "warning").contains(message.type()) && !isInterrupted(message.location())) {
                complaints.add("console " + message.type() + ": " + message.text() + " at " + message.location());
            }
            if (message.text().startsWith("portolan: ")) {
                notices.add(message.text());
            }
        });
        context.onWebError(error -> complaints.add("uncaught: " + error.error()));
        page = context.newPage();
    }

    /** Whether a page or its workers asked; what the service worker asks, and ends where another source was quicker, is its own affair. */
    private static boolean isPages(Request request) {
        try {
            return request.isNavigationRequest() || request.frame() != null;
        } catch (NullPointerException | PlaywrightException serviceWorkers) {
            // This client of Playwright's has no word for a request without a frame.
            return false;
        }
    }

    /**
     * What a page, or a frame that is taken away, tells of itself as it goes, and the module for it, which is loaded last of all: called off
     * by the browser's own account, and nobody is there to hear of it.
     */
    private static boolean isLastWord(Request request) {
        return (request.url().contains("/telemetry") || request.url().endsWith("/-/page.js"))
                && "net::ERR_ABORTED".equals(request.failure());
    }

    /** What has no body is answered by its headers alone, which the page has by then, and called off by the browser's own account. */
    private static boolean isWithoutBody(Request request) {
        return "HEAD".equals(request.method()) && "net::ERR_ABORTED".equals(request.failure());
    }

    /**
     * A page that the browser asked for ahead of the worker ({@code preloadResponse}), where the worker had it from another region first: the
     * same affair as any request of the worker's, and in nobody's console. What the page is, its test looks at.
     */
    private static boolean isLeftBehind(Request request) {
        return request.isNavigationRequest() && "net::ERR_ABORTED".equals(request.failure());
    }

    /** Whether it is what a page tells of itself, by a worker that is being stopped under it. */
    private boolean isInterrupted(String place) {
        return stopping && (place.contains("/telemetry") || place.contains("/-/"));
    }

    Page page() {
        return page;
    }

    /** Opens a path of the origin. */
    void open(String path) {
        assertThat(page.navigate(origin + path).status()).as(path).isEqualTo(200);
    }

    void reload() {
        try {
            assertThat(page.reload().status()).as("reload of " + page.url()).isEqualTo(200);
        } catch (TimeoutError e) {
            throw new AssertionError("not loaded again: " + page.url() + "\n" + lastEvents(), e);
        }
    }

    private String lastEvents() {
        return String.join("\n", events.subList(Math.max(0, events.size() - 60), events.size()));
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
        try {
            page.waitForCondition(() -> isTrue(page.mainFrame(), expression));
        } catch (TimeoutError e) {
            throw new AssertionError(
                    "not true: " + expression + "\nbody: " + page.evaluate("document.body?.innerText") + "\n"
                            + lastEvents(),
                    e);
        }
    }

    /** A page that is about to be loaded once more says neither yes nor no. */
    static boolean isTrue(Frame frame, String expression) {
        try {
            return Boolean.TRUE.equals(frame.evaluate(expression));
        } catch (PlaywrightException e) {
            if (String.valueOf(e.getMessage()).contains("Execution context was destroyed")) {
                return false;
            }
            throw e;
        }
    }

    /** Requests so far, workers' too, without what the page made itself. */
    List<String> requests() {
        return requests.stream()
                .filter(url -> !url.startsWith("data:") && !url.startsWith("blob:" + origin + "/"))
                .toList();
    }

    /** The value that a promise of the page is settled with. */
    JsonNode settled(String promise) {
        return Json.mapper()
                .readTree(
                        String.valueOf(page.evaluate("async () => JSON.stringify(await (" + promise + ")) ?? 'null'")));
    }

    /** Waits until the service worker answers for the page. */
    void awaitWorker() {
        page.evaluate("() => new Promise((resolve) => navigator.serviceWorker.controller ? resolve()"
                + " : navigator.serviceWorker.addEventListener('controllerchange', () => resolve()))");
    }

    /** Ends service workers, as the browser does with those that have had nothing to do for a while. */
    void stopWorkers() {
        var devtools = context.newCDPSession(page);
        devtools.send("ServiceWorker.enable");
        devtools.send("ServiceWorker.stopAllWorkers");
        devtools.detach();
    }

    /** What we said on the console. */
    List<String> notices() {
        return List.copyOf(notices);
    }

    /** Notices of sources that failed: one that was only slow, as anything is on a starved machine, is no failure. */
    List<String> failures() {
        return notices.stream()
                .filter(notice -> !notice.contains(" failed (stalled) "))
                .toList();
    }

    /** Notices of sources that were only slow. */
    List<String> stalls() {
        return notices.stream()
                .filter(notice -> notice.contains(" failed (stalled) "))
                .toList();
    }

    /** Takes from the browser all that it keeps but the worker itself: the worker's caches, what it remembers, and the browser's own cache. */
    void forgetEverything() {
        forgetEverything(page.mainFrame());
    }

    /** The same for a page in a frame, which may have a store of its own. */
    void forgetEverything(Frame frame) {
        stopping = true;
        clearBrowserCache();
        stopWorkers();
        frame.evaluate("async () => { await " + UsedFiles.FORGET_EVERYTHING + "; }");
        // One that began again in between has read what is gone now.
        stopWorkers();
        frame.evaluate("1");
        stopping = false;
    }

    /** Takes from the browser the files that it keeps: those of the worker, and those of its own cache. */
    void forgetFiles() {
        clearBrowserCache();
        settled(UsedFiles.FORGET);
    }

    /** Empties the browser's own cache. */
    void clearBrowserCache() {
        var devtools = context.newCDPSession(page);
        devtools.send("Network.enable");
        devtools.send("Network.clearBrowserCache");
        devtools.detach();
    }

    /** Nothing was complained of by the page. */
    void assertNothingSeen() {
        assertThat(complaints).isEmpty();
    }

    /** Nothing was complained of but in these words, which are the application's own. */
    void assertNothingSeenBut(List<String> words) {
        assertThat(complaints).allSatisfy(complaint -> assertThat(words).anyMatch(complaint::contains));
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
