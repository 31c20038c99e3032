package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.document.Delivery;
import io.portolan.planner.cdn.Breaker;
import io.portolan.planner.cdn.BreakerPlanner;
import io.portolan.planner.cdn.BreakerStep;
import io.portolan.protocol.Json;
import io.portolan.storage.Conflict;
import io.portolan.storage.LogEntry;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.StorageFailure;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes CDNs away that do harm, and gives them back. Thread-safe.
 *
 * <p>What it records is the same intent that a person records: {@link CdnBreakersApi}. Each step is one transaction that compares the
 * generation of what was read, so that a person's word that comes between counts, and a crash repeats nothing.
 */
final class CdnSteps {
    private static final Logger LOG = LoggerFactory.getLogger(CdnSteps.class);

    /** Who acts where nobody was asked. */
    static final String ACTOR = "breaker";

    /** Users are unharmed, and rollouts go on: their files come from the regions. */
    private static final int SEVERITY = 3;

    private final StateStore store;
    private final CdnSights sights;
    private final Map<String, String> waiting = new ConcurrentHashMap<>();

    CdnSteps(StateStore store, CdnSights sights) {
        this.store = store;
        this.sights = sights;
    }

    /** What a CDN waits for, by {@link CdnBreakers#key}; empty where this process does not watch it. */
    Optional<String> waiting(String key) {
        return Optional.ofNullable(waiting.get(key));
    }

    /** What browsers told of going without a CDN, as far as this process hears of it. */
    CdnSights.Dark dark(Reader reader, ControlSettings.Environment environment) {
        return sights.dark(reader, environment);
    }

    /** Looks at every CDN; gives the environments whose revision may differ by it. */
    Set<EnvironmentName> turn(Instant now) {
        var moved = new HashSet<EnvironmentName>();
        var watched = new HashSet<String>();
        for (var environment : store.read(Lookup::environments)) {
            var delivery = store.read(reader -> Lookup.delivery(reader, environment.name()));
            if (delivery.breaker() == Delivery.Breaker.OFF || delivery.cdns().isEmpty()) {
                continue;
            }
            store.read(reader -> {
                sights.watch(reader, environment);
                return true;
            });
            for (var cdn : delivery.cdns()) {
                watched.add(CdnBreakers.key(environment.name(), cdn.name()));
                try {
                    if (step(environment, cdn, now)) {
                        moved.add(environment.name());
                    }
                } catch (StorageFailure e) {
                    throw e;
                } catch (RuntimeException e) {
                    // What a node tells must not keep rollouts from going on.
                    LOG.error("deciding cdn={} environment={}", cdn.name(), environment.name(), e);
                }
            }
        }
        waiting.keySet().retainAll(watched);
        return moved;
    }

    private boolean step(ControlSettings.Environment environment, Delivery.Cdn cdn, Instant now) {
        var key = CdnBreakers.key(environment.name(), cdn.name());
        var before = store.read(reader -> Table.CDN_BREAKERS.get(reader, key));
        var breaker = before.map(row -> row.value().breaker()).orElse(Breaker.NEW);
        var sight = store.read(reader -> sights.of(reader, environment, cdn, breaker.since(), now));
        return switch (BreakerPlanner.next(breaker, environment.breaker(), sight, now)) {
            case BreakerStep.Wait wait -> {
                waiting.put(key, wait.text());
                yield false;
            }
            case BreakerStep.Change change -> record(environment, cdn, key, before, change, now);
        };
    }

    private boolean record(
            ControlSettings.Environment environment,
            Delivery.Cdn cdn,
            String key,
            Optional<Table.Row<Records.CdnBreaker>> before,
            BreakerStep.Change change,
            Instant now) {
        int share = change.breaker().share(environment.breaker());
        var record = new Records.CdnBreaker(
                Records.SCHEMA, cdn.name(), share, change.cause(), now, ACTOR, change.breaker(), change.evidence());
        try {
            store.write(tx -> {
                requireStillWatched(tx, environment.name(), cdn);
                Table.CDN_BREAKERS.put(
                        tx, key, before.map(Table.Row::generation).orElse(Writer.ABSENT), record);
                append(tx, environment.name(), before.map(row -> row.value().share()), key, record, change, now);
                incident(tx, environment.name(), cdn, key, change, now);
                return true;
            });
        } catch (Conflict lost) {
            return false;
        }
        waiting.put(key, change.cause());
        LOG.info(
                "cdn={} environment={} step={} share={} cause=\"{}\"",
                cdn.name(),
                environment.name(),
                change.kind(),
                share,
                change.cause());
        return true;
    }

    /** A person may have ended the breaker or replaced the CDN since it was looked at, and that has no generation in common with its row. */
    private static void requireStillWatched(Reader reader, EnvironmentName environment, Delivery.Cdn cdn) {
        var delivery = Lookup.delivery(reader, environment);
        if (delivery.breaker() == Delivery.Breaker.OFF || !delivery.cdns().contains(cdn)) {
            throw new Conflict("CDN " + cdn.name() + ": it is not watched any more");
        }
    }

    private static void append(
            Writer tx,
            EnvironmentName environment,
            Optional<Integer> before,
            String key,
            Records.CdnBreaker record,
            BreakerStep.Change change,
            Instant now) {
        var data = new LinkedHashMap<String, Object>();
        data.put("cdn", record.cdn());
        data.put("step", change.kind());
        data.put("before", before.orElse(Delivery.ALL));
        data.put("after", record.share());
        data.put("evidence", change.evidence());
        data.put(LogReplay.RECORD_KEY, key);
        data.put("record", Map.of(Table.CDN_BREAKERS.kind(), record));
        tx.append(new LogEntry(
                change.kind() == BreakerStep.Kind.TRIPPED ? CdnBreakersApi.TRIPPED : CdnBreakersApi.RESET,
                "environment/" + environment,
                ACTOR,
                "control",
                change.cause(),
                Json.text(data),
                now));
    }

    private static void incident(
            Writer tx,
            EnvironmentName environment,
            Delivery.Cdn cdn,
            String key,
            BreakerStep.Change change,
            Instant now) {
        switch (change.kind()) {
            case TRIPPED -> {
                var evidence = new LinkedHashMap<String, String>();
                evidence.put("cdn", cdn.name());
                evidence.put("url", cdn.url());
                for (int i = 0; i < change.evidence().size(); i++) {
                    evidence.put("evidence" + (i + 1), change.evidence().get(i));
                }
                Incidents.open(
                        tx,
                        new Incidents.Report(
                                incidentKey(key),
                                "",
                                environment.value(),
                                "",
                                SEVERITY,
                                "CDN " + cdn.name() + " was taken from all browsers: " + change.cause(),
                                evidence),
                        ACTOR,
                        now);
            }
            case CLOSED -> Incidents.resolve(tx, incidentKey(key), ACTOR, change.cause(), now);
            case RAMPED, ARMED -> {}
        }
    }

    /** Key of the incident that a trip opens. */
    static String incidentKey(String key) {
        return "cdn/" + key;
    }

    /** What is known of the breakers' evidence, for people. */
    static List<String> evidence(Records.CdnBreaker said) {
        var evidence = said.evidence();
        return evidence == null ? List.of() : evidence;
    }
}
