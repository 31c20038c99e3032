package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Rollout;
import io.portolan.protocol.Json;
import io.portolan.storage.Document;
import io.portolan.storage.Reader;
import io.portolan.storage.Writer;
import java.util.List;
import java.util.Optional;

/**
 * Typed view of one kind of documents in the state. Immutable.
 *
 * @param kind kind of the documents
 * @param type what their bytes are the JSON of
 */
record Table<T>(String kind, Class<T> type) {
    static final Table<Records.Extension> EXTENSIONS = new Table<>("extension", Records.Extension.class);
    static final Table<Records.Version> VERSIONS = new Table<>("version", Records.Version.class);
    static final Table<Records.Node> NODES = new Table<>("node", Records.Node.class);
    static final Table<Records.Environment> ENVIRONMENTS = new Table<>("environment", Records.Environment.class);
    static final Table<Records.Delivered> DELIVERY = new Table<>("delivery", Records.Delivered.class);
    static final Table<Records.CdnBreaker> CDN_BREAKERS = new Table<>("cdn-breaker", Records.CdnBreaker.class);
    static final Table<Records.Compiled> COMPILED = new Table<>("compiled", Records.Compiled.class);
    static final Table<Records.Counter> COUNTERS = new Table<>("counter", Records.Counter.class);
    static final Table<Records.Answered> ANSWERED = new Table<>("answered", Records.Answered.class);
    static final Table<Records.Variants> VARIANTS = new Table<>("variants", Records.Variants.class);
    static final Table<Records.NodeReport> REPORTS = new Table<>("node-report", Records.NodeReport.class);
    static final Table<Records.Heard> HEARD = new Table<>("heard", Records.Heard.class);
    static final Table<Records.Lease> LEASES = new Table<>("lease", Records.Lease.class);
    static final Table<Records.SigningKey> SIGNING_KEYS = new Table<>("signing-key", Records.SigningKey.class);
    static final Table<Records.CalendarWindow> WINDOWS = new Table<>("window", Records.CalendarWindow.class);
    static final Table<Records.Incident> INCIDENTS = new Table<>("incident", Records.Incident.class);
    static final Table<Records.NodeIncident> NODE_INCIDENTS = new Table<>("node-incident", Records.NodeIncident.class);
    static final Table<Records.LatencyMapInUse> LATENCY_MAPS =
            new Table<>("latency-map", Records.LatencyMapInUse.class);
    static final Table<Records.RoutingProfile> PROFILES = new Table<>("profile", Records.RoutingProfile.class);
    static final Table<Records.RegionIntent> REGION_INTENTS = new Table<>("region-intent", Records.RegionIntent.class);
    static final Table<Records.OperatorKey> OPERATOR_KEYS = new Table<>("operator-key", Records.OperatorKey.class);
    static final Table<Records.Override> OVERRIDES = new Table<>("override", Records.Override.class);
    static final Table<Records.BringingUp> BRING_UPS = new Table<>("bring-up", Records.BringingUp.class);
    static final Table<Records.NodeToken> NODE_TOKENS = new Table<>("node-token", Records.NodeToken.class);
    static final Table<Deployment> DEPLOYMENTS = new Table<>("deployment", Deployment.class);
    static final Table<RolloutChecks.Recorded> ROLLOUT_CHECKS =
            new Table<>("rollout-check", RolloutChecks.Recorded.class);
    static final Table<Rollout> ROLLOUTS = new Table<>("rollout", Rollout.class);

    private static final ParsedDocuments PARSED = new ParsedDocuments(ParsedDocuments.LIMIT_BYTES);

    /** A row at one generation. */
    record Row<T>(String key, long generation, T value) {}

    Optional<Row<T>> get(Reader reader, String key) {
        return reader.get(kind, key).map(this::row);
    }

    List<Row<T>> list(Reader reader, String prefix) {
        return reader.list(kind, prefix).stream().map(this::row).toList();
    }

    long put(Writer writer, String key, long expectedGeneration, T value) {
        return writer.put(kind, key, expectedGeneration, Json.bytes(value));
    }

    private Row<T> row(Document document) {
        return new Row<>(document.key(), document.generation(), PARSED.read(kind, document, type));
    }

    static String key(ExtensionName extension, VersionLabel version) {
        return extension + "/" + version;
    }

    static String key(EnvironmentName environment, ExtensionName extension) {
        return environment + "/" + extension;
    }

    static String key(EnvironmentName environment, RegionName region) {
        return environment + "/" + region;
    }

    /** Key of a rollout: its number with leading zeros, so that keys are in order of time. */
    static String rolloutKey(String id) {
        return numbered("rollout", "ro-", id);
    }

    /** Key of an incident, in order of time. */
    static String incidentKey(String id) {
        return numbered("incident", "in-", id);
    }

    /** Key of a check of a rollout, in order of time. */
    static String checkKey(String id) {
        return numbered("check", "ck-", id);
    }

    private static String numbered(String what, String prefix, String id) {
        if (!id.matches(prefix + "[1-9][0-9]{0,11}")) {
            throw new ApiException(
                    ErrorCode.NOT_FOUND, what + ": " + id + " (expected: an id such as " + prefix + "12)");
        }
        return "0".repeat(12 - (id.length() - 3)) + id.substring(3);
    }

    /** The next value of a counter, taken in the transaction. */
    static long next(Writer writer, String counter) {
        var row = COUNTERS.get(writer, counter);
        long value = row.map(present -> present.value().value()).orElse(0L) + 1;
        COUNTERS.put(
                writer,
                counter,
                row.map(Row::generation).orElse(Writer.ABSENT),
                new Records.Counter(Records.SCHEMA, value));
        return value;
    }
}
