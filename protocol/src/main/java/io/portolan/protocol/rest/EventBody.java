package io.portolan.protocol.rest;

import java.time.Instant;
import tools.jackson.databind.JsonNode;

/** A row of the log as a CloudEvents 1.0 event; {@code id} is its log id. */
public record EventBody(
        String id,
        String source,
        String specversion,
        String type,
        String subject,
        Instant time,
        String datacontenttype,
        JsonNode data) {}
