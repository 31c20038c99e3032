package io.portolan.protocol.rest;

import io.portolan.model.ExtensionName;
import io.portolan.model.Route;
import io.portolan.model.VersionLabel;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An extension, as read and as registered.
 *
 * @param placement regions of each environment, {@code ["*"]} for all; an environment that is absent counts as {@code ["*"]}
 * @param source    where versions come from, null: they are published
 * @param hold      null: automation may move it
 */
public record ExtensionBody(
        ExtensionName name,
        Route route,
        @Nullable List<String> owners,
        @Nullable Map<String, List<String>> placement,
        @Nullable Source source,
        @Nullable Hold hold) {
    /** Where versions are mirrored from. */
    public record Source(String url, String mode, @Nullable Instant lastSync) {}

    /** Set by a rollback. */
    public record Hold(String reason, Instant at, List<VersionLabel> withdrawn) {}
}
