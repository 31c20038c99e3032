package io.portolan.region;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link RequestObserver} is told of one answer. Used again for the next one, so that telling makes no object: observers keep
 * nothing of it but what they copy. One thread at a time, the event loop of a connection.
 */
final class AnswerFacts {
    private String extension = "";
    private String version = "";
    private int status;
    private RequestObserver.Cache cache = RequestObserver.Cache.NONE;
    private long bytes;
    private long durationNanos;
    private String method = "";
    private String target = "";
    private RequestObserver.Protocol protocol = RequestObserver.Protocol.HTTP_1_1;
    private @Nullable SocketAddress client;
    private CharSequence referer = "";
    private CharSequence userAgent = "";

    /** Which content it is about. */
    AnswerFacts about(Response.Subject subject) {
        extension = subject.extension();
        version = subject.version();
        return this;
    }

    /** What was sent, from where, and how long it took since the request's head was there. */
    AnswerFacts with(int sentStatus, RequestObserver.Cache from, long sentBytes, long nanos) {
        status = sentStatus;
        cache = from;
        bytes = sentBytes;
        durationNanos = nanos;
        return this;
    }

    /** What was asked; empty texts where the request could not be read. */
    AnswerFacts to(String askedMethod, String askedTarget, RequestObserver.Protocol spoken, SocketAddress peer) {
        method = askedMethod;
        target = askedTarget;
        protocol = spoken;
        client = peer;
        return this;
    }

    /** What the client said of itself, empty texts for nothing. */
    AnswerFacts from(CharSequence itsReferer, CharSequence itsUserAgent) {
        referer = itsReferer;
        userAgent = itsUserAgent;
        return this;
    }

    /** Name of the extension, empty text for none. */
    String extension() {
        return extension;
    }

    /** Label of the version, empty text for none. */
    String version() {
        return version;
    }

    int status() {
        return status;
    }

    RequestObserver.Cache cache() {
        return cache;
    }

    /** Length of the body that was sent. */
    long bytes() {
        return bytes;
    }

    /** Since the request's head was there. */
    long durationNanos() {
        return durationNanos;
    }

    String method() {
        return method;
    }

    /** Path and query as sent. */
    String target() {
        return target;
    }

    RequestObserver.Protocol protocol() {
        return protocol;
    }

    /** Peer of the connection; null for a connection that is gone. */
    @Nullable
    SocketAddress client() {
        return client;
    }

    CharSequence referer() {
        return referer;
    }

    CharSequence userAgent() {
        return userAgent;
    }
}
