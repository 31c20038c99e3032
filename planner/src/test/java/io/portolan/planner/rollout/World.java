package io.portolan.planner.rollout;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
    private int ids;

    World start(String version) {
        return start(version, Duration.ofSeconds(10), Duration.ZERO);
    }

    World start(String version, Duration bake, Duration minimum) {
        var change = Starting.start(
                new Starting.Request(
                        "ro-" + ++ids,
                        new VersionLabel(version),
                        RolloutKind.SAFE,
                        StageDefinition.standard(),
                        REGIONS,
                        bake,
                        minimum,
                        "",
                        "test",
                        now),
                deployment,
                running(),
                plan -> "hash");
        take(change);
        return this;
    }

    RollingBack.Started rollBack(String to) {
        return rollBack(to, Optional.empty());
    }

    RollingBack.Started rollBack(String to, Optional<RegionName> region) {
        var started = RollingBack.start(
                new RollingBack.Request(
                        "ro-" + ++ids,
                        to,
                        region,
                        StageDefinition.standard(),
                        REGIONS,
                        version -> true,
                        Map.of("node-westus/boot", 10L),
                        "",
                        "test",
                        now),
                deployment,
                running(),
                plan -> "hash");
        take(started.started());
        return started;
    }

    Optional<Rollout> running() {
        return rollout == null || rollout.state().isFinal() ? Optional.empty() : Optional.of(rollout);
    }

    void take(Step.Change change) {
        rollout = change.rollout();
        deployment = change.deployment();
    }

    Observation observation() {
        var regions = new HashMap<RegionName, Observation.OfRegion>();
        for (var region : REGIONS) {
            regions.put(
                    region,
                    new Observation.OfRegion(
                            !notHolding.contains(region),
                            region + ": node lacks 7 bytes",
                            !notConverged.contains(region),
                            region + ": node is behind",
                            now));
        }
        return new Observation(regions, Map.of("node-westus/boot", 11L));
    }

    Step next() {
        return RolloutPlanner.next(rollout, deployment, observation(), gate, now);
    }

    /** Takes steps until it has to wait or is done. */
    World settle() {
        for (last = next(); last instanceof Step.Change change; last = next()) {
            take(change);
        }
        return this;
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
