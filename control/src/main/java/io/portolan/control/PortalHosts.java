package io.portolan.control;

import java.util.Locale;

/** Portal hosts as the settings name them. Stateless. */
final class PortalHosts {
    private PortalHosts() {}

    /** A portal host as a page is asked for it: without scheme and port. */
    static String host(String portal) {
        var text = portal.strip().toLowerCase(Locale.ROOT);
        int scheme = text.indexOf("://");
        text = scheme < 0 ? text : text.substring(scheme + 3);
        int port = text.indexOf(':');
        return port < 0 ? text : text.substring(0, port);
    }
}
