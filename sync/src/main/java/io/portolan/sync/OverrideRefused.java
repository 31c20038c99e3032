package io.portolan.sync;

import java.util.Objects;

/** An override is not obeyed, and why; nothing was changed. */
public final class OverrideRefused extends Exception {
    private static final long serialVersionUID = 1L;

    private final Code code;

    /** Why an override is refused, with the HTTP status that says it. */
    public enum Code {
        /** No envelope, or no override in it. */
        MALFORMED_OVERRIDE(400),
        /** No key that the applied revision lists signed it, or not for this purpose. */
        UNTRUSTED_KEY(403),
        /** The extension, region or override is not known here. */
        NOT_KNOWN(404),
        /** For another environment. */
        WRONG_ENVIRONMENT(409),
        /** A rollback given to a director, or a drain to a region node. */
        WRONG_ADDRESSEE(409),
        /** Too old, from the future, or older than what was decided on the same subject. */
        STALE(409),
        /** It was in force before, and was lifted, replaced or settled. */
        REPLAYED(409),
        /** The slot is empty, or its version was revoked. */
        NO_SUCH_SLOT(409),
        /** The version is not wholly on this node's disk. */
        NOT_HELD(409),
        /** No room for another one. */
        TOO_MANY(409),
        /** The node has applied no revision, so it trusts no operator's key yet. */
        NO_REVISION(503);

        private final int status;

        Code(int status) {
            this.status = status;
        }

        /** HTTP status. */
        public int status() {
            return status;
        }
    }

    /** With a message that says what was expected. */
    public OverrideRefused(Code code, String message) {
        super(Objects.requireNonNull(message, "message"));
        this.code = Objects.requireNonNull(code, "code");
    }

    /** The reason in one word. */
    public Code code() {
        return code;
    }
}
