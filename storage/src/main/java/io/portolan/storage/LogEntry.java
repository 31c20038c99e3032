package io.portolan.storage;

import java.time.Instant;

/**
 * One change, as it is handed to the log.
 *
 * @param type    CloudEvents type, such as {@code portolan.rollout.state}
 * @param subject what was changed, such as {@code Contoso_Orders} or {@code rollout/ro-12}
 * @param actor   who: a user, a node id, {@code engine}
 * @param origin  from where: a peer address, or the component
 * @param reason  why, in the actor's words; may be empty
 * @param data    details (before, after), a JSON object
 */
public record LogEntry(
        String type, String subject, String actor, String origin, String reason, String data, Instant at) {}
