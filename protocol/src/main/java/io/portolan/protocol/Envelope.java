package io.portolan.protocol;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * DSSE envelope: exact bytes with one or more Ed25519 signatures over their pre-authentication encoding. Immutable.
 *
 * @param payloadType media type of the payload
 * @param payload     the signed bytes, Base64
 * @param signatures  one or more
 * @see <a href="https://github.com/secure-systems-lab/dsse/blob/master/protocol.md">DSSE protocol</a>
 */
public record Envelope(String payloadType, String payload, List<KeySignature> signatures) {
    public Envelope {
        Objects.requireNonNull(payloadType, "payloadType");
        Objects.requireNonNull(payload, "payload");
        signatures = List.copyOf(signatures);
    }

    /**
     * One signature.
     *
     * @param keyid name of the key, a hint only
     * @param sig   Ed25519 signature, Base64
     */
    public record KeySignature(String keyid, String sig) {}

    /** Signs the bytes. */
    public static Envelope sign(String payloadType, byte[] payload, Signer signer) {
        var signature = signer.sign(preAuthentication(payloadType, payload));
        return new Envelope(
                payloadType,
                Base64.getEncoder().encodeToString(payload),
                List.of(new KeySignature(signer.keyId(), Base64.getEncoder().encodeToString(signature))));
    }

    /** Signs the JSON of the value. */
    public static Envelope sign(String payloadType, Object value, Signer signer) {
        return sign(payloadType, Json.bytes(value), signer);
    }

    /** The payload's bytes, not yet verified: for display, and to learn whose key to verify with. */
    public byte[] unverifiedPayload() {
        return Base64.getDecoder().decode(payload);
    }

    /**
     * The payload, if its type is the expected one and one of the given keys signed it; else empty.
     *
     * @param keys trusted keys by {@link Signer#keyId}
     */
    public Optional<byte[]> verify(String expectedType, Map<String, PublicKey> keys) {
        if (!payloadType.equals(expectedType)) {
            return Optional.empty();
        }
        byte[] bytes;
        try {
            bytes = unverifiedPayload();
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
        var signed = preAuthentication(payloadType, bytes);
        for (var candidate : signatures) {
            var key = keys.get(candidate.keyid());
            if (key != null && matches(key, signed, candidate.sig())) {
                return Optional.of(bytes);
            }
        }
        return Optional.empty();
    }

    private static boolean matches(PublicKey key, byte[] signed, String sig) {
        try {
            var signature = Signature.getInstance("Ed25519");
            signature.initVerify(key);
            signature.update(signed);
            return signature.verify(Base64.getDecoder().decode(sig));
        } catch (GeneralSecurityException | IllegalArgumentException malformed) {
            return false;
        }
    }

    private static byte[] preAuthentication(String type, byte[] body) {
        var typeBytes = type.getBytes(StandardCharsets.UTF_8);
        var out = new ByteArrayOutputStream(body.length + 64);
        out.writeBytes(("DSSEv1 " + typeBytes.length + " ").getBytes(StandardCharsets.UTF_8));
        out.writeBytes(typeBytes);
        out.writeBytes((" " + body.length + " ").getBytes(StandardCharsets.UTF_8));
        out.writeBytes(body);
        return out.toByteArray();
    }
}
