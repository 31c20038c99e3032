package io.portolan.protocol;

import io.portolan.model.Digest;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/**
 * An Ed25519 key pair that signs envelopes. Thread-safe.
 *
 * @param keyId      first 16 hex digits of the SHA-256 of the encoded public key
 * @param privateKey the secret half
 * @param publicKey  the half that others get
 */
public record Signer(String keyId, PrivateKey privateKey, PublicKey publicKey) {
    /** A fresh pair. */
    public static Signer generate() {
        try {
            var pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            return new Signer(keyId(pair.getPublic()), pair.getPrivate(), pair.getPublic());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Ed25519 is part of the platform", e);
        }
    }

    /** Reads {@link #encoded()}. */
    public static Signer decode(String text) {
        try {
            var parts = text.strip().split("\\.", -1);
            if (parts.length != 2) {
                throw new IllegalArgumentException("key pair: two parts expected");
            }
            var secret = KeyFactory.getInstance("Ed25519")
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(parts[0])));
            var open = publicKey(parts[1]);
            return new Signer(keyId(open), secret, open);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("key pair: not an Ed25519 key pair", e);
        }
    }

    /** The pair as one line of text, PKCS#8 and X.509 in Base64 with a dot between; secret. */
    public String encoded() {
        return Base64.getEncoder().encodeToString(privateKey.getEncoded()) + "." + publicKeyText();
    }

    /** The public half as text: X.509 in Base64. */
    public String publicKeyText() {
        return Base64.getEncoder().encodeToString(publicKey.getEncoded());
    }

    /** Reads {@link #publicKeyText()}. */
    public static PublicKey publicKey(String text) {
        try {
            return KeyFactory.getInstance("Ed25519")
                    .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(text)));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("public key: not an Ed25519 key", e);
        }
    }

    /** Name of a public key. */
    public static String keyId(PublicKey key) {
        return Digest.of(key.getEncoded()).value().substring(0, 16);
    }

    /** Ed25519 signature of the bytes. */
    byte[] sign(byte[] bytes) {
        try {
            var signature = Signature.getInstance("Ed25519");
            signature.initSign(privateKey);
            signature.update(bytes);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("signing with " + keyId, e);
        }
    }
}
