package io.portolan.region;

/**
 * Tells requests whose answer depends on host, target and {@code Accept-Encoding} alone from those that the general path has to
 * judge. Stateless.
 */
final class PlainRequest {
    private PlainRequest() {}

    /** Whether a header of this lower-case name has a say in what is answered, or in where the request ends. */
    static boolean decides(CharSequence name) {
        if (name.isEmpty()) {
            return true;
        }
        return switch (name.charAt(0)) {
            case 'c' -> is(name, "content-length") || is(name, "connection");
            case 'e' -> is(name, "expect");
            case 'h' -> is(name, "http2-settings");
            case 'i' -> starts(name, "if-");
            case 'p' -> is(name, "purpose");
            case 'r' -> is(name, "range");
            // What is fetched ahead may be refused where others are answered.
            case 's' -> is(name, "sec-purpose");
            case 't' -> is(name, "te") || is(name, "trailer") || is(name, "transfer-encoding");
            case 'u' -> is(name, "upgrade");
            default -> false;
        };
    }

    private static boolean is(CharSequence name, String wanted) {
        return name.length() == wanted.length() && starts(name, wanted);
    }

    private static boolean starts(CharSequence name, String wanted) {
        if (name.length() < wanted.length()) {
            return false;
        }
        for (int i = 0; i < wanted.length(); i++) {
            if (name.charAt(i) != wanted.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
