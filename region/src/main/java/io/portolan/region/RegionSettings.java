package io.portolan.region;

import io.portolan.sync.ReplicaSettings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What a region node needs to start. Immutable.
 *
 * @param replica          how it follows its environment; an empty {@code url} means the address that it listens on
 * @param listenHost       address to listen on
 * @param listenPort       port to listen on, 0 for any free one
 * @param store            base URL below which {@code /v1/blobs/{sha256}} answers; normally the control plane's
 * @param ownNames         host names, beside IP literals and {@code localhost}, that reach this node and all its routes
 * @param fetchParallelism most blobs fetched at a time while filling
 * @param fetchBytesPerSecond most bytes of content fetched a second, over all fetches; 0 for no limit
 * @param fetchStall       a fetch that gets no byte for so long is given up and tried again
 * @param retryMax         longest pause between tries to fetch what is lacking
 * @param onDemandWait     longest that a request waits for content that is fetched for it
 * @param onDemandLimit    most requests that wait for content at a time; more are answered 503
 * @param memoryBytes      most bytes of small files held in memory
 * @param http             what a client may cost
 * @param http2            what an HTTP/2 connection may cost beside
 * @param tls              how it serves HTTPS
 * @param accessLog        how it records what it answered
 * @param drainTimeout     longest that {@code close} waits for answers in progress
 * @param warmUp           longest that the node asks itself before it is ready, zero for not at all
 * @param content          how it keeps content
 */
public record RegionSettings(
        ReplicaSettings replica,
        String listenHost,
        int listenPort,
        URI store,
        List<String> ownNames,
        int fetchParallelism,
        long fetchBytesPerSecond,
        Duration fetchStall,
        Duration retryMax,
        Duration onDemandWait,
        int onDemandLimit,
        long memoryBytes,
        HttpLimits http,
        Http2Limits http2,
        TlsSettings tls,
        AccessLogSettings accessLog,
        Duration drainTimeout,
        Duration warmUp,
        ContentSettings content) {
    public RegionSettings {
        Objects.requireNonNull(replica, "replica");
        Objects.requireNonNull(listenHost, "listenHost");
        Objects.requireNonNull(store, "store");
        ownNames = List.copyOf(ownNames);
        if (listenPort < 0 || listenPort > 65_535) {
            throw new IllegalArgumentException("listenPort: " + listenPort + " (expected: 0 to 65535)");
        }
        requireAtLeastOne("fetchParallelism", fetchParallelism);
        if (fetchBytesPerSecond < 0) {
            throw new IllegalArgumentException(
                    "fetchBytesPerSecond: " + fetchBytesPerSecond + " (expected: 0 or more)");
        }
        requireAtLeastOne("onDemandLimit", onDemandLimit);
        Objects.requireNonNull(http, "http");
        Objects.requireNonNull(http2, "http2");
        Objects.requireNonNull(tls, "tls");
        Objects.requireNonNull(accessLog, "accessLog");
        Objects.requireNonNull(warmUp, "warmUp");
        Objects.requireNonNull(content, "content");
    }

    /** Settings with the defaults, fetching from the control plane and without a warm-up. */
    public static RegionSettings of(ReplicaSettings replica, String listenHost, int listenPort) {
        return new RegionSettings(
                replica,
                listenHost,
                listenPort,
                replica.control(),
                List.of(),
                8,
                0,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                64,
                64L << 20,
                HttpLimits.DEFAULTS,
                Http2Limits.DEFAULTS,
                TlsSettings.OFF,
                AccessLogSettings.OFF,
                Duration.ofSeconds(10),
                Duration.ZERO,
                ContentSettings.DEFAULTS);
    }

    /** The same with other ways to keep content. */
    public RegionSettings withContent(ContentSettings other) {
        return new RegionSettings(
                replica,
                listenHost,
                listenPort,
                store,
                ownNames,
                fetchParallelism,
                fetchBytesPerSecond,
                fetchStall,
                retryMax,
                onDemandWait,
                onDemandLimit,
                memoryBytes,
                http,
                http2,
                tls,
                accessLog,
                drainTimeout,
                warmUp,
                other);
    }

    /** The same with other names of its own. */
    public RegionSettings withOwnNames(List<String> names) {
        return new RegionSettings(
                replica,
                listenHost,
                listenPort,
                store,
                names,
                fetchParallelism,
                fetchBytesPerSecond,
                fetchStall,
                retryMax,
                onDemandWait,
                onDemandLimit,
                memoryBytes,
                http,
                http2,
                tls,
                accessLog,
                drainTimeout,
                warmUp,
                content);
    }

    /** The same with another store and other waits for it. */
    public RegionSettings withStore(URI other, Duration stall, Duration longestRetry, Duration longestWait) {
        return new RegionSettings(
                replica,
                listenHost,
                listenPort,
                other,
                ownNames,
                fetchParallelism,
                fetchBytesPerSecond,
                stall,
                longestRetry,
                longestWait,
                onDemandLimit,
                memoryBytes,
                http,
                http2,
                tls,
                accessLog,
                drainTimeout,
                warmUp,
                content);
    }

    /** The same with other memory for small files. */
    public RegionSettings withMemoryBytes(long bytes) {
        return new RegionSettings(
                replica,
                listenHost,
                listenPort,
                store,
                ownNames,
                fetchParallelism,
                fetchBytesPerSecond,
                fetchStall,
                retryMax,
                onDemandWait,
                onDemandLimit,
                bytes,
                http,
                http2,
                tls,
                accessLog,
                drainTimeout,
                warmUp,
                content);
    }

    /** The same, following in another way: with other peers, say. */
    public RegionSettings withReplica(ReplicaSettings other) {
        return new RegionSettings(
                other,
                listenHost,
                listenPort,
                store,
                ownNames,
                fetchParallelism,
                fetchBytesPerSecond,
                fetchStall,
                retryMax,
                onDemandWait,
                onDemandLimit,
                memoryBytes,
                http,
                http2,
                tls,
                accessLog,
                drainTimeout,
                warmUp,
                content);
    }

    /** The same with other limits for clients. */
    public RegionSettings withHttp(HttpLimits limits) {
        return new RegionSettings(
                replica,
                listenHost,
                listenPort,
                store,
                ownNames,
                fetchParallelism,
                fetchBytesPerSecond,
                fetchStall,
                retryMax,
                onDemandWait,
                onDemandLimit,
                memoryBytes,
                limits,
                http2,
                tls,
                accessLog,
                drainTimeout,
                warmUp,
                content);
    }

    /** The same with a warm-up. */
    public RegionSettings withWarmUp(Duration longest) {
        return new RegionSettings(
                replica,
                listenHost,
                listenPort,
                store,
                ownNames,
                fetchParallelism,
                fetchBytesPerSecond,
                fetchStall,
                retryMax,
                onDemandWait,
                onDemandLimit,
                memoryBytes,
                http,
                http2,
                tls,
                accessLog,
                drainTimeout,
                longest,
                content);
    }

    /** The same with another access log. */
    public RegionSettings withAccessLog(AccessLogSettings other) {
        return new RegionSettings(
                replica,
                listenHost,
                listenPort,
                store,
                ownNames,
                fetchParallelism,
                fetchBytesPerSecond,
                fetchStall,
                retryMax,
                onDemandWait,
                onDemandLimit,
                memoryBytes,
                http,
                http2,
                tls,
                other,
                drainTimeout,
                warmUp,
                content);
    }

    /** The same with HTTPS. */
    public RegionSettings withTls(TlsSettings other) {
        return new RegionSettings(
                replica,
                listenHost,
                listenPort,
                store,
                ownNames,
                fetchParallelism,
                fetchBytesPerSecond,
                fetchStall,
                retryMax,
                onDemandWait,
                onDemandLimit,
                memoryBytes,
                http,
                http2,
                other,
                accessLog,
                drainTimeout,
                warmUp,
                content);
    }

    private static void requireAtLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 1 or more)");
        }
    }

    /** The same with another store of blobs. */
    public RegionSettings store(URI other) {
        return new RegionSettings(
                replica,
                listenHost,
                listenPort,
                other,
                ownNames,
                fetchParallelism,
                fetchBytesPerSecond,
                fetchStall,
                retryMax,
                onDemandWait,
                onDemandLimit,
                memoryBytes,
                http,
                http2,
                tls,
                accessLog,
                drainTimeout,
                warmUp,
                content);
    }
}
