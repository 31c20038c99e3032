package io.portolan.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Configuration of a cache that pulls an environment's assets from its regions. Immutable.
 *
 * @param zone    DNS zone of the extensions: nodes are asked under {@code R.<zone>}
 * @param nodes   base URLs of the regions' nodes, in the order in which they are asked; all of one scheme
 * @param listen  address and port, or a port
 * @param cache   folder of the kept files, where the server keeps them in one
 * @param size    most that is kept, in the server's own notation
 */
record CdnConfiguration(String environment, String zone, List<URI> nodes, String listen, String cache, String size) {
    CdnConfiguration {
        nodes = List.copyOf(nodes);
    }

    private boolean secure() {
        return nodes.getFirst().getScheme().equals("https");
    }

    private static int port(URI node) {
        return node.getPort() > 0 ? node.getPort() : node.getScheme().equals("https") ? 443 : 80;
    }

    /** For nginx, inside {@code http}. */
    String nginx() {
        var servers = new StringBuilder();
        for (var node : nodes) {
            servers.append(servers.isEmpty() ? "" : "\n")
                    .append("    server ")
                    .append(node.getHost())
                    .append(':')
                    .append(port(node))
                    .append(" max_fails=1 fail_timeout=5s;");
        }
        var tls = secure()
                ? "        proxy_ssl_server_name on;\n        proxy_ssl_name $portolan_route." + zone + ";\n"
                : "";
        return filled("cdn.nginx.conf")
                .replace("@SERVERS@", servers)
                .replace("@SCHEME@", secure() ? "https" : "http")
                .replace("@TLS@\n", tls);
    }

    /** For Varnish, which speaks no TLS to the regions. */
    String varnish() {
        if (secure()) {
            throw new CommandFailure(
                    ExitCode.CONFLICT,
                    "cdn config varnish: the nodes of " + environment + " are at https URLs (" + nodes.getFirst()
                            + "), and Varnish asks without TLS; put a TLS proxy between, or use nginx");
        }
        var servers = new StringBuilder();
        var members = new StringBuilder();
        for (int i = 0; i < nodes.size(); i++) {
            servers.append("backend region_")
                    .append(i)
                    .append(" {\n    .host = \"")
                    .append(nodes.get(i).getHost())
                    .append("\";\n    .port = \"")
                    .append(port(nodes.get(i)))
                    .append("\";\n    .probe = portolan_ready;\n    .connect_timeout = 1s;\n    .first_byte_timeout = 5s;\n"
                            + "    .between_bytes_timeout = 5s;\n}\n\n");
            members.append(i == 0 ? "" : "\n")
                    .append("    regions.add_backend(region_")
                    .append(i)
                    .append(");");
        }
        return filled("cdn.varnish.vcl").replace("@SERVERS@\n", servers).replace("@MEMBERS@", members);
    }

    private String filled(String template) {
        return resource(template)
                .replace("@ENVIRONMENT@", environment)
                .replace("@ZONE@", zone)
                .replace("@LISTEN@", listen)
                .replace("@CACHE@", cache)
                .replace("@SIZE@", size);
    }

    private static String resource(String name) {
        try (var in = CdnConfiguration.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not among the resources");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + name, e);
        }
    }
}
