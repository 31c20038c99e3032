package io.portolan.model.document;

import java.util.Objects;

/**
 * A record of an environment's zone that is the same for every client. Immutable.
 *
 * @param name       within the zone, lower case, without the zone's own name ({@code www}, {@code _acme-challenge.orders}); {@code @} is
 *                   the zone itself
 * @param type       {@code A}, {@code AAAA}, {@code CAA}, {@code CNAME}, {@code NS} (a zone below this one) or {@code TXT}
 * @param value      data as in a zone file; names in it are complete, the trailing dot may be left out
 * @param ttlSeconds 0 to 2^31-1
 */
public record DnsRecord(String name, String type, String value, long ttlSeconds) {
    /** The zone itself. */
    public static final String ZONE = "@";

    public DnsRecord {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(value, "value");
        if (ttlSeconds < 0 || ttlSeconds > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "record " + name + ": ttlSeconds: " + ttlSeconds + " (expected: 0 to 2147483647)");
        }
    }
}
