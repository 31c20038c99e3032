package io.portolan.region;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which routes a request may name, by its {@code Host}: {@code R.<zone>} serves R only (one web origin an extension), the node's
 * own address serves all, any other name was sent to the wrong place. Immutable.
 *
 * @param zone   DNS zone of the extensions, without a trailing dot
 * @param shared whether the zone's own name serves all routes
 * @param ownNames further names of this node, lower case
 */
record HostRule(String zone, boolean shared, Set<String> ownNames) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9_](?:[a-z0-9_.\\-]{0,252})");
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(?:\\.\\d{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-f:.]{2,45}]");
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    HostRule {
        ownNames = Set.copyOf(ownNames);
    }

    /** What a host stands for. */
    sealed interface Scope {
        /** This node. */
        record AllRoutes() implements Scope {}

        /** One extension's own host. */
        record OneRoute(String route) implements Scope {}

        /** Some other server's name. */
        record Elsewhere(String host) implements Scope {}

        /** No host, several, or something that is none. */
        record Malformed(String host) implements Scope {}
    }

    /** Judges a value of {@code Host}. */
    Scope scope(String header) {
        var lower = header.toLowerCase(Locale.ROOT);
        int colon = lower.endsWith("]") ? -1 : lower.lastIndexOf(':');
        if (colon >= 0 && !PORT.matcher(lower.substring(colon + 1)).matches()) {
            return new Scope.Malformed(header);
        }
        var host = colon < 0 ? lower : lower.substring(0, colon);
        if (host.endsWith(".")) {
            host = host.substring(0, host.length() - 1);
        }
        if (IPV4.matcher(host).matches() || IPV6.matcher(host).matches()) {
            return new Scope.AllRoutes();
        }
        if (!NAME.matcher(host).matches()) {
            return new Scope.Malformed(header);
        }
        if (host.equals("localhost") || ownNames.contains(host) || (shared && host.equals(zone))) {
            return new Scope.AllRoutes();
        }
        if (host.endsWith("." + zone)) {
            var label = host.substring(0, host.length() - zone.length() - 1);
            if (!label.isEmpty() && label.indexOf('.') < 0) {
                return new Scope.OneRoute(label);
            }
        }
        return new Scope.Elsewhere(header);
    }
}
