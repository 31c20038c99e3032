package io.portolan.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Configuration of a cache that pulls an environment's assets from its regions. Immutable.
 *
 * @param zone    DNS zone of the extensions: nodes are asked under {@code R.<zone>}
 * @param nodes   base URLs of the regions' nodes, in the order in which they are asked; all of one scheme
 * @param listen  address and port, or a port
 * @param cache   folder of the kept files, where the server keeps them in one
 * @param size    most that is kept, in the server's own notation
 * @param purgers networks that may have a file forgotten, beside the server's own machine and nodes whose URL has an address
 */
record CdnConfiguration(
        String environment,
        String zone,
        List<URI> nodes,
        String listen,
        String cache,
        String size,
        List<String> purgers) {
    private static final Pattern ADDRESS = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+");

    CdnConfiguration {
        nodes = List.copyOf(nodes);
        purgers = List.copyOf(purgers);
    }

    /** Addresses and networks from which a file may be purged, each once. */
    private List<String> purging() {
        var all = new LinkedHashSet<String>();
        nodes.stream()
                .map(node -> node.getHost().replaceAll("[\\[\\]]", ""))
                .filter(host -> ADDRESS.matcher(host).matches())
                .forEach(all::add);
        all.addAll(purgers);
        return List.copyOf(all);
    }

    /** A network as VCL writes it. */
    private static String vcl(String network) {
        int slash = network.indexOf('/');
        return slash < 0
                ? "    \"" + network + "\";"
                : "    \"" + network.substring(0, slash) + "\"" + network.substring(slash) + ";";
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
        var refreshing = new StringBuilder("    127.0.0.1 1;\n    ::1 1;");
        purging().stream()
                .filter(address -> !address.equals("127.0.0.1") && !address.equals("::1"))
                .forEach(address -> refreshing.append("\n    ").append(address).append(" 1;"));
        return filled("cdn.nginx.conf")
                .replace("@PURGERS@", refreshing)
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
                    .append(
                            "\";\n    .probe = portolan_ready;\n    .connect_timeout = 1s;\n    .first_byte_timeout = 5s;\n"
                                    + "    .between_bytes_timeout = 5s;\n}\n\n");
            members.append(i == 0 ? "" : "\n")
                    .append("    regions.add_backend(region_")
                    .append(i)
                    .append(");");
        }
        return filled("cdn.varnish.vcl")
                .replace("@SERVERS@\n", servers)
                .replace("@MEMBERS@", members)
                .replace(
                        "@PURGERS@",
                        purging().stream().map(CdnConfiguration::vcl).collect(Collectors.joining("\n")));
    }

    /**
     * For CloudFront, as a template of CloudFormation. It keeps the path as it is, and nodes answer {@code /CDN/…} of every extension under
     * their own names, so no {@code Host} has to be made up.
     */
    String cloudfront() {
        if (!secure() || nodes.size() < 2) {
            throw new CommandFailure(
                    ExitCode.CONFLICT,
                    "cdn config cloudfront: the nodes of " + environment + " are " + nodes
                            + " (expected: two or more at https URLs, by names that are their own)");
        }
        // A group of origins has two members: the first, and the one that is asked when that fails.
        var servers = new StringBuilder();
        for (int i = 0; i < 2; i++) {
            servers.append(i == 0 ? "" : ",\n")
                    .append("            { \"Id\": \"region-")
                    .append(i)
                    .append("\", \"DomainName\": \"")
                    .append(nodes.get(i).getHost())
                    .append(
                            "\", \"ConnectionAttempts\": 1, \"ConnectionTimeout\": 1, \"CustomOriginConfig\": { \"HTTPSPort\": ")
                    .append(port(nodes.get(i)))
                    .append(", \"OriginProtocolPolicy\": \"https-only\", \"OriginReadTimeout\": 5, "
                            + "\"OriginSSLProtocols\": [\"TLSv1.2\"] } }");
        }
        return filled("cdn.cloudfront.json")
                .replace("@SERVERS@", servers)
                .replace(
                        "@ORIGINS@",
                        nodes.get(0).getHost() + " and " + nodes.get(1).getHost());
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
