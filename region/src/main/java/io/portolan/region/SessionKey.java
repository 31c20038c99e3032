package io.portolan.region;

import java.util.Objects;
import java.util.function.Supplier;

/**
 * What tells one user's session from another while a region ramps. Immutable.
 *
 * @param value the key
 * @param drawn whether it was drawn just now, so that the browser must be asked to keep it
 */
record SessionKey(String value, boolean drawn) {
    /** Query parameter by which the shell names the session. */
    static final String PARAMETER = "sessionId";

    static final String COOKIE = "portolan_sid";

    /** Longer than any ramp lasts. */
    private static final long KEPT_SECONDS = 30L * 24 * 60 * 60;

    SessionKey {
        Objects.requireNonNull(value, "value");
    }

    /** The shell's session, else the cookie, else a draw. */
    static SessionKey of(Request request, Supplier<String> draw) {
        var named = request.parameter(PARAMETER);
        if (!named.isEmpty()) {
            return new SessionKey(named, false);
        }
        var kept = cookie(request.header("cookie"));
        return kept.isEmpty() ? new SessionKey(draw.get(), true) : new SessionKey(kept, false);
    }

    /**
     * Value of {@code Set-Cookie} that keeps it. Partitioned, since the page lives in a frame of another site; the portal's
     * partition has a key of its own.
     */
    String cookie() {
        return COOKIE + "=" + value + "; Path=/; Max-Age=" + KEPT_SECONDS
                + "; Secure; HttpOnly; SameSite=None; Partitioned";
    }

    /** Several {@code Cookie} headers may have been joined by commas; no value of ours has one. */
    private static String cookie(String header) {
        for (var pair : header.split("[;,]", -1)) {
            var text = pair.strip();
            if (text.startsWith(COOKIE + "=")) {
                return text.substring(COOKIE.length() + 1);
            }
        }
        return "";
    }
}
