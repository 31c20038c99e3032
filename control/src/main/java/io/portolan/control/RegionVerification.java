package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.model.RegionName;
import io.portolan.planner.bringup.BringUpPlanner;
import io.portolan.planner.bringup.Check;
import io.portolan.protocol.Json;
import io.portolan.protocol.ObservationTable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What is asked of a joining region over HTTP before anybody is sent there: pages, every file of them, controllers. Thread-safe. */
final class RegionVerification {
    static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration ASSET_TIMEOUT = Duration.ofMinutes(5);
    /** How a node answers a page that has no configuration for the portal host. */
    private static final int REFUSED = 400;

    private final HttpClient http;

    RegionVerification(HttpClient http) {
        this.http = http;
    }

    /**
     * A page that a region is to serve.
     *
     * @param compared whether the other region has it too: one that is fenced in may be had by none that could be compared with
     */
    record Page(String extension, String route, String version, boolean compared) {
        Page(String extension, String route, String version) {
            this(extension, route, version, true);
        }
    }

    /**
     * A controller that a region is to run.
     *
     * @param path of its health check below the extension's own, as the gateway takes it
     */
    record Backend(String extension, String route, String version, String name, String path) {}

    /**
     * A region that is looked at.
     *
     * @param url   of its node
     * @param other of another region's node, empty text for none
     * @param hosts portal hosts that pages are asked for
     */
    record Subject(RegionName region, String url, String other, List<String> hosts) {
        Subject {
            hosts = List.copyOf(hosts);
        }

        /** All of it; the address of its node first. */
        String text() {
            return url + " " + region + " " + other + " " + hosts;
        }

        /** The other region's node for a page, empty text where there is none that has it. */
        String other(Page page) {
            return page.compared() ? other : "";
        }

        /** Where the reference of a page comes from, for people. */
        String reference(Page page) {
            return other(page).isEmpty() ? "the manifest" : other;
        }
    }

    /**
     * Loads every page and compares every asset with the other region's, byte by byte.
     *
     * @param progress is told how far it is
     */
    List<Check> pages(Subject subject, List<Page> pages, Consumer<String> progress)
            throws IOException, InterruptedException {
        long files = 0;
        long bytes = 0;
        int done = 0;
        for (var page : pages) {
            progress.accept(done + " of " + pages.size() + " extensions compared, " + BringUpPlanner.size(bytes)
                    + "; next: " + page.extension());
            var fault = page(subject, page);
            if (fault.isPresent()) {
                return List.of(Check.fail("pages", fault.get()));
            }
            var manifest = manifest(subject.url(), page);
            if (!subject.other(page).isEmpty() && !manifest.equals(manifest(subject.other(page), page))) {
                return List.of(Check.fail(
                        "assets",
                        page.extension() + " " + page.version() + ": another manifest than " + subject.other(page)
                                + " has"));
            }
            for (var file : manifest.path("files")) {
                var path = file.path("path").asString();
                var here = fetched(subject.url(), page, path);
                var there = subject.other(page).isEmpty()
                        ? file.path("sha256").asString(here.digest())
                        : fetched(subject.other(page), page, path).digest();
                if (!here.digest().equals(there)) {
                    return List.of(Check.fail(
                            "assets",
                            page.extension() + " " + page.version() + ": " + path + " differs from what "
                                    + subject.reference(page)
                                    + (subject.other(page).isEmpty() ? " says" : " has")));
                }
                files++;
                bytes += here.bytes();
            }
            done++;
        }
        return List.of(
                Check.pass("pages", pages.size() + " extensions loaded by HTTP"),
                Check.pass(
                        "assets",
                        files + " files, " + BringUpPlanner.size(bytes) + ", the same as "
                                + (subject.other().isEmpty() ? "in the manifests" : subject.other() + " has")));
    }

    /** Asks every page once, without its files; what is wrong with the first that is not right, empty if all are. */
    Optional<String> fault(Subject subject, List<Page> pages) throws IOException, InterruptedException {
        for (var page : pages) {
            var fault = page(subject, page);
            if (fault.isPresent()) {
                return fault;
            }
        }
        return Optional.empty();
    }

    /**
     * Calls the health check of every controller through the gateway of the region's node, as a page would.
     *
     * @throws IOException naming the first that is not answered well by this very region and version
     */
    void call(Subject subject, List<Backend> backends) throws IOException, InterruptedException {
        for (var backend : backends) {
            var uri = subject.url() + "/" + backend.route() + "/@" + backend.version() + "/api/" + backend.path();
            var answer = http.send(request(uri, TIMEOUT), HttpResponse.BodyHandlers.discarding());
            var wrong = answer.statusCode() / 100 == 2
                    ? wrong(answer, "X-Portolan-Version", backend.version())
                            .or(() -> wrong(
                                    answer,
                                    "X-Portolan-Region",
                                    subject.region().value()))
                    : Optional.of("answered " + answer.statusCode());
            if (wrong.isPresent()) {
                throw new IOException("controller " + backend.name() + " of " + backend.extension() + ": " + uri + ": "
                        + wrong.get());
            }
        }
    }

    /**
     * What is wrong with a page, empty if it is right. A version may have no configuration for some portal hosts, or for all of them;
     * one that is refused for all here must be refused for all by the other region too.
     */
    private Optional<String> page(Subject subject, Page page) throws IOException, InterruptedException {
        var answer = firstNotRefused(subject.url(), subject.hosts(), page);
        if (answer.isEmpty()) {
            return !subject.other(page).isEmpty()
                            && firstNotRefused(subject.other(page), subject.hosts(), page)
                                    .isPresent()
                    ? Optional.of(page.extension() + ": " + subject.url() + "/" + page.route()
                            + " answers 400 for every portal host, and " + subject.other(page) + " does not")
                    : Optional.empty();
        }
        var wrong = answer.get().statusCode() == 200
                ? wrong(answer.get(), "X-Portolan-Version", page.version())
                        .or(() -> wrong(
                                answer.get(),
                                "X-Portolan-Region",
                                subject.region().value()))
                : Optional.of("answered " + answer.get().statusCode());
        return wrong.map(why -> page.extension() + ": " + answer.get().uri() + ": " + why);
    }

    /** Where a node gives a page to the first portal host that it has a configuration for; empty where there is none. */
    Optional<URI> address(String url, List<String> hosts, Page page) throws IOException, InterruptedException {
        return firstNotRefused(url, hosts, page).map(HttpResponse::uri);
    }

    /** The page for the first portal host for which it is not 400; empty where it is for all. */
    private Optional<HttpResponse<Void>> firstNotRefused(String url, List<String> hosts, Page page)
            throws IOException, InterruptedException {
        for (var host : hosts.isEmpty() ? List.of("") : hosts) {
            var uri = url + "/" + page.route()
                    + (host.isEmpty() ? "" : "?trustedAuthority=" + URLEncoder.encode(host, StandardCharsets.UTF_8));
            var answer = http.send(request(uri, TIMEOUT), HttpResponse.BodyHandlers.discarding());
            if (answer.statusCode() != REFUSED) {
                return Optional.of(answer);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> wrong(HttpResponse<?> answer, String header, String expected) {
        var value = answer.headers().firstValue(header).orElse("");
        return value.equals(expected)
                ? Optional.empty()
                : Optional.of(header + ": " + value + " (expected: " + expected + ")");
    }

    private JsonNode manifest(String url, Page page) throws IOException, InterruptedException {
        var uri = url + "/" + page.route() + "/-/manifest/" + page.version();
        var answer = http.send(request(uri, TIMEOUT), HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) {
            throw new IOException(uri + " answered " + answer.statusCode());
        }
        try {
            return Json.mapper().readTree(answer.body());
        } catch (JacksonException e) {
            throw new IOException(uri + ": " + e.getMessage(), e);
        }
    }

    private record Fetched(String digest, long bytes) {}

    private Fetched fetched(String url, Page page, String path) throws IOException, InterruptedException {
        var encoded = List.of(path.split("/", -1)).stream()
                .map(segment ->
                        URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20"))
                .reduce((one, two) -> one + "/" + two)
                .orElse("");
        var uri = url + "/" + page.route() + "/Content/" + page.version() + "/" + encoded;
        var answer = http.send(request(uri, ASSET_TIMEOUT), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            if (answer.statusCode() != 200) {
                throw new IOException(uri + " answered " + answer.statusCode());
            }
            var hash = Digest.sha256();
            long bytes;
            try (var hashing = new DigestInputStream(body, hash)) {
                bytes = hashing.transferTo(OutputStream.nullOutputStream());
            }
            return new Fetched(Digest.from(hash).value(), bytes);
        }
    }

    /** A request that nodes do not count as one of users. */
    static HttpRequest request(String uri, Duration timeout) throws IOException {
        try {
            return HttpRequest.newBuilder(URI.create(uri))
                    .timeout(timeout)
                    .header("User-Agent", ObservationTable.JOINING_AGENT)
                    .build();
        } catch (IllegalArgumentException e) {
            throw new IOException(uri + ": " + e.getMessage(), e);
        }
    }
}
