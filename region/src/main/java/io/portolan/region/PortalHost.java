package io.portolan.region;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The {@code trustedAuthority} parameter. Stateless. */
final class PortalHost {
    private static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9.\\-]{0,252})");
    private static final Pattern PORT = Pattern.compile("[0-9]{0,5}");

    private PortalHost() {}

    /** The host in a host, a {@code host:port} or an origin, also with a trailing colon, in lower case; empty when it is none. */
    static Optional<String> parse(String authority) {
        var text = authority.strip().toLowerCase(Locale.ROOT);
        int scheme = text.indexOf("://");
        if (scheme >= 0) {
            var name = text.substring(0, scheme);
            if (!name.equals("https") && !name.equals("http")) {
                return Optional.empty();
            }
            text = text.substring(scheme + 3);
        }
        if (text.endsWith("/")) {
            text = text.substring(0, text.length() - 1);
        }
        int colon = text.indexOf(':');
        if (colon >= 0) {
            if (!PORT.matcher(text.substring(colon + 1)).matches()) {
                return Optional.empty();
            }
            text = text.substring(0, colon);
        }
        if (text.endsWith(".")) {
            text = text.substring(0, text.length() - 1);
        }
        return NAME.matcher(text).matches() ? Optional.of(text) : Optional.empty();
    }
}
