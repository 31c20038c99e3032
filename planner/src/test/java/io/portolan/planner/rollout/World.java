package io.portolan.planner.rollout;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rules of rollouts in virtual time: regions that hold, acknowledge and lag as a test says. One thread at a time. */
final class World {
    static final List<RegionName> REGIONS =
            List.of("westcentralus", "southcentralus", "westus", "westeurope", "southeastasia", "brazilsouth").stream()
                    .map(RegionName::new)
                    .toList();

    Instant now = Instant.parse("2026-11-23T00:00:00Z");
    Deployment deployment = Deployment.none(new ExtensionName("Contoso_Orders"), new EnvironmentName("prod"));

    @SuppressWarnings("NullAway.Init") // set by the first start
    Rollout rollout;

    Gate gate = Gate.TIME;
    Step last = new Step.Done();
    final Set<RegionName> notHolding = new HashSet<>();
    final Set<RegionName> notConverged = new HashSet<>();
    final Set<RegionName> unreachable = new HashSet<>();
    final Set<RegionName> failing = new HashSet<>();
    /** Regions that the environment has no more. */
    final Set<RegionName> gone = new HashSet<>();

    final Set<RegionName> notReady = new HashSet<>();
    final Map<RegionName, Observation.Controllers> controllers = new HashMap<>();
    final Map<RegionName, Integer> boots = new HashMap<>();
    final Map<RegionName, List<RegionName>> pairs = new HashMap<>();
    final List<Window> windows = new ArrayList<>();
    final List<String> blockers = new ArrayList<>();
    final List<String> wayBack = new ArrayList<>();
    final Set<VersionLabel> revoked = new HashSet<>();
    /** Versions whose changes the next one that is started has too. */
    List<VersionLabel> contains = List.of();

    /** Given with the next one that is started; break-glass has one of its own. */
    String reason = "";

    final List<Joining.Joiner> joining = new ArrayList<>();
    private final Map<String, Rollout> rollouts = new LinkedHashMap<>();
    private int ids;

    /** A plan that bakes 10 s. */
    static PlanSpec spec(
            Map<String, PlanSpec.StageSpec> stages,
            @Nullable Integer cap,
            @Nullable List<RolloutPlan.RampStep> ramp,
            @Nullable OnFail onFail,
            @Nullable Boolean twoPersons) {
        return new PlanSpec(
                null, Duration.ofSeconds(10), stages, cap, null, null, ramp, onFail, twoPersons, null, null);
    }

    /** The same, whose last stage may lose so many regions. */
    static PlanSpec budget(int regions) {
        return spec(Map.of("stage5", new PlanSpec.StageSpec(null, regions, null)), null, null, null, null);
    }

    /** With 1.0 everywhere, last known good. */
    World good() {
        return start("1.0").finish();
    }

    World start(String version, PlanSpec spec) {
        return start(version, RolloutKind.SAFE, spec, Duration.ZERO);
    }

    World start(String version) {
        return start(version, Duration.ofSeconds(10), Duration.ZERO);
    }

    World start(String version, Duration bake, Duration minimum) {
        return start(version, RolloutKind.SAFE, PlanSpec.DEFAULT.baking(bake), minimum);
    }

    World start(String version, RolloutKind kind, PlanSpec plan, Duration minimum) {
        int id = ++ids;
        var started = Starting.start(
                new Starting.Request(
                        "ro-" + id,
                        id,
                        new VersionLabel(version),
                        kind,
                        plan,
                        new Plans.Facts(StageDefinition.standard(), REGIONS, pairs, minimum, null),
                        contains,
                        kind == RolloutKind.BREAK_GLASS ? "it burns" : reason,
                        "test",
                        now),
                deployment,
                running(),
                made -> "hash");
        started.ended().forEach(this::keep);
        take(started.started());
        return this;
    }

    Starting.Started rollBack(String to) {
        return rollBack(to, Optional.empty());
    }

    Starting.Started rollBack(String to, Optional<RegionName> region) {
        int id = ++ids;
        var started = RollingBack.start(
                new RollingBack.Request(
                                "ro-" + id,
                                id,
                                to,
                                region,
                                StageDefinition.standard(),
                                REGIONS,
                                version -> !revoked.contains(version),
                                Map.of("node-westus/boot", 10L),
                                "",
                                "test",
                                now)
                        .warming(version -> cold()),
                deployment,
                running(),
                plan -> "hash");
        started.ended().forEach(this::keep);
        started.changed().forEach(this::keep);
        take(started.started());
        return started;
    }

    /** Regions within reach whose controllers are not ready. */
    private Set<RegionName> cold() {
        var cold = new HashSet<RegionName>();
        controllers.forEach((region, seen) -> {
            if (!seen.ready() && !unreachable.contains(region)) {
                cold.add(region);
            }
        });
        return cold;
    }

    List<Rollout> running() {
        return rollouts.values().stream()
                .filter(other -> !other.state().isFinal())
                .toList();
    }

    private void keep(Rollout changed) {
        rollouts.put(changed.id(), changed);
    }

    /** The rollout that is looked at next. */
    World turnTo(String id) {
        rollout = Objects.requireNonNull(rollouts.get(id));
        return this;
    }

    Rollout rollout(String id) {
        return Objects.requireNonNull(rollouts.get(id));
    }

    void take(Step.Change change) {
        rollout = change.rollout();
        keep(rollout);
        deployment = change.deployment();
    }

    Observation observation() {
        var regions = new HashMap<RegionName, Observation.OfRegion>();
        var all = new ArrayList<>(REGIONS);
        joining.stream()
                .map(Joining.Joiner::region)
                .filter(region -> !REGIONS.contains(region))
                .forEach(all::add);
        for (var region : all) {
            boolean out = unreachable.contains(region);
            regions.put(
                    region,
                    new Observation.OfRegion(
                            !out,
                            !out && !notHolding.contains(region),
                            out ? region + " is unreachable" : region + ": node lacks 7 bytes",
                            !out && !notConverged.contains(region),
                            out ? region + " is unreachable" : region + ": node is behind",
                            failing.contains(region) ? "node quarantined it" : "",
                            !notReady.contains(region),
                            out ? Set.of() : Set.of("node-" + region + "/" + boots.getOrDefault(region, 1)),
                            now,
                            controllers.getOrDefault(region, Observation.Controllers.NONE)));
        }
        return new Observation(regions, Map.of("node-westus/boot", 11L));
    }

    Scene scene() {
        return new Scene(
                deployment,
                observation(),
                gate,
                running().stream()
                        .filter(other -> !other.id().equals(rollout.id()))
                        .toList(),
                windows,
                blockers,
                wayBack,
                joining,
                gone);
    }

    Step next() {
        return RolloutPlanner.next(rollout, scene(), now);
    }

    /** Takes steps until it has to wait or is done. */
    World settle() {
        for (last = next(); last instanceof Step.Change change; last = next()) {
            take(change);
        }
        return this;
    }

    /** Takes steps of all rollouts, oldest first, and pays what is owed, until all have to wait. */
    World settleAll() {
        boolean moved = true;
        while (moved) {
            moved = false;
            for (var id : List.copyOf(rollouts.keySet())) {
                if (rollout(id).state().isFinal()) {
                    continue;
                }
                turnTo(id);
                for (last = next(); last instanceof Step.Change change; last = next()) {
                    take(change);
                    moved = true;
                }
            }
            for (var paid = CatchingUp.next(deployment, running(), observation(), now);
                    paid.isPresent();
                    paid = CatchingUp.next(deployment, running(), observation(), now)) {
                deployment = paid.get().deployment();
                moved = true;
            }
            moved |= join();
        }
        return this;
    }

    /** Gives joining regions that are enrolled what they should have; whether anything moved. */
    boolean join() {
        boolean moved = false;
        for (var joiner : joining) {
            if (joiner.enrolled() && !joiner.released()) {
                var change = Joining.next(
                        deployment,
                        running(),
                        joiner.region(),
                        joiner.stage(),
                        observation().of(joiner.region()));
                if (change.isPresent()) {
                    deployment = change.get().deployment();
                    moved = true;
                }
            }
        }
        return moved;
    }

    World passAll(Duration time) {
        for (long i = 0; i < time.toSeconds(); i++) {
            now = now.plusSeconds(1);
            settleAll();
        }
        return this;
    }

    String waiting(String id) {
        turnTo(id);
        return next() instanceof Step.Wait wait ? wait.text() : "";
    }

    /** Lets time pass in looks of a second. */
    World pass(Duration time) {
        for (long i = 0; i < time.toSeconds(); i++) {
            now = now.plusSeconds(1);
            settle();
        }
        return this;
    }

    World finish() {
        return settle().pass(Duration.ofMinutes(5));
    }

    String serving(String region) {
        return deployment
                .versionIn(new RegionName(region))
                .map(VersionLabel::value)
                .orElse("");
    }

    String states() {
        return String.join(
                " ",
                rollout.stages().stream().map(stage -> stage.state().name()).toList());
    }
}
