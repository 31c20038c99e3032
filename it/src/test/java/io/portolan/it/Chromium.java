package io.portolan.it;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ServiceWorkerPolicy;
import io.portolan.control.BrowserSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The operating system's Chromium, without a window and without traffic of its own. One thread at a time.
 *
 * <p>Pages are opened in its headless shell: the same engine, network and workers without the browser around them, which takes more than
 * half of the whole one's time. Whatever depends on the browser is done with the whole one: profiles with settings of people.
 */
final class Chromium implements AutoCloseable {
    private static final Path EXECUTABLE = Path.of("/usr/bin/chromium");

    private static final Path SHELL = Path.of("/usr/bin/chromium-headless-shell");

    /** The same for a control plane; it has no sandbox where root runs it. */
    static final BrowserSettings INSTALLED = new BrowserSettings(
            EXECUTABLE.toString(),
            "root".equals(System.getProperty("user.name")) ? List.of("--no-sandbox") : List.of());

    /** Whose names do not exist, on machines that answer every name too. */
    static final String NO_SUCH_DOMAIN = "nowhere.invalid";

    /** Where names of extensions lead. */
    static final String NAMED_NODE = "127.0.1.4";

    private static final List<String> ARGUMENTS = List.of(
            "--no-sandbox",
            "--host-resolver-rules=MAP *." + NO_SUCH_DOMAIN + " ~NOTFOUND, MAP *.ext.portolan.test " + NAMED_NODE,
            // The last of its kind counts. Playwright's own one switches the partitioning of third parties' storage
            // off, and then a
            // frame of another site gets no worker: a browser that nobody has.
            "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage");

    private final Playwright playwright;
    private final Browser browser;

    Chromium() {
        for (var program : List.of(EXECUTABLE, SHELL)) {
            if (!Files.isExecutable(program)) {
                throw new IllegalStateException(
                        program + " is missing (expected: the packages named in .ci/packages are installed)");
            }
        }
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = launched(playwright, Path.of(System.getProperty("portolan.chromium", SHELL.toString())));
    }

    private static Browser launched(Playwright playwright, Path program) {
        return playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(program)
                        .setArgs(ARGUMENTS));
    }

    /** A new profile with one empty page, which may ask only the given origin. */
    Visit visit(URI origin) {
        return visit(origin, ColorScheme.LIGHT);
    }

    /** An incognito window of a whole browser, which ends with all of this: the shell has a rule of its own for third parties' cookies. */
    Visit visitIncognito(URI origin) {
        var context = launched(playwright, EXECUTABLE).newContext(new Browser.NewContextOptions().setLocale("en-GB"));
        return new Visit(context, origin);
    }

    /** The same in a browser that runs no service worker. */
    Visit visitWithoutWorker(URI origin) {
        return new Visit(
                browser.newContext(new Browser.NewContextOptions()
                        .setServiceWorkers(ServiceWorkerPolicy.BLOCK)
                        .setLocale("en-GB")),
                origin);
    }

    /**
     * A browser of its own with a profile that stays in a folder, as people have it; it ends with the visit.
     *
     * @param thirdPartyCookies whether frames of other sites may have cookies
     */
    Visit visitInProfile(URI origin, Path profile, boolean thirdPartyCookies) throws IOException {
        Files.createDirectories(profile.resolve("Default"));
        // As its settings write it.
        Files.writeString(
                profile.resolve("Default").resolve("Preferences"),
                "{\"profile\":{\"cookie_controls_mode\":" + (thirdPartyCookies ? 0 : 1)
                        + ",\"block_third_party_cookies\":" + !thirdPartyCookies + "}}");
        return new Visit(
                playwright
                        .chromium()
                        .launchPersistentContext(
                                profile,
                                new BrowserType.LaunchPersistentContextOptions()
                                        .setExecutablePath(EXECUTABLE)
                                        .setArgs(ARGUMENTS)
                                        .setLocale("en-GB")),
                origin);
    }

    Visit visit(URI origin, ColorScheme scheme) {
        return new Visit(
                browser.newContext(new Browser.NewContextOptions()
                        .setViewportSize(1200, 800)
                        .setColorScheme(scheme)
                        .setLocale("en-GB")),
                origin);
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
