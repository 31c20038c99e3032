package io.portolan.control;

import io.portolan.control.RegionVerification.Page;
import io.portolan.control.RegionVerification.Subject;
import io.portolan.planner.bringup.Check;
import io.portolan.protocol.ObservationTable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads pages of a joining region in a headless browser, where there is one. Thread-safe; one browser at a time, and in it one page.
 *
 * <p>It finds what only a browser sees, and holds a region for nothing else: a page counts against its region when it fails here, does not
 * fail in another region, and fails here again. A browser that cannot be started, ends, or does not answer is started again once, and
 * then does without: the check says so, and that pages were loaded by HTTP.
 */
final class PageBrowser {
    private static final Logger LOG = LoggerFactory.getLogger(PageBrowser.class);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration PAGE = Duration.ofSeconds(20);
    private static final int STARTS = 2;

    private final BrowserSettings settings;
    private final Path folder;
    private final Duration patience;
    private final InstantSource clock;
    private final Semaphore turns = new Semaphore(1);

    /** @param folder for profiles, made when it is needed */
    PageBrowser(BrowserSettings settings, Path folder, InstantSource clock) {
        this(settings, folder, PATIENCE, clock);
    }

    /** @param patience longest that a browser may take to start, and to answer anything but a page */
    PageBrowser(BrowserSettings settings, Path folder, Duration patience, InstantSource clock) {
        this.settings = settings;
        this.folder = folder;
        this.patience = patience;
        this.clock = clock;
    }

    /** Everything that is known while pages are loaded. */
    private final class Round {
        final Path program;
        final Subject subject;
        final RegionVerification http;
        final Instant until;
        final List<String> notes = new ArrayList<>();

        @Nullable
        HeadlessBrowser browser;

        String product = "";
        String broken = "";
        int starts;
        int loaded;

        Round(Path program, Subject subject, RegionVerification http, Instant until) {
            this.program = program;
            this.subject = subject;
            this.http = http;
            this.until = until;
        }

        boolean isOver() {
            return (starts >= STARTS && browser == null) || !clock.instant().isBefore(until);
        }

        /** What is wrong with a page, empty text for nothing; nothing is known where the browser gave up. */
        Optional<String> load(URI page) throws InterruptedException {
            while (!isOver()) {
                try {
                    var running = browser == null ? start() : browser;
                    return Optional.of(running.load(page, PAGE));
                } catch (IOException e) {
                    broken = program + ": " + (e.getMessage() == null ? e.toString() : e.getMessage());
                    end();
                }
            }
            return Optional.empty();
        }

        private HeadlessBrowser start() throws IOException, InterruptedException {
            starts++;
            var started = HeadlessBrowser.start(
                    program,
                    settings.arguments(),
                    ObservationTable.JOINING_AGENT,
                    List.of(Preflight.host(subject.url()), Preflight.host(subject.other())).stream()
                            .filter(host -> !host.isEmpty())
                            .distinct()
                            .toList(),
                    folder,
                    patience,
                    clock);
            browser = started;
            product = started.product();
            return started;
        }

        void end() {
            var running = browser;
            browser = null;
            if (running != null) {
                running.close();
            }
        }
    }

    /**
     * Loads every page that was found right by HTTP.
     *
     * @param limit    longest that it may wait for its turn, and then load
     * @param progress is told how far it is
     */
    Check load(Subject subject, List<Page> pages, Duration limit, RegionVerification http, Consumer<String> progress)
            throws IOException, InterruptedException {
        var program = settings.program();
        if (program.isEmpty()) {
            return Check.skipped("browser", settings.whyNone() + ": pages were loaded by HTTP only");
        }
        if (!turns.tryAcquire(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            return Check.skipped("browser", "busy with other regions: pages were loaded by HTTP only");
        }
        var round = new Round(program.get(), subject, http, clock.instant().plus(limit));
        try {
            for (var page : pages) {
                if (round.isOver()) {
                    break;
                }
                progress.accept(round.loaded + " of " + pages.size() + " extensions loaded in " + program.get()
                        + "; next: " + page.extension());
                var fault = fault(round, page);
                if (fault.isPresent()) {
                    return Check.fail("browser", fault.get());
                }
            }
        } finally {
            round.end();
            turns.release();
        }
        return told(round, pages.size());
    }

    private Check told(Round round, int count) {
        boolean gaveUp = !round.broken.isEmpty() && round.loaded < count;
        if (gaveUp) {
            LOG.warn("browser cause=\"{}\"", round.broken);
        }
        if (round.loaded == 0 && gaveUp) {
            return Check.skipped("browser", round.broken + ": pages were loaded by HTTP only");
        }
        var text = round.loaded + " of " + count + " extensions loaded in " + round.product
                + (round.loaded == count
                        ? ""
                        : ", the others by HTTP only: " + (gaveUp ? round.broken : "the time for it was over"))
                + (round.notes.isEmpty()
                        ? ""
                        : "; " + round.notes.size() + " fail there and elsewhere alike, the first: "
                                + round.notes.getFirst());
        return round.notes.isEmpty() ? Check.pass("browser", text) : Check.warn("browser", text);
    }

    /** Why a page speaks against its region, empty if it does not. */
    private static Optional<String> fault(Round round, Page page) throws IOException, InterruptedException {
        var subject = round.subject;
        var address = round.http.address(subject.url(), subject.hosts(), page);
        if (address.isEmpty()) {
            // It has no configuration for any portal host: there is no page to load, as was found by HTTP.
            round.loaded++;
            return Optional.empty();
        }
        var here = round.load(address.get());
        if (here.isEmpty()) {
            return Optional.empty();
        }
        if (!here.get().isEmpty()) {
            var there = subject.other(page).isEmpty()
                    ? Optional.<URI>empty()
                    : round.http.address(subject.other(), subject.hosts(), page);
            var elsewhere = there.isEmpty() ? Optional.of("") : round.load(there.get());
            var again = round.load(address.get());
            if (elsewhere.isEmpty() || again.isEmpty()) {
                return Optional.empty();
            }
            boolean alone = there.isPresent() && elsewhere.get().isEmpty();
            if (alone && !again.get().isEmpty()) {
                return Optional.of(page.extension() + ": " + address.get() + " in " + round.product + ": " + again.get()
                        + ", and " + subject.other() + " has no such fault");
            }
            if (!again.get().isEmpty()) {
                round.notes.add(page.extension() + ": " + again.get());
            }
        }
        round.loaded++;
        return Optional.empty();
    }
}
