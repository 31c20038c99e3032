package io.portolan.region;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whose scripts may call what is behind a route: the page's own origin, the extensions of the environment's zone, and those who may
 * frame the pages, which are the portals. Immutable. Sources are written as in {@code frame-ancestors}.
 *
 * @see <a href="https://www.w3.org/TR/CSP3/#match-url-to-source-expression">CSP 3, matching</a>
 */
record AllowedOrigins(List<String> sources, String zone) {
    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    AllowedOrigins {
        sources = List.copyOf(sources);
    }

    static AllowedOrigins of(ServingState state) {
        var environment = state.revision().environment();
        return new AllowedOrigins(
                Stream.of(
                                environment.portalHosts().stream(),
                                environment.frameAncestors().stream(),
                                // A page of another region tells it here when its own is gone.
                                state.revision().regions().values().stream()
                                        .flatMap(region -> region.probeUrls().stream()))
                        .flatMap(sources -> sources)
                        .toList(),
                environment.zone());
    }

    /** Whether a request may be made by scripts of the origin that it names; without one it is no script's of another origin. */
    boolean allows(Request request) {
        var header = request.header("origin");
        if (header.isEmpty()) {
            return true;
        }
        // "null" is anybody's sandbox.
        return parse(header)
                .filter(origin -> authority(origin).equals(request.host().toLowerCase(Locale.ROOT))
                        || host(origin).endsWith("." + zone)
                        || sources.stream().anyMatch(source -> matches(source, origin)))
                .isPresent();
    }

    private static Optional<URI> parse(String origin) {
        try {
            var uri = new URI(origin.toLowerCase(Locale.ROOT));
            boolean plain = uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawPath().isEmpty()
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null;
            boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            return plain && web ? Optional.of(uri) : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private static String host(URI origin) {
        return String.valueOf(origin.getHost());
    }

    private static String authority(URI origin) {
        return String.valueOf(origin.getRawAuthority());
    }

    private static boolean matches(String expression, URI origin) {
        var source = expression.toLowerCase(Locale.ROOT);
        int scheme = source.indexOf("://");
        if (scheme >= 0 && !source.substring(0, scheme).equals(origin.getScheme())) {
            return false;
        }
        var authority =
                scheme < 0 ? source : source.substring(scheme + "://".length()).split("/", 2)[0];
        int colon = authority.endsWith("]") ? -1 : authority.lastIndexOf(':');
        var host = colon < 0 ? authority : authority.substring(0, colon);
        var port = colon < 0 ? "" : authority.substring(colon + 1);
        boolean sameHost = host.startsWith("*.")
                ? host(origin).endsWith(host.substring(1))
                : host(origin).equals(host);
        return sameHost && (port.equals("*") || port(port, origin) == port(origin));
    }

    private static int port(String text, URI origin) {
        if (text.isEmpty()) {
            return "https".equals(origin.getScheme()) ? HTTPS : HTTP;
        }
        return text.chars().allMatch(c -> c >= '0' && c <= '9') && text.length() <= 5 ? Integer.parseInt(text) : -1;
    }

    private static int port(URI origin) {
        return origin.getPort() >= 0 ? origin.getPort() : port("", origin);
    }
}
