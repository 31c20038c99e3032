package io.portolan.control;

import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.planner.rollout.Adopting;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Refusal;
import io.portolan.planner.rollout.RollingBack;
import io.portolan.storage.Reader;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Makes the rollback, with its hold, of an override that is taken over. Thread-safe. */
final class OverrideRollback {
    private final FleetObserver observer;
    private final StartedRollouts rollouts = new StartedRollouts();

    OverrideRollback(FleetObserver observer) {
        this.observer = observer;
    }

    /**
     * A rollback that was recorded.
     *
     * @param rollout its id
     * @param where   its regions, in words
     */
    record Made(String rollout, String where) {}

    /**
     * Rolls back, in the transaction that settles the override, the regions with a node that tells of it and those of which nothing is
     * known.
     *
     * @throws Refusal where what was decided here since wins
     */
    Made take(Writer tx, Records.Override override, Set<RegionName> told, Instant now) {
        var environment = Lookup.environment(tx, override.environment());
        return start(
                tx,
                override,
                environment,
                Adopting.regions(placed(tx, override, environment), told, unheard(tx, environment)),
                "",
                now);
    }

    /** Regions of those that tell of an adopted override which go back now too. */
    List<RegionName> late(Reader reader, Records.Override override, Set<RegionName> told) {
        return Adopting.late(
                placed(reader, override, Lookup.environment(reader, override.environment())),
                told,
                Lookup.deployment(reader, override.environment(), name(override))
                        .value(),
                new VersionLabel(override.version()),
                lineage -> decidedSince(reader, override, lineage));
    }

    /**
     * Rolls back regions that tell of an override only after it was taken over elsewhere.
     *
     * @throws Refusal where what was decided here since wins
     */
    Made takeLate(Writer tx, Records.Override override, List<RegionName> late, Instant now) {
        var environment = Lookup.environment(tx, override.environment());
        return start(tx, override, environment, late, ", told of later", now);
    }

    /** Whether a region with a pointer of that lineage was moved by the rollback that took the override over, or by what came after it. */
    private static boolean decidedSince(Reader reader, Records.Override override, long lineage) {
        return override.rollout().isEmpty()
                ? Table.ROLLOUTS
                        .get(reader, Table.rolloutKey("ro-" + lineage))
                        .filter(row -> row.value().startedAt().isAfter(override.reportedAt()))
                        .isPresent()
                : lineage >= Lookup.rollout(reader, override.rollout()).value().lineage();
    }

    private static ExtensionName name(Records.Override override) {
        return new ExtensionName(override.order().extension());
    }

    private static List<RegionName> placed(
            Reader reader, Records.Override override, ControlSettings.Environment environment) {
        var extension = Table.EXTENSIONS
                .get(reader, override.order().extension())
                .orElseThrow(() -> new Refusal(
                        Refusal.Code.UNKNOWN,
                        "extension " + override.order().extension() + " is not registered any more"))
                .value();
        return Lookup.placed(extension, environment);
    }

    private Made start(
            Writer tx,
            Records.Override override,
            ControlSettings.Environment environment,
            List<RegionName> regions,
            String when,
            Instant now) {
        var name = name(override);
        var placed = placed(tx, override, environment);
        var deployment = Lookup.deployment(tx, environment.name(), name);
        requireGood(override, deployment.value());
        var running = Rollouts.active(tx, environment.name(), name);
        long number = Table.next(tx, "rollout");
        var actor = OverrideRecords.actor(override);
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
                                + override.order().issuer() + when + ": "
                                + override.order().reason(),
                        actor,
                        now),
                deployment.value(),
                running.stream().map(Table.Row::value).toList(),
                RolloutsApi::hash);
        rollouts.record(tx, started, running, deployment, new StartedRollouts.By(actor, OverrideRecords.ORIGIN), now);
        return new Made(started.started().rollout().id(), places(regions, placed));
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
        OverrideAdoption.regionNodes(reader, environment.name()).stream()
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
}
