package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride.Action;
import io.portolan.storage.Conflict;
import io.portolan.storage.LogEntry;
import io.portolan.storage.Reader;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Operators' overrides in the state: a record each, with a mark beside it while it is not settled, and a row of the log for all that
 * becomes of it.
 */
final class OverrideRecords {
    /** How many settled overrides a revision lists, the latest. One that a node still tells of moves to the front again. */
    static final int MOST_SETTLED = 256;

    /** Where rows and rollouts that an override led to come from. */
    static final String ORIGIN = "override";

    private static final Logger LOG = LoggerFactory.getLogger(OverrideRecords.class);

    private OverrideRecords() {}

    /** Ids that a revision of the environment lists as settled, in order. */
    static List<String> settled(Reader reader, EnvironmentName environment) {
        return Table.OVERRIDES.list(reader, environment + "/").stream()
                .map(Table.Row::value)
                .filter(override -> override.settledAt() != null)
                .sorted(Comparator.comparing(Records.Override::settledTime).reversed())
                .limit(MOST_SETTLED)
                .map(override -> override.order().id())
                .sorted()
                .toList();
    }

    /** Why nothing of the extension moves forward, in words: overrides that were told of and not taken over yet. */
    static List<String> blocking(Reader reader, EnvironmentName environment, ExtensionName extension) {
        return pending(reader).stream()
                .map(Table.Row::value)
                .filter(override -> override.order().action() == Action.ROLLBACK
                        && override.environment().equals(environment)
                        && override.order().extension().equals(extension.value()))
                .map(override -> "override " + override.order().id() + " of "
                        + override.order().issuer() + " is being taken over: "
                        + override.order().reason())
                .toList();
    }

    /** Those that are not settled. */
    static List<Table.Row<Records.Override>> pending(Reader reader) {
        return reader.list(Records.PENDING_OVERRIDE, "").stream()
                .flatMap(mark -> Table.OVERRIDES.get(reader, mark.key()).stream())
                .toList();
    }

    /** Records an override that was not known before. */
    static void report(Writer tx, String key, Records.Override override, Instant now) {
        Table.OVERRIDES.put(tx, key, Writer.ABSENT, override);
        tx.put(Records.PENDING_OVERRIDE, key, Writer.ABSENT, new byte[] {'{', '}'});
        log(tx, "reported", override, now);
    }

    /** Lists a settled one as the latest. */
    static void listAgain(Writer tx, String key, Instant now) {
        var row = Table.OVERRIDES.get(tx, key).orElseThrow();
        var again = row.value().settled(now);
        Table.OVERRIDES.put(tx, key, row.generation(), again);
        log(tx, "listed-again", again, now);
    }

    /** Says of an adopted one that it was taken over for further regions. */
    static void extend(Writer tx, Table.Row<Records.Override> row, String detail, Instant now) {
        var extended = row.value().detailed(detail);
        Table.OVERRIDES.put(tx, row.key(), row.generation(), extended);
        log(tx, "extended", extended, now);
    }

    /** Refuses to settle it twice. */
    static void requirePending(Table.Row<Records.Override> row) {
        if (row.value().state() != Records.OverrideState.REPORTED) {
            throw new Conflict("override " + row.key() + " is " + row.value().state());
        }
    }

    /**
     * Settles it: the next revision lists it.
     *
     * @param rollout that took it over, empty text for none
     */
    static void settle(
            Writer tx,
            Table.Row<Records.Override> row,
            Records.OverrideState state,
            String rollout,
            String detail,
            Instant now) {
        var settled = row.value().ended(state, rollout, detail, now);
        Table.OVERRIDES.put(tx, row.key(), row.generation(), settled);
        tx.delete(Records.PENDING_OVERRIDE, row.key(), Writer.ANY);
        log(tx, state.name().toLowerCase(Locale.ROOT), settled, now);
        if (state == Records.OverrideState.REFUSED) {
            notTakenOver(tx, settled, settled.detail(), now);
        }
    }

    /** A person must know: an order, or a part of it, ends without having been taken over. */
    static void notTakenOver(Writer tx, Records.Override override, String why, Instant now) {
        Incidents.open(
                tx,
                new Incidents.Report(
                        "override/" + override.order().id(),
                        override.order().extension(),
                        override.environment().value(),
                        "",
                        2,
                        "override " + override.order().id() + " is not taken over, and ends: " + why,
                        Map.of(
                                "override", override.order().id(),
                                "issuer", override.order().issuer(),
                                "keyId", override.keyId(),
                                "version", override.version())),
                actor(override),
                now);
    }

    /** Whose name stands in the log. */
    static String actor(Records.Override override) {
        return "operator-key/" + override.keyId();
    }

    private static void log(Writer tx, String what, Records.Override override, Instant now) {
        LOG.info(
                "override id={} state={} rollout={} detail=\"{}\"",
                override.order().id(),
                override.state(),
                override.rollout(),
                override.detail());
        tx.append(new LogEntry(
                "portolan.override." + what,
                "override/" + override.environment() + "/" + override.order().id(),
                actor(override),
                ORIGIN,
                override.order().reason(),
                Json.text(Map.of(
                        LogReplay.RECORD_KEY,
                        override.environment() + "/" + override.order().id(),
                        "record",
                        Map.of(Table.OVERRIDES.kind(), override))),
                now));
    }
}
