package io.portolan.model;

/** State of a published version. */
public enum VersionState {
    PUBLISHED,
    /** Answered 410 everywhere, at once. */
    REVOKED,
    EXPIRED
}
