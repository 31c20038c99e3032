package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Regions that join while a storm is under way, get their versions, are held, come to their users and are retired again; one belongs to
 * a stage that has no other region. What they are given is judged by the steps that the storm has taken, not by the rules that give it.
 * One thread at a time.
 */
final class StormJoiners {
    private static final List<RegionName> COMING =
            List.of(new RegionName("norwayeast"), new RegionName("centraluseuap"));

    /** How far one is; the states of bring-up that make a difference to rollouts. */
    private enum Phase {
        ABSENT,
        SEEDING,
        HELD,
        DARK,
        RAMPING,
        LIVE
    }

    private static final Set<Phase> SERVING = EnumSet.of(Phase.RAMPING, Phase.LIVE);
    private static final Set<Phase> FAR = EnumSet.of(Phase.DARK, Phase.RAMPING, Phase.LIVE);

    private final Random random;
    private final Storm storm;
    private final StormTrouble trouble;
    private final Map<RegionName, Phase> phases = new HashMap<>();
    private int given;
    private boolean well;

    StormJoiners(Random random, Storm storm, StormTrouble trouble) {
        this.random = random;
        this.storm = storm;
        this.trouble = trouble;
        COMING.forEach(region -> phases.put(region, Phase.ABSENT));
    }

    /** How often one of them was given a version. */
    int given() {
        return given;
    }

    private Phase phase(RegionName region) {
        return phases.getOrDefault(region, Phase.ABSENT);
    }

    private List<RegionName> with(Set<Phase> wanted) {
        return Stream.concat(World.REGIONS.stream(), COMING.stream().filter(region -> wanted.contains(phase(region))))
                .toList();
    }

    /** All regions that there are. */
    List<RegionName> members() {
        return with(EnumSet.complementOf(EnumSet.of(Phase.ABSENT)));
    }

    /** Those that a new rollout counts on. */
    List<RegionName> live() {
        return with(EnumSet.of(Phase.LIVE));
    }

    /** Those that users may be at. */
    List<RegionName> serving() {
        return with(SERVING);
    }

    private static String stage(RegionName region) {
        return StageDefinition.standard().stageOf(region).name();
    }

    /** One of them goes on its way, back, or away. */
    void act() {
        var region = COMING.get(random.nextInt(COMING.size()));
        var next = next(region);
        if (next == Phase.ABSENT && phase(region) != Phase.ABSENT) {
            Joining.leaving(storm.deployment(), region, "is retired")
                    .ifPresent(change -> storm.join(change.deployment(), change.cause()));
        }
        phases.put(region, next);
    }

    private Phase next(RegionName region) {
        boolean has = storm.deployment().versionIn(region).isPresent();
        // Also one that a rollout has in its plan, or has moved.
        if (random.nextInt(12) == 0) {
            return Phase.ABSENT;
        }
        return switch (phase(region)) {
            case ABSENT -> Phase.SEEDING;
            case HELD -> has ? Phase.DARK : Phase.SEEDING;
            case SEEDING -> isSeeded(region) ? Phase.DARK : Phase.SEEDING;
            case DARK -> random.nextInt(6) == 0 ? Phase.HELD : Phase.RAMPING;
            case RAMPING -> random.nextInt(6) == 0 ? Phase.HELD : Phase.LIVE;
            case LIVE -> Phase.LIVE;
        };
    }

    /** Those that there are not: a rollout that has one of them in its plan goes on without it. */
    Set<RegionName> gone() {
        return COMING.stream().filter(region -> phase(region) == Phase.ABSENT).collect(Collectors.toUnmodifiableSet());
    }

    /** As rollouts see them. */
    List<Joining.Joiner> joining() {
        return COMING.stream()
                .filter(region -> phase(region) != Phase.ABSENT && phase(region) != Phase.HELD)
                .map(region -> new Joining.Joiner(
                        region,
                        stage(region),
                        true,
                        FAR.contains(phase(region)),
                        trouble.failing.contains(region)
                                || (FAR.contains(phase(region)) && trouble.unreachable.contains(region)),
                        phase(region).name()))
                .toList();
    }

    /** Versions whose controllers a region runs. */
    Set<VersionLabel> running(RegionName region, Collection<RunningVersions.Need> needs) {
        if (!COMING.contains(region)) {
            return RunningVersions.in(region, storm.deployment(), needs);
        }
        return phase(region) == Phase.LIVE
                ? RunningVersions.arrived(region, stage(region), storm.deployment(), needs)
                : RunningVersions.joining(region, stage(region), storm.deployment(), needs);
    }

    /** Gives one of them what it should have; whether there was anything to give. */
    boolean step() {
        for (var region : shuffled()) {
            if (phase(region) == Phase.ABSENT || phase(region) == Phase.HELD) {
                continue;
            }
            var wanted = Joining.wanted(storm.deployment(), storm.running(), region, stage(region));
            var change = Joining.next(
                    storm.deployment(), storm.running(), region, stage(region), storm.seen(region, wanted));
            if (change.isPresent()) {
                judge(region, change.get());
                storm.join(change.get().deployment(), change.get().cause());
                given++;
                return true;
            }
        }
        return well && goOn();
    }

    /** With no trouble left, one that has what it should have goes on; whether one did. */
    private boolean goOn() {
        for (var region : COMING) {
            if (phase(region) == Phase.SEEDING && isSeeded(region)) {
                phases.put(region, Phase.DARK);
                return true;
            }
        }
        return false;
    }

    /** As bring-up judges: a region that may have none of the versions there are waits for nothing. */
    private boolean isSeeded(RegionName region) {
        var wanted = Joining.wanted(storm.deployment(), storm.running(), region, stage(region));
        return wanted.isEmpty() || wanted.equals(storm.deployment().versionIn(region));
    }

    /** Where each is and what it lacks, for a storm that finds no end. */
    String described() {
        return COMING.stream()
                .map(region -> {
                    var wanted = Joining.wanted(storm.deployment(), storm.running(), region, stage(region));
                    return region + " is " + phase(region) + ", has "
                            + storm.deployment().versionIn(region) + ", wants " + wanted + ", sees "
                            + storm.seen(region, wanted);
                })
                .collect(Collectors.joining("; "));
    }

    private List<RegionName> shuffled() {
        var regions = new ArrayList<>(COMING);
        if (random.nextBoolean()) {
            regions.add(regions.removeFirst());
        }
        return regions;
    }

    private void judge(RegionName region, Joining.Change change) {
        var before = storm.deployment();
        var old = Optional.ofNullable(before.regions().get(region));
        var next =
                Optional.ofNullable(change.deployment().regions().get(region)).orElseThrow();
        if (!storm.hasSealed(next.version())) {
            throw storm.broken(
                    "J1: " + region + " joins with " + next.version() + ", which no region had for a whole bake");
        }
        if (before.isWithdrawn(region, next.version())) {
            throw storm.broken("J2: " + region + " joins with " + next.version() + ", which was withdrawn");
        }
        if (storm.wasTakenBack(region, next.version())
                && before.versionIn(region)
                        .filter(present -> !before.isWithdrawn(region, present))
                        .isPresent()) {
            throw storm.broken("J8: " + region + " joins with " + next.version() + ", which it was taken back from");
        }
        if (!storm.mayHave(stage(region), next.version())) {
            throw storm.broken("J7: " + region + " joins with " + next.version() + ", which no rollout left "
                    + stage(region) + " with");
        }
        if (old.isPresent() && next.lineage() < old.get().lineage()) {
            throw storm.broken("I2: joining took lineage of " + region + " from "
                    + old.get().lineage() + " to " + next.lineage());
        }
        if (next.fence() <= before.fence()) {
            throw storm.broken("I1: " + region + " joined at fence " + next.fence());
        }
        if (!storm.isReady(region, next.version())) {
            throw storm.broken("I13: " + region + " joins with " + next.version() + " without its controllers");
        }
        if (storm.running().stream().anyMatch(rollout -> rollout.regions().contains(region))) {
            throw storm.broken(
                    "J3: " + region + " is moved by a rollout, and was given " + next.version() + " beside it");
        }
        if (!others(before, region).equals(others(change.deployment(), region))) {
            throw storm.broken("J4: joining of " + region + " moved another region");
        }
    }

    private static Map<RegionName, Deployment.Pointer> others(Deployment deployment, RegionName but) {
        var others = new HashMap<>(deployment.regions());
        others.remove(but);
        return others;
    }

    /** Nobody holds any of them any more. */
    void heal() {
        well = true;
        phases.replaceAll((region, phase) -> phase == Phase.HELD ? Phase.SEEDING : phase);
    }

    /** In the end each has what its stage has, if that may be shown at all. */
    void settled() {
        for (var region : COMING) {
            var deployment = storm.deployment();
            var stage = deployment.versionOf(stage(region));
            var has = deployment.versionIn(region);
            if (has.filter(version -> deployment.isWithdrawn(region, version)).isPresent()
                    && stage.filter(version -> !deployment.isWithdrawn(region, version) && storm.hasSealed(version))
                            .isPresent()) {
                throw storm.broken("J5: " + region + " has " + has + ", which was withdrawn, and its stage " + stage);
            }
            if (phase(region) != Phase.ABSENT
                    && has.isEmpty()
                    && stage.filter(storm::hasCompleted).isPresent()
                    && !deployment.isWithdrawn(region, stage.get())) {
                throw storm.broken("J6: " + region + " has nothing, and its stage " + stage);
            }
        }
    }
}
