package io.portolan.region;

import io.netty.handler.codec.http.HttpRequest;

/**
 * A call that no controller answers, with what is answered instead.
 *
 * @param head       its head; only method, version and what a client says of itself are as they came
 * @param target     path and query as they came
 * @param sinceNanos when it came, by the event loop's clock
 */
record Unproxied(HttpRequest head, String target, Response response, long sinceNanos) {
    Dispatcher.Sendable sendable() {
        boolean empty = head.method().name().equals("HEAD");
        var bytes = response.body() instanceof Response.Body.Bytes body && !empty ? body.bytes() : new byte[0];
        return new Dispatcher.Sendable.InMemory(response, bytes, 0, bytes.length, RequestObserver.Cache.CONTROLLER);
    }
}
