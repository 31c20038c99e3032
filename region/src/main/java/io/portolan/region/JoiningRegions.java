package io.portolan.region;

import io.portolan.model.RegionName;
import io.portolan.model.document.RegionDocument;
import io.portolan.protocol.ObservationTable;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks regions that get or will get their first users for every page that they are to serve, round after round, and tells what came of
 * the last round: the evidence of a place that is not the region itself. Nothing is asked while no region joins. Thread-safe.
 */
final class JoiningRegions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JoiningRegions.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final RegionName own;
    private final Supplier<Optional<ServingState>> states;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();

    private final Thread thread;
    private volatile Map<RegionName, Seen> seen = Map.of();
    private volatile boolean closed;

    /**
     * What came of one round.
     *
     * @param extensions that were asked for
     * @param good       of these, those whose page was right, as far as the round came
     * @param fault      what was wrong with the first that was not, empty text for nothing
     */
    record Seen(int extensions, int good, String fault) {}

    JoiningRegions(RegionName own, Supplier<Optional<ServingState>> states) {
        this.own = own;
        this.states = states;
        this.thread = Thread.ofVirtual().name("joining-regions").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** The last round of each region that joins now. */
    Map<RegionName, Seen> seen() {
        return seen;
    }

    private void run() {
        try {
            while (!closed) {
                round();
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private void round() throws InterruptedException {
        try {
            var state = states.get();
            var next = new TreeMap<RegionName, Seen>();
            if (state.isPresent()) {
                for (var region : state.get().revision().regions().values()) {
                    if (!region.name().equals(own)
                            && isWatched(region)
                            && !region.probeUrls().isEmpty()) {
                        next.put(region.name(), look(state.get(), region));
                    }
                }
            }
            seen = Map.copyOf(next);
        } catch (RuntimeException e) {
            LOG.error("looking at joining regions failed", e);
        }
    }

    private static boolean isWatched(RegionDocument region) {
        return switch (region.state()) {
            case DARK, CANARY -> true;
            case RAMPING -> region.joins();
            default -> false;
        };
    }

    /** A page that the region is to serve. */
    private record Page(String extension, String route, String version) {}

    private Seen look(ServingState state, RegionDocument region) throws InterruptedException {
        var hosts = state.revision().environment().portalHosts();
        var pages = state.revision().extensions().values().stream()
                .flatMap(extension -> extension.pointer(region.name()).stream()
                        .map(pointer -> new Page(
                                extension.name().value(),
                                extension.route().value(),
                                pointer.version().value())))
                .toList();
        int good = 0;
        var fault = "";
        for (var page : pages) {
            try {
                var wrong = "";
                // One that a single node has wrongly is wrong for the users that this node answers.
                for (var url : region.probeUrls()) {
                    wrong = wrong.isEmpty() ? wrong(region, url, page, hosts) : wrong;
                }
                if (wrong.isEmpty()) {
                    good++;
                } else if (fault.isEmpty()) {
                    fault = page.extension() + ": " + wrong;
                }
            } catch (IOException | IllegalArgumentException e) {
                // One that does not answer is told of at once: asking it for all the others would take minutes.
                return new Seen(
                        pages.size(), good, page.extension() + ": " + (e.getMessage() == null ? e : e.getMessage()));
            }
        }
        return new Seen(pages.size(), good, fault);
    }

    /** What is wrong with a page, empty text if it is right; a version may have no configuration for some portal hosts. */
    private String wrong(RegionDocument region, String url, Page page, List<String> hosts)
            throws IOException, InterruptedException {
        for (var host : hosts.isEmpty() ? List.of("") : hosts) {
            var uri = url + "/" + page.route()
                    + (host.isEmpty() ? "" : "?trustedAuthority=" + URLEncoder.encode(host, StandardCharsets.UTF_8));
            var answer = http.send(
                    HttpRequest.newBuilder(URI.create(uri))
                            .timeout(TIMEOUT)
                            .header("User-Agent", ObservationTable.JOINING_AGENT)
                            .build(),
                    HttpResponse.BodyHandlers.discarding());
            if (answer.statusCode() == 400) {
                continue;
            }
            if (answer.statusCode() != 200) {
                return "answered " + answer.statusCode();
            }
            var served = answer.headers().firstValue("X-Portolan-Version").orElse("");
            var by = answer.headers().firstValue("X-Portolan-Region").orElse("");
            return !served.equals(page.version())
                    ? "serves " + served + " (expected: " + page.version() + ")"
                    : by.equals(region.name().value()) ? "" : "was answered by " + by;
        }
        return "";
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        http.shutdownNow();
    }
}
