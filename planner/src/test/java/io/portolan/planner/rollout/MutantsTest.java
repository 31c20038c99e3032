package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules that are wrong on purpose: the storm must catch each, or it proves nothing. */
class MutantsTest {
    private static final int STORMS = 400;

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void isCaught(String mutant, String rule, Storm.Rules rules) {
        for (long seed = 1; seed <= STORMS; seed++) {
            try {
                new Storm(new Random(seed), rules).play();
            } catch (Storm.Broken caught) {
                assertThat(caught.rule()).as("seed " + seed).contains(rule);
                return;
            }
        }
        assertThat(false).as(mutant + ": not caught in " + STORMS + " storms").isTrue();
    }

    static Stream<Arguments> isCaught() {
        return Stream.of(
                Arguments.of("ignores pairs and the cap", "I1", change(MutantsTest::everythingAtOnce)),
                Arguments.of("does not look at other rollouts", "I", seeing(MutantsTest::alone)),
                Arguments.of("counts a tick after a jump of the clock in full", "I7", new FullTicks()),
                Arguments.of("seals without convergence", "I7", seeing(MutantsTest::converged)),
                Arguments.of("switches pages before their controllers are ready", "I13", seeing(MutantsTest::unpaired)),
                Arguments.of("abort loses against advance", "I4", new AbortLoses()),
                Arguments.of("reverts to a half-baked version", "I5", change(MutantsTest::halfBaked)),
                Arguments.of("promotes before the last bake", "slots", change(MutantsTest::early)));
    }

    private static Storm.Rules change(BiFunction<Step.Change, Rollout, Step> mutation) {
        return new Storm.Rules() {
            @Override
            public Step next(Rollout rollout, Scene scene, Instant now) {
                var step = RolloutPlanner.next(rollout, scene, now);
                return step instanceof Step.Change change ? mutation.apply(change, rollout) : step;
            }

            @Override
            public Step.Change abort(Rollout rollout, Deployment deployment, Instant now) {
                return (Step.Change) mutation.apply(Steering.abort(rollout, deployment, "", now), rollout);
            }
        };
    }

    private static Storm.Rules seeing(UnaryOperator<Scene> mutation) {
        return new Storm.Rules() {
            @Override
            public Step next(Rollout rollout, Scene scene, Instant now) {
                return RolloutPlanner.next(rollout, mutation.apply(scene), now);
            }
        };
    }

    private static Step everythingAtOnce(Step.Change change, Rollout was) {
        if (change.kind() != Step.Kind.SWITCHED) {
            return change;
        }
        var rollout = change.rollout();
        var pointers = new HashMap<RegionName, String>();
        var stages = new ArrayList<StageProgress>();
        for (var stage : rollout.stages()) {
            var more = stage.touched() ? stage.in(TaskState.PLANNED) : List.<RegionName>of();
            more.forEach(region -> pointers.put(region, rollout.version().value()));
            var wave = new ArrayList<>(stage.wave());
            wave.addAll(more);
            stages.add(stage.tasks(more, task -> task.in(TaskState.SWITCHED)).wave(wave));
        }
        return new Step.Change(
                change.kind(),
                rollout.stages(stages),
                change.deployment().pointing(pointers, rollout.lineage()),
                change.cause());
    }

    private static Scene alone(Scene scene) {
        return new Scene(
                scene.deployment(),
                scene.observed(),
                scene.gate(),
                List.of(),
                scene.windows(),
                scene.blockers(),
                scene.wayBack(),
                scene.joining());
    }

    private static Scene converged(Scene scene) {
        return observing(
                scene,
                seen -> new Observation.OfRegion(
                        seen.reachable(),
                        seen.holds(),
                        seen.lacks(),
                        true,
                        seen.behind(),
                        seen.failure(),
                        seen.ready(),
                        seen.boots(),
                        seen.acknowledgedAt(),
                        seen.controllers()));
    }

    private static Scene unpaired(Scene scene) {
        return observing(
                scene,
                seen -> new Observation.OfRegion(
                        seen.reachable(),
                        seen.holds(),
                        seen.lacks(),
                        seen.converged(),
                        seen.behind(),
                        seen.failure(),
                        seen.ready(),
                        seen.boots(),
                        seen.acknowledgedAt()));
    }

    private static Scene observing(Scene scene, UnaryOperator<Observation.OfRegion> mutation) {
        var regions = new HashMap<RegionName, Observation.OfRegion>();
        scene.observed().regions().forEach((region, seen) -> regions.put(region, mutation.apply(seen)));
        return new Scene(
                scene.deployment(),
                new Observation(regions, scene.observed().fetchedNow()),
                scene.gate(),
                scene.others(),
                scene.windows(),
                scene.blockers(),
                scene.wayBack(),
                scene.joining());
    }

    private static final class FullTicks implements Storm.Rules {
        @Override
        public Step next(Rollout rollout, Scene scene, Instant now) {
            var step = RolloutPlanner.next(rollout, scene, now);
            if (!(step instanceof Step.Change change) || change.kind() != Step.Kind.TICKED) {
                return step;
            }
            var stages = new ArrayList<>(change.rollout().stages());
            for (int i = 0; i < stages.size(); i++) {
                var old = rollout.stages().get(i);
                var ticked = old.tickedAt();
                if (ticked != null && stages.get(i).tickedAt() != null && ticked.isBefore(now)) {
                    var total = old.healthyFor().plus(Duration.between(ticked, now));
                    stages.set(i, stages.get(i).healthy(total, now));
                }
            }
            return new Step.Change(change.kind(), change.rollout().stages(stages), change.deployment(), change.cause());
        }
    }

    private static final class AbortLoses implements Storm.Rules {
        @Override
        public Step.Change abort(Rollout rollout, Deployment deployment, Instant now) {
            return rollout.advance()
                    ? new Step.Change(Step.Kind.STEERED, rollout, deployment, "the advance goes first")
                    : Steering.abort(rollout, deployment, "", now);
        }
    }

    private static Step halfBaked(Step.Change change, Rollout was) {
        if (change.kind() != Step.Kind.REVERTING) {
            return change;
        }
        var pointers = new HashMap<RegionName, String>();
        for (var stage : change.rollout().stages()) {
            stage.in(TaskState.REVERTED)
                    .forEach(region -> pointers.put(region, was.before().getOrDefault(region, "")));
        }
        return new Step.Change(
                change.kind(), change.rollout(), change.deployment().pointing(pointers, was.lineage()), change.cause());
    }

    private static Step early(Step.Change change, Rollout was) {
        return change.kind() == Step.Kind.SEALED
                ? new Step.Change(
                        change.kind(),
                        change.rollout(),
                        Completing.promote(change.deployment(), was.version(), false),
                        change.cause())
                : change;
    }
}
