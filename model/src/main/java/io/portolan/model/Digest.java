package io.portolan.model;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * SHA-256 of some bytes, the identity of all immutable content. Immutable.
 *
 * @param value 64 lower-case hexadecimal digits
 */
public record Digest(String value) implements Comparable<Digest> {
    private static final Pattern SHAPE = Pattern.compile("[0-9a-f]{64}");

    public Digest {
        Objects.requireNonNull(value, "value");
        if (!SHAPE.matcher(value).matches()) {
            throw new IllegalArgumentException("digest: " + value + " (expected: 64 lower-case hexadecimal digits)");
        }
    }

    /** Whether the text is a digest. */
    public static boolean isValid(String text) {
        return SHAPE.matcher(text).matches();
    }

    /** Digest of the given bytes. */
    public static Digest of(byte[] bytes) {
        return of(sha256().digest(bytes), 0);
    }

    /** A fresh SHA-256, for content that is hashed while it streams. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }

    /** Digest from a finished {@link #sha256()}. */
    public static Digest from(MessageDigest finished) {
        return of(finished.digest(), 0);
    }

    private static Digest of(byte[] hash, int offset) {
        return new Digest(HexFormat.of().formatHex(hash, offset, offset + 32));
    }

    /** The 32 bytes. */
    public byte[] bytes() {
        return HexFormat.of().parseHex(value);
    }

    @Override
    public int compareTo(Digest other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
