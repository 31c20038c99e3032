package io.portolan.dist;

import io.portolan.director.DirectorSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;

/** The keys of a director's settings file, with their defaults. Stateless. */
final class DirectorConfiguration {
    private DirectorConfiguration() {}

    static DirectorSettings read(Section keys) {
        return new DirectorSettings(
                ReplicaConfiguration.read(keys, "director"),
                DnsConfiguration.read(keys),
                address(keys, "http-listen", "127.0.0.1:7054"),
                keys.values("advertised", DirectorConfiguration::numeric),
                new DirectorSettings.Probes(
                        keys.duration("probe-every", "10s"),
                        keys.duration("probe-timeout", "2s"),
                        keys.integer("probe-down", 4),
                        keys.integer("probe-up", 1)),
                keys.text("locations", ""),
                keys.values("peers", URI::create),
                keys.integer("requests-per-capacity", 0));
    }

    static InetSocketAddress address(Section keys, String key, String byDefault) {
        var listen = keys.listen(key, byDefault);
        var address = new InetSocketAddress(listen.host(), listen.port());
        if (address.isUnresolved()) {
            keys.fault(key, listen.host() + " (expected: an address of this machine)");
        }
        return address;
    }

    private static InetAddress numeric(String text) {
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(text + " (expected: an IP address)", e);
        }
    }
}
