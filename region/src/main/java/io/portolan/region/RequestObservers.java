package io.portolan.region;

import java.net.SocketAddress;
import java.util.List;

/** Tells each of several. Thread-safe. */
final class RequestObservers implements RequestObserver {
    private final RequestObserver[] all;

    RequestObservers(List<RequestObserver> all) {
        this.all = all.toArray(new RequestObserver[0]);
    }

    @Override
    public void answered(
            String extension,
            String version,
            int status,
            Cache cache,
            long bytes,
            long durationNanos,
            String method,
            String target,
            Protocol protocol,
            SocketAddress client) {
        answered(extension, version, status, cache, bytes, durationNanos, method, target, protocol, client, "", "");
    }

    @Override
    public void answered(
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
        for (var each : all) {
            each.answered(
                    extension,
                    version,
                    status,
                    cache,
                    bytes,
                    durationNanos,
                    method,
                    target,
                    protocol,
                    client,
                    referer,
                    userAgent);
        }
    }
}
