package io.portolan.control;

import io.portolan.planner.rollout.Rollout;
import io.portolan.protocol.IncidentRecord;
import io.portolan.protocol.Json;
import io.portolan.protocol.NodeStatus;
import io.portolan.storage.LogEntry;
import io.portolan.storage.Reader;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Incident records: one open one at a time for a key, so that a fault that goes on is told once. Nobody is paged from here.
 *
 * <p>One of severity 0 to {@link #BLOCKS} stops forward moves of its extension, or of every extension in its region.
 */
final class Incidents {
    /** Severities up to this one stop forward moves. */
    static final int BLOCKS = 2;

    private static final String OPEN = "open-incident";
    private static final String SERVICE = "portolan";

    private Incidents() {}

    /**
     * What is reported.
     *
     * @param key       the same for the same trouble
     * @param extension concerned, empty text for none in particular
     * @param region    concerned, empty text for none in particular
     * @param severity  0, the worst, to 4
     * @param evidence  what is known, by name
     */
    record Report(
            String key,
            String extension,
            String environment,
            String region,
            int severity,
            String summary,
            Map<String, String> evidence) {
        Report {
            evidence = Map.copyOf(evidence);
        }
    }

    /** Opens an incident, or gives the open one of that key, made worse if the report is. */
    static Records.Incident open(Writer tx, Report report, String actor, Instant now) {
        var mark = tx.get(OPEN, report.key());
        if (mark.isPresent()) {
            var id = Json.read(mark.get().bytes(), Mark.class).id();
            var row = Table.INCIDENTS.get(tx, Table.incidentKey(id)).orElseThrow();
            if (row.value().severity() <= report.severity()) {
                return row.value();
            }
            var worse = row.value().worse(report.severity(), report.summary());
            Table.INCIDENTS.put(tx, row.key(), row.generation(), worse);
            log(tx, "portolan.incident.worse", worse, actor, report.summary(), now);
            return worse;
        }
        var id = "in-" + Table.next(tx, "incident");
        var incident = new Records.Incident(
                Records.SCHEMA,
                id,
                report.key(),
                SERVICE,
                report.extension(),
                report.environment(),
                report.region(),
                State.TRIGGERED,
                report.severity(),
                report.summary(),
                now,
                null,
                report.evidence());
        Table.INCIDENTS.put(tx, Table.incidentKey(id), Writer.ABSENT, incident);
        tx.put(OPEN, report.key(), Writer.ABSENT, Json.bytes(new Mark(id)));
        log(tx, "portolan.incident.opened", incident, actor, report.summary(), now);
        return incident;
    }

    /** What the index of open incidents says. */
    private record Mark(String id) {}

    /** Where an incident is. */
    enum State {
        TRIGGERED,
        ACKED,
        RESOLVED
    }

    /** Records another state. */
    static Records.Incident move(
            Writer tx, Table.Row<Records.Incident> row, State state, String actor, String reason, Instant now) {
        var old = row.value();
        if (old.state() == State.RESOLVED || old.state() == state) {
            throw new ApiException(
                    ErrorCode.WRONG_STATE, "incident " + old.id() + ": it is " + old.state() + " already");
        }
        var changed = old.in(state, state == State.RESOLVED ? now : null);
        Table.INCIDENTS.put(tx, row.key(), row.generation(), changed);
        if (state == State.RESOLVED) {
            tx.delete(OPEN, old.key(), Writer.ANY);
        }
        log(
                tx,
                state == State.RESOLVED ? "portolan.incident.resolved" : "portolan.incident.acked",
                changed,
                actor,
                reason,
                now);
        return changed;
    }

    /** Resolves the open incident of a key, if there is one. */
    static void resolve(Writer tx, String key, String actor, String reason, Instant now) {
        tx.get(OPEN, key)
                .map(mark -> Json.read(mark.bytes(), Mark.class).id())
                .flatMap(id -> Table.INCIDENTS.get(tx, Table.incidentKey(id)))
                .ifPresent(row -> move(tx, row, State.RESOLVED, actor, reason, now));
    }

    private static void log(
            Writer tx, String type, Records.Incident incident, String actor, String reason, @Nullable Instant now) {
        tx.append(new LogEntry(
                type,
                "incident/" + incident.id(),
                actor,
                "control",
                reason,
                Json.text(incident),
                now == null ? incident.openedAt() : now));
    }

    /**
     * Takes over what a node tells: each of its records opens one incident here, once, and what the node put right is resolved. A
     * person may have resolved it before: that stands.
     */
    static void told(Writer tx, NodeStatus status, Instant now) {
        for (var record : status.incidents()) {
            var known = Table.NODE_INCIDENTS.get(tx, record.id());
            boolean resolved = record.state().equals(IncidentRecord.RESOLVED);
            if (known.isEmpty() || known.get().value().openedAt().isBefore(record.openedAt())) {
                var evidence = new TreeMap<>(record.evidence());
                evidence.put("node", status.id());
                var opened = open(
                        tx,
                        new Report(
                                record.key(),
                                record.extension(),
                                status.environment().value(),
                                status.region().value(),
                                record.severity(),
                                record.summary(),
                                evidence),
                        status.id(),
                        record.openedAt());
                Table.NODE_INCIDENTS.put(
                        tx,
                        record.id(),
                        Writer.ANY,
                        new Records.NodeIncident(Records.SCHEMA, opened.id(), record.openedAt()));
                known = Table.NODE_INCIDENTS.get(tx, record.id());
            }
            if (resolved) {
                known.flatMap(mark -> Table.INCIDENTS.get(
                                tx, Table.incidentKey(mark.value().incident())))
                        .filter(row -> row.value().state() != State.RESOLVED)
                        .ifPresent(row ->
                                move(tx, row, State.RESOLVED, status.id(), "the node says that it put it right", now));
            }
        }
    }

    /** Whether an incident of that key is open. */
    static boolean isOpen(Reader reader, String key) {
        return reader.get(OPEN, key).isPresent();
    }

    /** Open incidents. */
    static List<Records.Incident> open(Reader reader) {
        return reader.list(OPEN, "").stream()
                .map(mark -> Json.read(mark.bytes(), Mark.class).id())
                .flatMap(id -> Table.INCIDENTS.get(reader, Table.incidentKey(id)).stream())
                .map(Table.Row::value)
                .toList();
    }

    /** Why a rollout must not move forward, in words. */
    static List<String> blocking(Reader reader, Rollout rollout) {
        return open(reader).stream()
                .filter(incident -> incident.severity() <= BLOCKS)
                .filter(incident -> incident.environment().isEmpty()
                        || incident.environment().equals(rollout.environment().value()))
                .filter(incident -> incident.extension().isEmpty()
                        ? rollout.regions().stream()
                                .anyMatch(region -> region.value().equals(incident.region()))
                        : incident.extension().equals(rollout.extension().value()))
                .map(incident -> "incident " + incident.id() + " of severity " + incident.severity() + " is open: "
                        + incident.summary() + " (portolan incident resolve " + incident.id() + ")")
                .toList();
    }
}
