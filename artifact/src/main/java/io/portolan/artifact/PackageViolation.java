package io.portolan.artifact;

import java.util.Objects;
import java.util.OptionalLong;

/**
 * One broken rule of the package format. Immutable.
 *
 * @param entry   entry that breaks it, made printable; empty text when the rule is about the whole package
 * @param message what was found and what was expected
 * @param limit   the limit, if the rule is one
 * @param actual  the value found, if the rule is a limit
 */
public record PackageViolation(
        ViolationCode code, String entry, String message, OptionalLong limit, OptionalLong actual) {
    public PackageViolation {
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(entry, "entry");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(limit, "limit");
        Objects.requireNonNull(actual, "actual");
    }

    @Override
    public String toString() {
        return (entry.isEmpty() ? "" : entry + ": ") + message + " [" + code.text() + "]";
    }
}
