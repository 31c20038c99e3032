package io.portolan.region.gateway;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.time.Duration;
import java.util.Set;

/** The head of a call: what it says of the call, and what each attempt sends of it. On the event loop of the call. */
final class CallHead {
    private static final Set<String> REPEATABLE = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

    private final HttpRequest head;
    private final boolean whole;
    private final boolean old;
    private final boolean socket;

    CallHead(HttpRequest head) {
        this.head = head;
        this.old = head.protocolVersion().equals(HttpVersion.HTTP_1_0);
        this.whole = !hasBody(head.headers());
        this.socket =
                whole && !old && head.method().equals(HttpMethod.GET) && ResponseRules.isWebSocket(head.headers());
    }

    private static boolean hasBody(HttpHeaders headers) {
        var length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        return headers.contains(HttpHeaderNames.TRANSFER_ENCODING) || (length != null && !length.equals("0"));
    }

    HttpMethod method() {
        return head.method();
    }

    /** Whether no body follows. */
    boolean isWhole() {
        return whole;
    }

    /** Whether the client speaks HTTP/1.0. */
    boolean isOld() {
        return old;
    }

    /** Whether it asks for a WebSocket. */
    boolean isSocket() {
        return socket;
    }

    /** Whether the call may be made twice. */
    boolean isRepeatable(CallTarget target) {
        var method = head.method().name();
        return !socket
                && (REPEATABLE.contains(method)
                        || target.upstream().repeatable().test(method, target.pathOnly()));
    }

    /** The deadline that holds, where the client wants one too. */
    Duration deadline(Duration own) {
        return Deadlines.least(own, head.headers());
    }

    /** Makes it that of this node; once. */
    void forward(CallTarget target) {
        var headers = head.headers();
        ForwardedHeaders.forward(headers, target);
        TraceContext.ensure(headers);
        head.setProtocolVersion(HttpVersion.HTTP_1_1);
        if (socket) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
            headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
        }
    }

    /** Makes it that of an attempt, at a replica here or at another node, which has so long. */
    HttpRequest addressed(CallTarget target, Backend backend, boolean elsewhere, Duration allowance) {
        var headers = head.headers();
        head.setUri(elsewhere ? target.pinned() : backend.path() + target.path());
        boolean byName = elsewhere || backend.address().isUnresolved();
        headers.set(HttpHeaderNames.HOST, byName ? authority(backend) : target.origin().hostHeader);
        if (!whole && !headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
            headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        Deadlines.pass(headers, allowance);
        return head;
    }

    private static String authority(Backend backend) {
        var host = backend.address().getHostString();
        return (host.contains(":") ? "[" + host + "]" : host) + ":"
                + backend.address().getPort();
    }
}
