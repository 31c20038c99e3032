package io.portolan.dist;

import io.portolan.region.AccessLogSettings;
import io.portolan.region.AdmissionLimits;
import io.portolan.region.ContentSettings;
import io.portolan.region.ControllerSettings;
import io.portolan.region.Http2Limits;
import io.portolan.region.HttpLimits;
import io.portolan.region.ObservationPace;
import io.portolan.region.OperatorAccess;
import io.portolan.region.RegionSettings;
import io.portolan.region.TlsSettings;
import java.net.URI;
import java.nio.file.Path;

/** The keys of a region node's settings file, with their defaults. Stateless. */
final class RegionConfiguration {
    private RegionConfiguration() {}

    static RegionSettings read(Section keys) {
        var replica = ReplicaConfiguration.read(keys, "region");
        var listen = keys.listen("listen", "127.0.0.1:7080");
        return new RegionSettings(
                replica,
                listen.host(),
                listen.port(),
                keys.value("store", replica.control().toString(), replica.control(), URI::create),
                keys.texts("own-names"),
                keys.integer("fetch-parallelism", 8),
                keys.bytes("fetch-bytes-per-second", "0B"),
                keys.duration("fetch-stall", "10s"),
                keys.duration("retry-max", "30s"),
                keys.duration("on-demand-wait", "10s"),
                keys.integer("on-demand-limit", 64),
                keys.bytes("memory", "64MiB"),
                http(keys),
                new Http2Limits(
                        keys.integer("max-streams", 100),
                        keys.integer("max-stream-resets", 200),
                        keys.integer("max-control-frames", 200),
                        keys.duration("frame-window", "10s"),
                        keys.integer("max-empty-data-frames", 10),
                        keys.integer("max-small-continuation-frames", 16)),
                new TlsSettings(
                        keys.integer("https-port", -1),
                        keys.text("certificate", ""),
                        keys.text("certificate-key", ""),
                        keys.duration("certificate-reload", "30s"),
                        keys.texts("certificate-names")),
                accessLog(keys),
                keys.duration("drain-timeout", "10s"),
                keys.duration("warm-up", "2s"),
                content(keys),
                operators(keys),
                controllers(keys),
                new AdmissionLimits(
                        keys.integer("admission-running", AdmissionLimits.DEFAULTS.running()),
                        keys.integer("admission-pages", AdmissionLimits.DEFAULTS.pages()),
                        keys.integer("admission-files", AdmissionLimits.DEFAULTS.files()),
                        keys.integer("admission-prefetches", AdmissionLimits.DEFAULTS.prefetches()),
                        keys.duration("admission-wait", "5s"),
                        keys.duration("prefetch-lag", "100ms")),
                new ObservationPace(
                        keys.duration("observe-every", "2s"),
                        keys.duration("observe-timeout", "1900ms"),
                        keys.integer("observe-down", ObservationPace.DEFAULTS.down()),
                        keys.integer("observe-up", ObservationPace.DEFAULTS.up())),
                GatewayConfiguration.read(keys));
    }

    private static ControllerSettings controllers(Section keys) {
        return new ControllerSettings(
                keys.texts("controllers-allow"),
                Path.of(keys.text("controllers-folder", "controllers")),
                keys.has("controllers-secrets")
                        ? keys.path("controllers-secrets", "secrets").toString()
                        : "",
                keys.text("controllers-java", "java"),
                keys.text("controllers-node", "node"),
                keys.text("controllers-user", ""),
                keys.text("controllers-cgroup", "auto"),
                keys.bytes("controllers-log-bytes", "10MiB"),
                keys.integer("controllers-log-files", 3),
                keys.duration("controllers-grace", "10s"),
                keys.duration("controllers-ready-wait", "20s"));
    }

    private static ContentSettings content(Section keys) {
        return new ContentSettings(
                keys.duration("garbage-least-age", "24h"),
                keys.duration("page-lifetime", "24h"),
                keys.integer("retained-versions", 1_000),
                keys.bytes("retained-size", "4GiB"),
                keys.duration("collect-every", "1h"),
                keys.duration("collect-every-if-short", "1m"),
                keys.bytes("scrub-per-second", "4MiB"),
                keys.value("disk-reserve", "auto", 0L, Units::reserve));
    }

    private static OperatorAccess operators(Section keys) {
        return new OperatorAccess(
                keys.texts("operator-networks").stream()
                        .map(OperatorAccess.Network::parse)
                        .toList(),
                keys.has("operator-token") ? keys.secret("operator-token") : "");
    }

    private static AccessLogSettings accessLog(Section keys) {
        return new AccessLogSettings(
                keys.value("access-log", "combined", AccessLogSettings.Format.COMBINED, AccessLogSettings.Format::of),
                Path.of(keys.text("access-log-file", "logs/access.log")),
                keys.bytes("access-log-bytes", "20MiB"),
                keys.integer("access-log-files", 5),
                keys.integer("access-log-queue", 8192));
    }

    private static HttpLimits http(Section keys) {
        return new HttpLimits(
                keys.integer("max-connections", 10_000),
                keys.integer("max-requests-per-connection", 100_000),
                (int) keys.bytes("max-request-line", "8KiB"),
                (int) keys.bytes("max-headers", "16KiB"),
                keys.integer("max-header-count", 100),
                keys.duration("header-deadline", "10s"),
                (int) keys.bytes("max-request-body", "64KiB"),
                keys.duration("body-deadline", "20s"),
                keys.duration("idle-timeout", "60s"),
                keys.duration("write-deadline", "30s"),
                (int) keys.bytes("slowest-client-per-second", "8KiB"),
                keys.duration("lame-duck", "0s"));
    }
}
