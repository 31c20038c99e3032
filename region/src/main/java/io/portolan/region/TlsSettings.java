package io.portolan.region;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How a node serves HTTPS. Immutable.
 *
 * @param port        port on the listening host, 0 for any free one, -1 for none
 * @param certificate PEM file of the certificate and its chain; empty text for a self-signed one, made at first start
 * @param key         PEM file (PKCS #8) of its private key; empty text along with {@code certificate}
 * @param reloadEvery how often both are looked at; when they changed, new connections get the new ones
 * @param names       host names in a self-signed certificate, beside the node's own
 */
public record TlsSettings(int port, String certificate, String key, Duration reloadEvery, List<String> names) {
    /** No HTTPS. */
    public static final TlsSettings OFF = new TlsSettings(-1, "", "", Duration.ofSeconds(30), List.of());

    public TlsSettings {
        if (port < -1 || port > 65_535) {
            throw new IllegalArgumentException("https port: " + port + " (expected: -1 to 65535)");
        }
        if (certificate.isEmpty() != key.isEmpty()) {
            throw new IllegalArgumentException("certificate and key: one of them (expected: both or neither)");
        }
        Objects.requireNonNull(reloadEvery, "reloadEvery");
        names = List.copyOf(names);
    }

    /** Whether there is any. */
    boolean isOn() {
        return port >= 0;
    }
}
