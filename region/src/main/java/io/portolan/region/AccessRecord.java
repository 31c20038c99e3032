package io.portolan.region;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** One answer in the queue of the access log, used again and again. One thread at a time. */
final class AccessRecord {
    /** Longest request target that is recorded. */
    static final int TARGET_LIMIT = 2048;
    /** Longest value of another header that is recorded. */
    static final int HEADER_LIMIT = 512;

    long atMillis;
    long durationNanos;
    long bytes;
    int status;
    String extension = "";
    String version = "";
    String method = "";
    String target = "";
    String referer = "";
    String userAgent = "";
    RequestObserver.Cache cache = RequestObserver.Cache.NONE;
    RequestObserver.Protocol protocol = RequestObserver.Protocol.HTTP_1_1;

    @Nullable
    SocketAddress client;

    /** Lets go of what a client sent. */
    void clear() {
        target = "";
        referer = "";
        userAgent = "";
        client = null;
    }

    /** The beginning of a text; makes no object of a string that is short enough. */
    static String bounded(CharSequence text, int limit) {
        return (text.length() <= limit ? text : text.subSequence(0, limit)).toString();
    }
}
