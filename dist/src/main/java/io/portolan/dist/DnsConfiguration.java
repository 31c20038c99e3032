package io.portolan.dist;

import io.portolan.director.DnsLimits;
import io.portolan.director.DnsSettings;
import io.portolan.director.IpPrefix;
import io.portolan.director.RateLimits;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.Stream;

/** The keys of a director's settings file that are about DNS, with their defaults. Stateless. */
final class DnsConfiguration {
    private DnsConfiguration() {}

    static DnsSettings read(Section keys) {
        var listen = keys.value(
                "dns-listen", "127.0.0.1:7053", List.<InetSocketAddress>of(), text -> Stream.of(text.split(","))
                        .map(one -> address(one.strip()))
                        .toList());
        try {
            return new DnsSettings(
                    listen,
                    keys.integer("dns-threads", 0),
                    keys.value("dns-engine", "auto", DnsSettings.Engine.AUTO, DnsSettings.Engine::of),
                    limits(keys),
                    rates(keys),
                    keys.has("dns-cookie-secrets")
                            ? keys.path("dns-cookie-secrets", "").toString()
                            : "",
                    keys.has("query-log") ? keys.path("query-log", "").toString() : "",
                    keys.bytes("query-log-bytes", DnsSettings.QUERY_LOG_BYTES + "B"));
        } catch (IllegalArgumentException e) {
            keys.fault("dns-listen", String.valueOf(e.getMessage()));
            return DnsSettings.of(new InetSocketAddress(0));
        }
    }

    private static InetSocketAddress address(String text) {
        var listen = Listen.parse(text);
        var address = new InetSocketAddress(listen.host(), listen.port());
        if (address.isUnresolved()) {
            throw new IllegalArgumentException(text + " (expected: addresses of this machine with ports, by commas)");
        }
        return address;
    }

    private static DnsLimits limits(Section keys) {
        var standard = DnsLimits.STANDARD;
        return new DnsLimits(
                keys.integer("dns-tcp-connections", standard.connections()),
                keys.integer("dns-tcp-connections-per-client", standard.connectionsPerClient()),
                keys.duration("dns-tcp-idle", standard.idle().toSeconds() + "s"));
    }

    private static RateLimits rates(Section keys) {
        var standard = RateLimits.STANDARD;
        return new RateLimits(
                keys.value("dns-rate-limit", "on", true, DnsConfiguration::onOrOff),
                keys.integer("dns-rate-answers", standard.answers()),
                keys.integer("dns-rate-no-data", standard.noData()),
                keys.integer("dns-rate-no-name", standard.noName()),
                keys.integer("dns-rate-errors", standard.errors()),
                keys.integer("dns-rate-all", standard.all()),
                keys.integer("dns-rate-slip", standard.slip()),
                keys.integer("dns-rate-v4-prefix", standard.v4Prefix()),
                keys.integer("dns-rate-v6-prefix", standard.v6Prefix()),
                keys.has("dns-rate-exempt") ? keys.values("dns-rate-exempt", IpPrefix::parse) : RateLimits.LOOPBACK);
    }

    private static boolean onOrOff(String text) {
        return switch (text) {
            case "on", "true" -> true;
            case "off", "false" -> false;
            default -> throw new IllegalArgumentException(text + " (expected: on or off)");
        };
    }
}
