package io.portolan.region;

import java.net.SocketAddress;

/**
 * Told of every answer once, when its last byte was handed to the connection or it could not be sent. Thread-safe; called on event
 * loops, where it neither waits nor makes objects.
 */
interface RequestObserver {
    /** Where the body came from. */
    enum Cache {
        /** Memory of this node. */
        MEMORY,
        /** Its disk. */
        DISK,
        /** Another node or the store, for this request. */
        FETCHED,
        /** There was no content to look for. */
        NONE
    }

    /** What the client speaks. */
    enum Protocol {
        HTTP_1_0("HTTP/1.0"),
        HTTP_1_1("HTTP/1.1"),
        HTTP_2("HTTP/2.0");

        private final String text;

        Protocol(String text) {
            this.text = text;
        }

        /** As access logs write it. */
        String text() {
            return text;
        }
    }

    /**
     * An answer is finished.
     *
     * @param extension     its name, empty text for none
     * @param version       its label, empty text for none
     * @param status        status code
     * @param bytes         length of the body that was sent
     * @param durationNanos since the request's head was there
     * @param method        of the request, empty text when it could not be read
     * @param target        path and query as sent, empty text when it could not be read
     * @param client        peer of the connection
     */
    void answered(
            String extension,
            String version,
            int status,
            Cache cache,
            long bytes,
            long durationNanos,
            String method,
            String target,
            Protocol protocol,
            SocketAddress client);

    /** The same, with the request's {@code Referer} and {@code User-Agent}, empty text for none. */
    default void answered(
            String extension,
            String version,
            int status,
            Cache cache,
            long bytes,
            long durationNanos,
            String method,
            String target,
            Protocol protocol,
            SocketAddress client,
            CharSequence referer,
            CharSequence userAgent) {
        answered(extension, version, status, cache, bytes, durationNanos, method, target, protocol, client);
    }
}
