package io.portolan.protocol.rest;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import java.time.Instant;
import java.util.List;

/**
 * A published version.
 *
 * @param digest    its identity: SHA-256 of the canonical manifest
 * @param sizeBytes sum of its files, unpacked
 * @param live      where its nodes serve it by default
 * @param warnings  what publish noticed without refusing
 */
public record VersionBody(
        ExtensionName extension,
        VersionLabel version,
        Digest digest,
        long sizeBytes,
        int fileCount,
        Instant publishedAt,
        String publishedBy,
        VersionState state,
        List<Live> live,
        List<String> warnings) {
    /** A region that serves the version by default. */
    public record Live(EnvironmentName environment, RegionName region) {}
}
