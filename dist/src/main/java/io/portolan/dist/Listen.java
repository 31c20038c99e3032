package io.portolan.dist;

/**
 * Address to listen on. Immutable.
 *
 * @param port 0 for any free one
 */
record Listen(String host, int port) {
    /** Reads {@code host:port}; an IPv6 address stands in brackets. */
    static Listen parse(String text) {
        int colon = text.lastIndexOf(':');
        var port = text.substring(colon + 1);
        if (colon < 1 || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 65_535) {
            throw new IllegalArgumentException(text + " (expected: HOST:PORT)");
        }
        var host = text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        return new Listen(bracketed ? host.substring(1, host.length() - 1) : host, Integer.parseInt(port));
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
