package io.portolan.model.controller;

import java.util.List;
import java.util.Objects;

/**
 * How an external controller is spoken to over TLS where that is not what every client does: names of secrets of the region, whose
 * values are PEM. Immutable.
 *
 * @param ca          certificates of the authorities that are trusted, empty text for those that the node's Java trusts
 * @param certificate the node's own certificate and those that lead to its authority, empty text for none
 * @param key         its private key (PKCS #8), empty text for none
 */
public record ControllerTls(String ca, String certificate, String key) {
    /** Nothing of the kind. */
    public static final ControllerTls NONE = new ControllerTls("", "", "");

    public ControllerTls {
        ca = Objects.requireNonNullElse(ca, "");
        certificate = Objects.requireNonNullElse(certificate, "");
        key = Objects.requireNonNullElse(key, "");
        for (var name : List.of(ca, certificate, key)) {
            if (!name.isEmpty()) {
                var unused = new Reference(Reference.Kind.SECRET, name);
            }
        }
        if (certificate.isEmpty() != key.isEmpty()) {
            throw new IllegalArgumentException(
                    "tls: certificate and key do not agree (expected: both of them, or neither)");
        }
    }

    /** Reads {@code ${secret:NAME}}, and nothing but that; the name. */
    public static String secret(String key, String value) {
        var references = value.startsWith("${") ? Reference.in(value) : List.<Reference>of();
        if (references.size() != 1
                || references.get(0).kind() != Reference.Kind.SECRET
                || !value.equals("${secret:" + references.get(0).name() + "}")) {
            // The value is not repeated: it may be a key.
            throw new IllegalArgumentException("tls: " + key + " (expected: ${secret:NAME} and nothing else)");
        }
        return references.get(0).name();
    }
}
