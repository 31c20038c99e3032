package io.portolan.dist;

import io.portolan.region.gateway.GatewaySettings;
import java.time.Duration;

/** The keys of a region node's settings file that are about calls of controllers, each with its bounds. Stateless. */
final class GatewayConfiguration {
    private static final GatewaySettings DEFAULTS = GatewaySettings.DEFAULTS;

    private GatewayConfiguration() {}

    static GatewaySettings read(Section keys) {
        return new GatewaySettings(
                integer(keys, "gateway-outstanding", DEFAULTS.outstanding(), 1, 1_000_000),
                integer(keys, "gateway-idle-connections", DEFAULTS.idleConnections(), 0, 65_536),
                duration(keys, "gateway-idle", "4s", Duration.ofMillis(1), Duration.ofHours(1)),
                bytes(keys, "gateway-answer-headers", "32KiB", 256, 1 << 20),
                integer(keys, "gateway-attempts", DEFAULTS.attempts(), 1, 10),
                bytes(keys, "gateway-replay-bytes", "64KiB", 0, 16 << 20),
                integer(keys, "gateway-retry-percent", 20, 0, 100) / 100.0,
                integer(keys, "gateway-retries-per-second", DEFAULTS.retriesPerSecond(), 0, 100_000),
                integer(keys, "gateway-ejection-failures", DEFAULTS.failures(), 1, 1_000_000),
                duration(keys, "gateway-ejection", "10s", Duration.ofMillis(1), Duration.ofHours(1)),
                duration(keys, "gateway-longest-ejection", "5m", Duration.ofMillis(1), Duration.ofDays(1)),
                integer(keys, "gateway-most-ejected-percent", 50, 0, 100) / 100.0,
                duration(keys, "gateway-slow-start", "10s", Duration.ZERO, Duration.ofHours(1)),
                integer(keys, "gateway-regions", DEFAULTS.regions(), 0, 16));
    }

    private static int integer(Section keys, String key, int byDefault, int least, int most) {
        int value = keys.integer(key, byDefault);
        if (value < least || value > most) {
            keys.fault(key, value + " (expected: " + least + " to " + most + ")");
            return byDefault;
        }
        return value;
    }

    private static int bytes(Section keys, String key, String byDefault, int least, int most) {
        long value = keys.bytes(key, byDefault);
        if (value < least || value > most) {
            keys.fault(key, value + " bytes (expected: " + least + " to " + most + ")");
            return most;
        }
        return (int) value;
    }

    private static Duration duration(Section keys, String key, String byDefault, Duration least, Duration most) {
        var value = keys.duration(key, byDefault);
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            keys.fault(key, value + " (expected: " + least + " to " + most + ")");
            return most;
        }
        return value;
    }
}
