package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.document.RegionDocument;
import io.portolan.planner.rollout.Adopting;
import io.portolan.planner.rollout.Refusal;
import io.portolan.protocol.DocumentTree;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride.Action;
import io.portolan.storage.Conflict;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over the overrides that operators gave while no control plane answered: a rollback at nodes becomes a rollback here, with its
 * hold, and the next revision lists the override as settled, whereupon nodes drop it. Thread-safe; called by the engine's thread.
 *
 * <p>Every step is one transaction over one override's record, whose state it compares first: repeated after a crash it finds it done.
 *
 * <p>A rollback is taken over {@link #GATHER} after the first node told of it if every node of the environment was heard of by then,
 * else after {@link NodeRegistry#SILENCE}: a region of which nothing was heard by then is taken for one that obeys it. Until then
 * nothing of the extension moves forward. A region whose node tells of it only after that goes back too, by a rollback of its own,
 * unless something else was decided for it since ({@link Adopting#late}). What a node told of counts until it was acted on, whoever heard
 * it and whatever became of that process ({@link OverrideTellings}).
 *
 * <p>What is decided here since wins: a version that a later rollback withdrew is not gone back to, and an incident says so. A drain is
 * settled once the region is drained here too; until then directors obey it, or until an operator lifts it.
 */
final class OverrideAdoption {
    /** An operator tells one node after the other: what the first one says is not all yet. */
    static final Duration GATHER = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(OverrideAdoption.class);

    private final StateStore store;
    private final FleetObserver observer;
    private final OverrideRollback rollback;
    /** Overrides that are not believed and were said to be: by id, of this process. One thread. */
    private final Set<String> doubted = new HashSet<>();
    /** Keys of those that could not be taken over for regions that told of them late, and were said to be. One thread. */
    private final Set<String> lateRefused = new HashSet<>();

    OverrideAdoption(StateStore store, FleetObserver observer) {
        this.store = store;
        this.observer = observer;
        this.rollback = new OverrideRollback(observer);
    }

    /** Takes over what can be taken over now; the environments whose revision may differ by it. */
    Set<EnvironmentName> run(Instant now) {
        takenBack();
        var told = ToldOverride.all(observer);
        var changed = new HashSet<EnvironmentName>();
        var tellings = store.read(OverrideTellings::all);
        for (var override : ToldOverride.all(observer, tellings).values()) {
            try {
                var itsTellings = tellings.stream()
                        .filter(row -> row.value().override().equals(override.key()))
                        .toList();
                if (heard(override, itsTellings, now)) {
                    changed.add(override.environment());
                }
            } catch (Conflict lost) {
                LOG.debug("override id={} decided elsewhere", override.id(), lost);
            }
        }
        for (var row : store.read(OverrideRecords::pending)) {
            try {
                if (next(row.key(), told, now)) {
                    changed.add(row.value().environment());
                }
            } catch (Conflict lost) {
                LOG.debug("override key={} decided elsewhere", row.key(), lost);
            }
        }
        return changed;
    }

    /** A node that was told to take a pending order back, by whoever gave it, does not obey it any more. */
    private void takenBack() {
        for (var row : store.read(OverrideTellings::all)) {
            var telling = row.value();
            boolean over = observer.latest(telling.node())
                    .filter(telling::isTakenBackBy)
                    .isPresent();
            boolean settled = store.<Boolean>read(reader -> Table.OVERRIDES
                    .get(reader, telling.override())
                    .filter(override -> override.value().settledAt() != null)
                    .isPresent());
            // One that is settled ends at the node by itself: what was told of it is still to be acted on.
            if (over && !settled) {
                forget(List.of(row));
            }
        }
    }

    /** Lets go what was acted on. What a node has told again meanwhile stays, and is looked at in the next turn. */
    private void forget(List<Table.Row<OverrideTellings.Telling>> tellings) {
        if (tellings.isEmpty()) {
            return;
        }
        try {
            store.writeQuietly(tx -> {
                tellings.forEach(telling -> OverrideTellings.forget(tx, telling));
                return true;
            });
        } catch (Conflict toldAgain) {
            LOG.debug("tellings of overrides kept: {}", tellings, toldAgain);
        }
    }

    /**
     * Records what was not known before.
     *
     * @param told     with all that the tellings say
     * @param tellings of this override
     * @return whether a revision must list it again
     */
    private boolean heard(ToldOverride told, List<Table.Row<OverrideTellings.Telling>> tellings, Instant now) {
        var key = told.key();
        var known = store.read(reader -> Table.OVERRIDES.get(reader, key));
        if (known.isPresent()) {
            if (known.get().value().settledAt() == null) {
                return false;
            }
            boolean changed = late(told, key, known.get().value(), now);
            // After what was done about them: repeated after a crash in between, there is nothing left to do. None but
            // these: what came in since was not looked at, and its node relies on it.
            forget(tellings);
            return changed;
        }
        var keys = store.<Map<String, PublicKey>>read(reader -> OperatorKeys.byId(reader, told.environment()));
        var believed = told.believed(keys);
        if (believed.isEmpty()) {
            unbelieved(told, key, now);
            forget(tellings);
            return false;
        }
        store.write(tx -> {
            var override = new Records.Override(
                    Records.SCHEMA,
                    told.environment(),
                    believed.get().order(),
                    believed.get().version(),
                    believed.get().keyId(),
                    Records.OverrideState.REPORTED,
                    now,
                    null,
                    "",
                    "",
                    List.copyOf(told.nodes()));
            OverrideRecords.report(tx, key, override, now);
            return true;
        });
        return false;
    }

    /** A node obeys what nobody here believes: said once, by an incident that stops forward moves until a person has looked. */
    private void unbelieved(ToldOverride told, String key, Instant now) {
        if (doubted.size() >= OverrideRecords.MOST_SETTLED || !doubted.add(key)) {
            return;
        }
        var summary = String.join(", ", told.nodes()) + " obeys override " + told.id()
                + ", which no listed operator's key signed: it is not taken over";
        LOG.warn("environment={} {}", told.environment(), summary);
        store.write(tx -> Incidents.open(
                tx,
                new Incidents.Report(
                        "override/" + told.id(),
                        told.reports().getFirst().extension(),
                        told.environment().value(),
                        told.regions().stream()
                                .findFirst()
                                .map(RegionName::value)
                                .orElse(""),
                        2,
                        summary,
                        Map.of(
                                "override",
                                told.id(),
                                "keyId",
                                told.reports().getFirst().keyId())),
                "engine",
                now));
    }

    /** A node tells of what is settled: it was reached, or is heard again, only after that. */
    private boolean late(ToldOverride told, String key, Records.Override override, Instant now) {
        boolean extended = override.state() == Records.OverrideState.ADOPTED
                && override.order().action() == Action.ROLLBACK
                && extend(told, key, now);
        return listAgain(told, key, now) || extended;
    }

    /** Takes an adopted override over for regions that tell of it only now; whether anything changed. */
    private boolean extend(ToldOverride told, String key, Instant now) {
        try {
            // Looked at first without writing: most that are told of again need nothing.
            if (store.read(reader -> late(reader, told, key)).isEmpty()) {
                return false;
            }
            return store.write(tx -> {
                var late = late(tx, told, key);
                if (late.isEmpty()) {
                    return false;
                }
                var row = Table.OVERRIDES.get(tx, key).orElseThrow();
                var made = rollback.takeLate(tx, row.value(), late, now);
                OverrideRecords.extend(
                        tx,
                        row,
                        row.value().detail() + "; " + made.where() + " told of it later, so " + made.rollout(),
                        now);
                return true;
            });
        } catch (Refusal refused) {
            if (lateRefused.size() < OverrideRecords.MOST_SETTLED && lateRefused.add(key)) {
                store.write(tx -> {
                    var override = Table.OVERRIDES.get(tx, key).orElseThrow().value();
                    var why = "told of late by " + String.join(", ", told.nodes()) + ": " + refused.getMessage();
                    OverrideRecords.notTakenOver(tx, override, why, now);
                    return true;
                });
            }
            return false;
        }
    }

    private List<RegionName> late(Reader reader, ToldOverride told, String key) {
        return rollback.late(
                reader, Table.OVERRIDES.get(reader, key).orElseThrow().value(), told.regions());
    }

    /** A node that was away for long tells of what no revision lists any more. */
    private boolean listAgain(ToldOverride told, String key, Instant now) {
        boolean listed = store.<List<String>>read(reader -> OverrideRecords.settled(reader, told.environment()))
                .contains(told.id());
        if (listed) {
            return false;
        }
        store.write(tx -> {
            OverrideRecords.listAgain(tx, key, now);
            return true;
        });
        return true;
    }

    /** The next step of an override that is not settled; whether a revision must list it. */
    private boolean next(String key, Map<String, ToldOverride> told, Instant now) {
        var row = store.read(reader -> Table.OVERRIDES.get(reader, key)).orElseThrow();
        var override = row.value();
        var present = Optional.ofNullable(told.get(key));
        if (present.isEmpty()) {
            boolean heardOfAll = override.nodes().stream().allMatch(observer::isHeardOf);
            return heardOfAll && settle(key, Records.OverrideState.LIFTED, "", "no node tells of it any more", now);
        }
        return switch (override.order().action()) {
            case ROLLBACK -> isDue(override, now) && adopt(key, present.get(), now);
            case DRAIN ->
                drained(override) && settle(key, Records.OverrideState.ADOPTED, "", "the region is drained", now);
            case LIFT -> throw new IllegalStateException("override " + key + " is an order to lift another");
        };
    }

    private boolean isDue(Records.Override override, Instant now) {
        var since = Duration.between(override.reportedAt(), now).abs();
        if (since.compareTo(GATHER) <= 0) {
            return false;
        }
        return since.compareTo(NodeRegistry.SILENCE) > 0
                || store.<List<Records.Node>>read(reader -> regionNodes(reader, override.environment())).stream()
                        .allMatch(node -> observer.isHeardOf(node.id()));
    }

    /** Nodes that serve pages. */
    static List<Records.Node> regionNodes(Reader reader, EnvironmentName environment) {
        return Table.NODES.list(reader, "").stream()
                .map(Table.Row::value)
                .filter(node ->
                        node.environment().equals(environment) && node.kind().equals("region"))
                .toList();
    }

    /** Whether the revision gives the region another state than live by now. */
    private boolean drained(Records.Override override) {
        var region = new RegionName(override.order().region());
        return store.read(reader -> {
            var key = new DocumentTree.Key(DocumentTree.Kind.region, region.value());
            return Table.COMPILED
                    .get(reader, CompiledState.note(override.environment(), key))
                    .flatMap(row -> reader.object(row.value().hash()))
                    .map(bytes -> Json.read(bytes, RegionDocument.class).state() != RegionState.LIVE)
                    .orElse(true);
        });
    }

    private boolean adopt(String key, ToldOverride told, Instant now) {
        try {
            store.write(tx -> {
                var row = Table.OVERRIDES.get(tx, key).orElseThrow();
                OverrideRecords.requirePending(row);
                var regions = new TreeSet<>(told.regions());
                OverrideTellings.of(tx, key)
                        .forEach(telling -> regions.add(telling.value().region()));
                var made = rollback.take(tx, row.value(), regions, now);
                OverrideRecords.settle(
                        tx, row, Records.OverrideState.ADOPTED, made.rollout(), "in " + made.where(), now);
                return true;
            });
            return true;
        } catch (Refusal refused) {
            boolean already = refused.code() == Refusal.Code.NOTHING_TO_CHANGE;
            return settle(
                    key,
                    already ? Records.OverrideState.ADOPTED : Records.OverrideState.REFUSED,
                    "",
                    String.valueOf(refused.getMessage()),
                    now);
        }
    }

    private boolean settle(String key, Records.OverrideState state, String rollout, String detail, Instant now) {
        return store.write(tx -> {
            var row = Table.OVERRIDES.get(tx, key).orElseThrow();
            OverrideRecords.requirePending(row);
            OverrideRecords.settle(tx, row, state, rollout, detail, now);
            return true;
        });
    }
}
