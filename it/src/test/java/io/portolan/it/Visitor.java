package io.portolan.it;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Loads a page and all assets of the page's version over one connection, as a browser does, and compares every byte with the
 * release. One thread at a time.
 */
final class Visitor implements AutoCloseable {
    private final KeepAlive http;
    private final String route;
    private final Map<String, Release> releases;
    private long answers;

    Visitor(URI node, String route, Collection<Release> releases) {
        this.http = new KeepAlive(node);
        this.route = route;
        this.releases = releases.stream().collect(Collectors.toMap(Release::version, release -> release));
    }

    /**
     * What a visit found.
     *
     * @param status   of the page
     * @param version  that the page says it is of, empty text unless the status is 200
     * @param revision that the page was answered from
     * @param wrong    what was wrong with page or assets, empty text for nothing
     */
    record Seen(int status, String version, String revision, String wrong) {}

    /** Answers got so far. */
    long answers() {
        return answers;
    }

    /** Requests that were repeated because an idle connection had been closed. */
    long repeated() {
        return http.repeated();
    }

    /** One visit; a connection that breaks or is refused is an {@link IOException}. */
    Seen visit() throws IOException {
        var page = get("/" + route);
        if (page.status() != 200) {
            return new Seen(page.status(), "", "", "page: " + page.status() + " " + page.text());
        }
        var version = page.header("x-portolan-version");
        var revision = page.header("x-portolan-revision");
        var release = releases.get(version);
        if (release == null) {
            return new Seen(200, version, revision, "page: of version " + version + " (expected: " + releases.keySet());
        }
        return new Seen(200, version, revision, compare(page, release));
    }

    private String compare(KeepAlive.Answer page, Release release) throws IOException {
        var base = "/" + route + "/Content/" + release.version() + "/";
        if (!contains(page.body(), release.mark())
                || !contains(page.body(), ("<base href=\"" + base + "\">").getBytes(StandardCharsets.UTF_8))) {
            return "page: says it is of " + release.version() + " and is not: " + page.text();
        }
        for (var asset : release.assets().entrySet()) {
            var answer = get(base + asset.getKey());
            if (answer.status() != 200) {
                return base + asset.getKey() + ": " + answer.status() + " " + answer.text();
            }
            if (!Arrays.equals(answer.body(), asset.getValue())) {
                return base + asset.getKey() + ": other bytes than those of the release";
            }
        }
        return "";
    }

    private KeepAlive.Answer get(String target) throws IOException {
        var answer = http.get(target);
        answers++;
        return answer;
    }

    private static boolean contains(byte[] body, byte[] part) {
        return new String(body, StandardCharsets.ISO_8859_1).contains(new String(part, StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() throws IOException {
        http.close();
    }
}
