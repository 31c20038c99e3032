package io.portolan.region;

import io.netty.handler.codec.http.HttpRequest;

/** A request to a path that takes something, with all that was sent to it. Nobody changes the bytes. */
@SuppressWarnings("ArrayRecordComponent") // passed on once, compared by nobody
record RequestWithBody(HttpRequest head, byte[] body) {
    /** Whether the body of such a request is wanted; all others are counted and dropped. */
    static boolean isWanted(HttpRequest head) {
        return head.method().name().equals("POST") && (Target.isOverride(head.uri()) || Target.isTelemetry(head.uri()));
    }
}
