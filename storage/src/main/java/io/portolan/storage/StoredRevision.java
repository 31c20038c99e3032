package io.portolan.storage;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.RevisionId;
import java.time.Instant;

/**
 * A signed revision.
 *
 * @param digest   SHA-256 of the payload's exact bytes
 * @param parent   digest of the revision before, empty text for the first
 * @param envelope the signed envelope, JSON
 */
@SuppressWarnings("ArrayRecordComponent")
public record StoredRevision(
        EnvironmentName environment,
        RevisionId id,
        Digest digest,
        String parent,
        String keyId,
        String cause,
        Instant createdAt,
        byte[] envelope) {}
