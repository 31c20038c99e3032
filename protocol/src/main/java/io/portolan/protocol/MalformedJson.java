package io.portolan.protocol;

import org.jspecify.annotations.Nullable;

/** Bytes from outside that are no JSON or not of the expected form; the message says where and why. */
public final class MalformedJson extends IllegalArgumentException {
    public MalformedJson(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
