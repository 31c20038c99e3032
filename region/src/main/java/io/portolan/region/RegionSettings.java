package io.portolan.region;

import io.portolan.region.gateway.GatewaySettings;
import io.portolan.sync.ReplicaSettings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

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
 * @param operators        who may see its diagnostics and metrics
 * @param controllers      how it runs controllers
 * @param admission        how many requests are worked on at a time, and which wait
 * @param observations     how it probes other regions
 * @param gateway          what calls of controllers may cost
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
        ContentSettings content,
        OperatorAccess operators,
        ControllerSettings controllers,
        AdmissionLimits admission,
        ObservationPace observations,
        GatewaySettings gateway) {
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
        Objects.requireNonNull(operators, "operators");
        Objects.requireNonNull(controllers, "controllers");
        Objects.requireNonNull(admission, "admission");
        Objects.requireNonNull(observations, "observations");
        Objects.requireNonNull(gateway, "gateway");
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
                ContentSettings.DEFAULTS,
                OperatorAccess.LOCAL,
                ControllerSettings.DEFAULTS,
                AdmissionLimits.DEFAULTS,
                ObservationPace.DEFAULTS,
                GatewaySettings.DEFAULTS);
    }

    /** What may differ from the defaults. One thread at a time. */
    private static final class Draft {
        ReplicaSettings replica;
        URI store;
        List<String> ownNames;
        int fetchParallelism;
        long fetchBytesPerSecond;
        Duration fetchStall;
        Duration retryMax;
        Duration onDemandWait;
        int onDemandLimit;
        long memoryBytes;
        HttpLimits http;
        Http2Limits http2;
        TlsSettings tls;
        AccessLogSettings accessLog;
        Duration drainTimeout;
        Duration warmUp;
        ContentSettings content;
        OperatorAccess operators;
        ControllerSettings controllers;
        AdmissionLimits admission;
        ObservationPace observations;
        GatewaySettings gateway;

        private Draft(RegionSettings from) {
            replica = from.replica;
            store = from.store;
            ownNames = from.ownNames;
            fetchParallelism = from.fetchParallelism;
            fetchBytesPerSecond = from.fetchBytesPerSecond;
            fetchStall = from.fetchStall;
            retryMax = from.retryMax;
            onDemandWait = from.onDemandWait;
            onDemandLimit = from.onDemandLimit;
            memoryBytes = from.memoryBytes;
            http = from.http;
            http2 = from.http2;
            tls = from.tls;
            accessLog = from.accessLog;
            drainTimeout = from.drainTimeout;
            warmUp = from.warmUp;
            content = from.content;
            operators = from.operators;
            controllers = from.controllers;
            admission = from.admission;
            observations = from.observations;
            gateway = from.gateway;
        }
    }

    private RegionSettings change(Consumer<Draft> edit) {
        var draft = new Draft(this);
        edit.accept(draft);
        return new RegionSettings(
                draft.replica,
                listenHost,
                listenPort,
                draft.store,
                draft.ownNames,
                draft.fetchParallelism,
                draft.fetchBytesPerSecond,
                draft.fetchStall,
                draft.retryMax,
                draft.onDemandWait,
                draft.onDemandLimit,
                draft.memoryBytes,
                draft.http,
                draft.http2,
                draft.tls,
                draft.accessLog,
                draft.drainTimeout,
                draft.warmUp,
                draft.content,
                draft.operators,
                draft.controllers,
                draft.admission,
                draft.observations,
                draft.gateway);
    }

    /** The same with other ways to keep content. */
    public RegionSettings withContent(ContentSettings other) {
        return change(draft -> draft.content = other);
    }

    /** The same with other names of its own. */
    public RegionSettings withOwnNames(List<String> names) {
        return change(draft -> draft.ownNames = names);
    }

    /** The same with another store of blobs. */
    public RegionSettings withStore(URI other) {
        return change(draft -> draft.store = other);
    }

    /** The same with another store and other waits for it. */
    public RegionSettings withStore(URI other, Duration stall, Duration longestRetry, Duration longestWait) {
        return change(draft -> {
            draft.store = other;
            draft.fetchStall = stall;
            draft.retryMax = longestRetry;
            draft.onDemandWait = longestWait;
        });
    }

    /** The same with other memory for small files. */
    public RegionSettings withMemoryBytes(long bytes) {
        return change(draft -> draft.memoryBytes = bytes);
    }

    /** The same, following in another way: with other peers, say. */
    public RegionSettings withReplica(ReplicaSettings other) {
        return change(draft -> draft.replica = other);
    }

    /** The same with other limits for clients. */
    public RegionSettings withHttp(HttpLimits limits) {
        return change(draft -> draft.http = limits);
    }

    /** The same with a warm-up. */
    public RegionSettings withWarmUp(Duration longest) {
        return change(draft -> draft.warmUp = longest);
    }

    /** The same with another access log. */
    public RegionSettings withAccessLog(AccessLogSettings other) {
        return change(draft -> draft.accessLog = other);
    }

    /** The same with other operators. */
    public RegionSettings withOperators(OperatorAccess other) {
        return change(draft -> draft.operators = other);
    }

    /** The same, running controllers in another way. */
    public RegionSettings withControllers(ControllerSettings other) {
        return change(draft -> draft.controllers = other);
    }

    /** The same with other queues. */
    public RegionSettings withAdmission(AdmissionLimits other) {
        return change(draft -> draft.admission = other);
    }

    /** The same, probing other regions at another pace. */
    public RegionSettings withObservations(ObservationPace other) {
        return change(draft -> draft.observations = other);
    }

    /** The same with other limits for calls of controllers. */
    public RegionSettings withGateway(GatewaySettings other) {
        return change(draft -> draft.gateway = other);
    }

    /** The same with HTTPS. */
    public RegionSettings withTls(TlsSettings other) {
        return change(draft -> draft.tls = other);
    }

    private static void requireAtLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 1 or more)");
        }
    }
}
