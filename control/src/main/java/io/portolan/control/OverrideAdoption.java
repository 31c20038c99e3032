package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.model.document.RegionDocument;
import io.portolan.planner.rollout.Adopting;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Refusal;
import io.portolan.planner.rollout.RollingBack;
import io.portolan.protocol.DocumentTree;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.OperatorOverride.Action;
import io.portolan.protocol.OverrideReport;
import io.portolan.storage.Conflict;
import io.portolan.storage.LogEntry;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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
 * else after {@link NodeRegistry#SILENCE}: a region of which nothing was heard by then is taken for one that obeys it. Until then nothing of the extension moves
 * forward. What is decided here since wins: a version that a later rollback withdrew is not gone back to, and an incident says so. A
 * drain is settled once the region is drained here too; until then directors obey it, or until an operator lifts it.
 */
final class OverrideAdoption {
    /** How many settled overrides a revision lists, the latest. One that a node still tells of moves to the front again. */
    static final int MOST_SETTLED = 256;

    /** An operator tells one node after the other: what the first one says is not all yet. */
    static final Duration GATHER = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(OverrideAdoption.class);
    private static final String ORIGIN = "override";

    private final StateStore store;
    private final FleetObserver observer;
    private final StartedRollouts rollouts = new StartedRollouts();
    /** Overrides that are not believed and were said to be: by id, of this process. One thread. */
    private final Set<String> doubted = new HashSet<>();

    OverrideAdoption(StateStore store, FleetObserver observer) {
        this.store = store;
        this.observer = observer;
    }

    /** What nodes and directors of one environment tell of one override. */
    private record Told(
            EnvironmentName environment,
            String id,
            List<OverrideReport> reports,
            Set<String> nodes,
            Set<RegionName> regions) {}

    /**
     * An order that a listed key signed.
     *
     * @param version that most of those who tell of it serve by it
     */
    private record Believed(OperatorOverride order, String keyId, String version) {}

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

    private static List<Table.Row<Records.Override>> pending(Reader reader) {
        return reader.list(Records.PENDING_OVERRIDE, "").stream()
                .flatMap(mark -> Table.OVERRIDES.get(reader, mark.key()).stream())
                .toList();
    }

    /** Takes over what can be taken over now; the environments whose revision may differ by it. */
    Set<EnvironmentName> run(Instant now) {
        var told = told();
        var changed = new HashSet<EnvironmentName>();
        for (var override : told.values()) {
            try {
                if (heard(override, now)) {
                    changed.add(override.environment());
                }
            } catch (Conflict lost) {
                LOG.debug("override id={} decided elsewhere", override.id(), lost);
            }
        }
        for (var row : store.read(OverrideAdoption::pending)) {
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

    private Map<String, Told> told() {
        var told = new TreeMap<String, Told>();
        for (var status : observer.overridden()) {
            for (var report : status.overrides()) {
                var key = status.environment() + "/" + report.id();
                var present = told.computeIfAbsent(
                        key,
                        fresh -> new Told(
                                status.environment(),
                                report.id(),
                                new ArrayList<>(),
                                new TreeSet<>(),
                                new TreeSet<>()));
                present.reports().add(report);
                present.nodes().add(status.id());
                present.regions().add(status.region());
            }
        }
        return told;
    }

    /** Records what was not known before; whether a revision must list it again. */
    private boolean heard(Told told, Instant now) {
        var key = told.environment() + "/" + told.id();
        var known = store.read(reader -> Table.OVERRIDES.get(reader, key));
        if (known.isPresent()) {
            return known.get().value().settledAt() != null && listAgain(told, key, now);
        }
        var keys = store.<Map<String, PublicKey>>read(reader -> OperatorKeys.byId(reader, told.environment()));
        var believed = believed(told, keys);
        if (believed.isEmpty()) {
            unbelieved(told, key, now);
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
            Table.OVERRIDES.put(tx, key, Writer.ABSENT, override);
            tx.put(Records.PENDING_OVERRIDE, key, Writer.ABSENT, new byte[] {'{', '}'});
            log(tx, "portolan.override.reported", override, now);
            return true;
        });
        return false;
    }

    /** A node obeys what nobody here believes: said once, by an incident that stops forward moves until a person has looked. */
    private void unbelieved(Told told, String key, Instant now) {
        if (doubted.size() >= MOST_SETTLED || !doubted.add(key)) {
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

    /** Whatever else a node may tell under the same id, what a listed key signed counts. */
    private static Optional<Believed> believed(Told told, Map<String, PublicKey> keys) {
        var signed = new ArrayList<Believed>();
        for (var report : told.reports()) {
            verified(told, report, keys)
                    .ifPresent(order -> signed.add(new Believed(order, report.keyId(), report.version())));
        }
        return signed.stream()
                .max(Comparator.comparingLong((Believed one) -> signed.stream()
                                .filter(other -> other.version().equals(one.version()))
                                .count())
                        .thenComparing(Believed::version));
    }

    private static Optional<OperatorOverride> verified(Told told, OverrideReport report, Map<String, PublicKey> keys) {
        try {
            return report.envelope()
                    .verify(OperatorOverride.TYPE, keys)
                    .map(payload -> Json.read(payload, OperatorOverride.class))
                    .filter(order -> order.id().equals(told.id())
                            && order.environment().equals(told.environment())
                            && order.action() == report.action()
                            && order.action() != Action.LIFT);
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    /** A node that was away for long tells of what no revision lists any more. */
    private boolean listAgain(Told told, String key, Instant now) {
        boolean listed = store.<List<String>>read(reader -> settled(reader, told.environment()))
                .contains(told.id());
        if (listed) {
            return false;
        }
        store.write(tx -> {
            var row = Table.OVERRIDES.get(tx, key).orElseThrow();
            var again = row.value().settled(now);
            Table.OVERRIDES.put(tx, key, row.generation(), again);
            log(tx, "portolan.override.listed-again", again, now);
            return true;
        });
        return true;
    }

    /** The next step of an override that is not settled; whether a revision must list it. */
    private boolean next(String key, Map<String, Told> told, Instant now) {
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

    private static List<Records.Node> regionNodes(Reader reader, EnvironmentName environment) {
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

    private boolean adopt(String key, Told told, Instant now) {
        try {
            store.write(tx -> {
                rollBack(tx, key, told, now);
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

    private void rollBack(Writer tx, String key, Told told, Instant now) {
        var row = Table.OVERRIDES.get(tx, key).orElseThrow();
        requirePending(row);
        var override = row.value();
        var name = new ExtensionName(override.order().extension());
        var extension = Table.EXTENSIONS
                .get(tx, name.value())
                .orElseThrow(
                        () -> new Refusal(Refusal.Code.UNKNOWN, "extension " + name + " is not registered any more"))
                .value();
        var environment = Lookup.environment(tx, override.environment());
        var placed = Lookup.placed(extension, environment);
        var unheard = unheard(tx, environment);
        var regions = Adopting.regions(placed, told.regions(), unheard);
        var deployment = Lookup.deployment(tx, environment.name(), name);
        requireGood(override, deployment.value());
        var running = Rollouts.active(tx, environment.name(), name);
        long number = Table.next(tx, "rollout");
        var started = RollingBack.start(
                new RollingBack.Request(
                        "ro-" + number,
                        number,
                        override.version(),
                        regions.size() == placed.size() ? Set.of() : Set.copyOf(regions),
                        environment.stages(),
                        placed,
                        version -> published(tx, name, version),
                        observer.fetched(tx),
                        "override " + override.order().id() + " of "
                                + override.order().issuer() + ": "
                                + override.order().reason(),
                        actor(override),
                        now),
                deployment.value(),
                running.stream().map(Table.Row::value).toList(),
                RolloutsApi::hash);
        rollouts.record(tx, started, running, deployment, new StartedRollouts.By(actor(override), ORIGIN), now);
        var id = started.started().rollout().id();
        settle(tx, row, Records.OverrideState.ADOPTED, id, "in " + places(regions, placed), now);
    }

    /** The order names a slot, and the node says which version that was: only what once was good is believed. */
    private static void requireGood(Records.Override override, Deployment deployment) {
        var good = deployment.good().stream().map(VersionLabel::value).toList();
        if (!good.contains(override.version())) {
            throw new Refusal(
                    Refusal.Code.UNKNOWN,
                    "version " + override.version() + " is none that completed a rollout (there are: "
                            + String.join(", ", good) + ")");
        }
    }

    /** Regions of which no node has been heard since this process began: nothing is known of what they serve. */
    private Set<RegionName> unheard(Reader reader, ControlSettings.Environment environment) {
        var heard = new HashSet<RegionName>();
        regionNodes(reader, environment.name()).stream()
                .filter(node -> observer.isHeardOf(node.id()))
                .forEach(node -> heard.add(node.region()));
        var unheard = new HashSet<RegionName>();
        environment.regions().stream()
                .map(ControlSettings.Region::name)
                .filter(region -> !heard.contains(region))
                .forEach(unheard::add);
        return unheard;
    }

    private static String places(List<RegionName> regions, List<RegionName> placed) {
        return regions.size() == placed.size()
                ? "every region"
                : String.join(", ", regions.stream().map(RegionName::value).toList());
    }

    private static boolean published(Reader reader, ExtensionName extension, VersionLabel version) {
        return Table.VERSIONS
                .get(reader, Table.key(extension, version))
                .filter(row -> row.value().state() == VersionState.PUBLISHED)
                .isPresent();
    }

    private boolean settle(String key, Records.OverrideState state, String rollout, String detail, Instant now) {
        return store.write(tx -> {
            var row = Table.OVERRIDES.get(tx, key).orElseThrow();
            requirePending(row);
            settle(tx, row, state, rollout, detail, now);
            return true;
        });
    }

    private static void requirePending(Table.Row<Records.Override> row) {
        if (row.value().state() != Records.OverrideState.REPORTED) {
            throw new Conflict("override " + row.key() + " is " + row.value().state());
        }
    }

    private static void settle(
            Writer tx,
            Table.Row<Records.Override> row,
            Records.OverrideState state,
            String rollout,
            String detail,
            Instant now) {
        var settled = row.value().ended(state, rollout, detail, now);
        Table.OVERRIDES.put(tx, row.key(), row.generation(), settled);
        tx.delete(Records.PENDING_OVERRIDE, row.key(), Writer.ANY);
        log(tx, "portolan.override." + state.name().toLowerCase(java.util.Locale.ROOT), settled, now);
        if (state == Records.OverrideState.REFUSED) {
            refusedIncident(tx, settled, now);
        }
    }

    private static void refusedIncident(Writer tx, Records.Override override, Instant now) {
        Incidents.open(
                tx,
                new Incidents.Report(
                        "override/" + override.order().id(),
                        override.order().extension(),
                        override.environment().value(),
                        "",
                        2,
                        "override " + override.order().id() + " is not taken over, and ends: " + override.detail(),
                        Map.of(
                                "override", override.order().id(),
                                "issuer", override.order().issuer(),
                                "keyId", override.keyId(),
                                "version", override.version())),
                actor(override),
                now);
    }

    private static String actor(Records.Override override) {
        return "operator-key/" + override.keyId();
    }

    private static void log(Writer tx, String type, Records.Override override, Instant now) {
        LOG.info(
                "override id={} state={} rollout={} detail=\"{}\"",
                override.order().id(),
                override.state(),
                override.rollout(),
                override.detail());
        tx.append(new LogEntry(
                type,
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
