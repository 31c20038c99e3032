package io.portolan.model.controller;

import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Calls of which the author says that making them twice does what making them once does, so that they may be tried again. GET, HEAD,
 * OPTIONS and TRACE are so everywhere, PUT and DELETE by their definition; this is for others. Immutable.
 *
 * @param method upper-case method, or {@code *} for any
 * @param path   path on the controller with its leading slash; {@code *} stands for one segment or a part of it, a final
 *               {@code **} for any rest
 */
public record IdempotentRoute(String method, String path) {
    private static final Pattern METHOD = Pattern.compile("\\*|[A-Z]{1,32}");
    private static final Pattern PATH = Pattern.compile("/[^\\s?#]{0,255}");

    public IdempotentRoute {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(path, "path");
        if (!METHOD.matcher(method).matches() || !PATH.matcher(path).matches()) {
            throw new IllegalArgumentException("idempotent: " + method + " " + path
                    + " (expected: a method or *, then a path, as in POST /quotes/*)");
        }
    }

    /** Reads {@code POST /quotes/*} or {@code /quotes/*}. */
    public static IdempotentRoute parse(String text) {
        int space = text.indexOf(' ');
        return space < 0
                ? new IdempotentRoute("*", text)
                : new IdempotentRoute(
                        text.substring(0, space).toUpperCase(Locale.ROOT),
                        text.substring(space + 1).strip());
    }

    /** Whether a call is one of them; the path is the controller's own, without its query. */
    public boolean matches(String calledMethod, String calledPath) {
        return (method.equals("*") || method.equals(calledMethod)) && matches(path, 0, calledPath, 0);
    }

    private static boolean matches(String pattern, int p, String text, int t) {
        while (p < pattern.length()) {
            char next = pattern.charAt(p);
            if (next != '*') {
                if (t >= text.length() || text.charAt(t) != next) {
                    return false;
                }
                p++;
                t++;
                continue;
            }
            if (pattern.startsWith("**", p) && p + 2 == pattern.length()) {
                return true;
            }
            for (int end = t; end <= text.length(); end++) {
                if (matches(pattern, p + 1, text, end)) {
                    return true;
                }
                if (end < text.length() && text.charAt(end) == '/') {
                    return false;
                }
            }
            return false;
        }
        return t == text.length();
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
