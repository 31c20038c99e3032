package io.portolan.control;

import static org.assertj.core.api.Assertions.fail;

import io.portolan.model.RegionName;
import io.portolan.planner.rollout.Gate;
import io.portolan.planner.rollout.Observation;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.RolloutPlanner;
import io.portolan.planner.rollout.Scene;
import io.portolan.planner.rollout.Step;
import io.portolan.planner.rollout.Verdict;
import io.portolan.protocol.Json;
import io.portolan.storage.StateStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/** Executors that are wrong on purpose, each in one part: the simulation must catch each, or it proves nothing. */
class ControlMutantsTest {
    private static final int STORMS = 40;

    @TempDir
    private Path folder;

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void isCaught(String mutant, String rule, Parts parts) {
        var others = new ArrayList<String>();
        for (long seed = 1; seed <= STORMS; seed++) {
            try (var disk = new StormDisk(folder.resolve("state.db"), parts.syncs())) {
                new ControlStorm(disk, new Random(seed), parts).play();
            } catch (Broken caught) {
                var said = String.valueOf(caught.getMessage());
                if (said.contains(rule)) {
                    return;
                }
                // What is wrong in one place may show in another first.
                others.add("seed " + seed + ": " + said);
            }
        }
        fail("%s: not caught by %s in %d storms; by others: %s", mutant, rule, STORMS, others);
    }

    static Stream<Arguments> isCaught() {
        return Stream.of(
                Arguments.of("a commit is answered before it is on the disk", "durable", new NoSync()),
                Arguments.of("the fence is ignored", "fence", new NoFence()),
                Arguments.of("abort loses against advance", "I4", new AbortLoses()),
                Arguments.of("a bake counts the time on the wall", "I7", new WallTime()),
                Arguments.of("the gate passes without data", "I7", new PassingGate()),
                Arguments.of("regions switch before they hold the version", "I3", new Unprepared()),
                Arguments.of("pages switch before their controllers are ready", "I13", new Unpaired()),
                Arguments.of("an override that is being taken over stops nothing", "override", new Deaf()),
                Arguments.of("what a node told of an override is kept in memory only", "override", new Forgetful()),
                Arguments.of("some steps leave no row", "I10", new WriterThat("append", "portolan.rollout.step")),
                Arguments.of("a step is half recorded", "I1", new WriterThat("put", "deployment")));
    }

    private static final class NoSync implements Parts {
        @Override
        public boolean syncs() {
            return false;
        }
    }

    private static final class Forgetful implements Parts {
        @Override
        public boolean keepsTellings() {
            return false;
        }
    }

    private static final class NoFence implements Parts {
        @Override
        public StateStore fenced(StateStore store, EngineLease lease) {
            return store;
        }
    }

    private static final class AbortLoses implements Parts {
        @Override
        public boolean hears(Rollout aborted) {
            return !aborted.advance();
        }
    }

    private static final class PassingGate implements Parts {
        @Override
        public Gate gate() {
            var gate = new FlappingGate();
            return (stage, evidence, now) -> {
                var verdict = gate.decide(stage, evidence, now);
                return verdict.outcome() == Verdict.Outcome.ERROR || verdict.outcome() == Verdict.Outcome.INCONCLUSIVE
                        ? new Verdict(Verdict.Outcome.PASS, "nothing bad is known", null)
                        : verdict;
            };
        }
    }

    private static final class WallTime implements Parts {
        @Override
        public RolloutSteps.Rules rules() {
            return (rollout, scene, now) -> {
                var step = RolloutPlanner.next(rollout, scene, now);
                return step instanceof Step.Change change && change.kind() == Step.Kind.TICKED
                        ? counted(rollout, change, now)
                        : step;
            };
        }

        private static Step counted(Rollout was, Step.Change change, Instant now) {
            var tree = Json.mapper().<ObjectNode>valueToTree(change.rollout());
            for (int i = 0; i < was.stages().size(); i++) {
                var ticked = was.stages().get(i).tickedAt();
                if (ticked != null && change.rollout().stages().get(i).tickedAt() != null && ticked.isBefore(now)) {
                    var total = was.stages().get(i).healthyFor().plus(Duration.between(ticked, now));
                    ((ObjectNode) tree.path("stages").get(i)).put("healthyFor", total.toString());
                }
            }
            return new Step.Change(
                    change.kind(), Json.mapper().treeToValue(tree, Rollout.class), change.deployment(), change.cause());
        }
    }

    private static final class Unprepared implements Parts {
        @Override
        public RolloutSteps.Rules rules() {
            return (rollout, scene, now) -> RolloutPlanner.next(rollout, holding(scene), now);
        }

        private static Scene holding(Scene scene) {
            return observing(
                    scene,
                    seen -> new Observation.OfRegion(
                            seen.reachable(),
                            true,
                            seen.lacks(),
                            seen.converged(),
                            seen.behind(),
                            seen.failure(),
                            seen.ready(),
                            seen.boots(),
                            seen.acknowledgedAt(),
                            seen.controllers()));
        }
    }

    private static final class Unpaired implements Parts {
        @Override
        public RolloutSteps.Rules rules() {
            return (rollout, scene, now) -> RolloutPlanner.next(rollout, alone(scene), now);
        }

        private static Scene alone(Scene scene) {
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
                scene.joining(),
                scene.gone());
    }

    /** Hears nothing of what operators ordered at nodes. */
    private static final class Deaf implements Parts {
        @Override
        public RolloutSteps.Rules rules() {
            return (rollout, scene, now) -> RolloutPlanner.next(
                    rollout,
                    new Scene(
                            scene.deployment(),
                            scene.observed(),
                            scene.gate(),
                            scene.others(),
                            scene.windows(),
                            scene.blockers().stream()
                                    .filter(blocker -> !blocker.startsWith("override"))
                                    .toList(),
                            scene.wayBack(),
                            scene.joining(),
                            scene.gone()),
                    now);
        }
    }

    /** Leaves out every fifth write of a kind that the engine makes. */
    private record WriterThat(String method, String kind) implements Parts {
        @Override
        public StateStore fenced(StateStore store, EngineLease lease) {
            return new LeavingOut(new FencedStore(store, lease), method, kind, 5);
        }
    }
}
