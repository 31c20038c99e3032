package io.portolan.artifact;

import io.portolan.model.Digest;
import java.io.IOException;

/** Content that is not what its digest says: damaged on the way, on disk, or by someone. */
public final class DigestMismatch extends IOException {
    private final Digest expected;
    private final Digest actual;

    DigestMismatch(String doing, Digest expected, Digest actual) {
        super(doing + ": digest: " + actual + " (expected: " + expected + ")");
        this.expected = expected;
        this.actual = actual;
    }

    /** The digest asked for. */
    public Digest expected() {
        return expected;
    }

    /** The digest of what was there. */
    public Digest actual() {
        return actual;
    }
}
