package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random worlds in virtual time: lagging and lost regions, jumps of the clock, verbs and rollbacks in any order. */
class RolloutPropertiesTest {
    private static final int STEPS = 400;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233})
    void everyStepKeepsTheInvariants(long seed) {
        var random = new Random(seed);
        for (int world = 0; world < 40; world++) {
            new Run(random).play();
        }
    }

    private static final class Run {
        private final Random random;
        private final World world = new World();
        private final Set<VersionLabel> completed = new HashSet<>();
        private int version;

        Run(Random random) {
            this.random = random;
        }

        void play() {
            for (int i = 0; i < STEPS; i++) {
                act();
                var before = world.deployment;
                var rollout = world.rollout;
                if (rollout == null) {
                    continue;
                }
                var step = world.next();
                if (step instanceof Step.Change change) {
                    check(rollout, before, change);
                    world.take(change);
                } else if (step instanceof Step.Wait wait) {
                    assertThat(wait.text()).isNotEmpty();
                    assertThat(wait.actors()).isNotEmpty();
                }
            }
        }

        private void check(Rollout rollout, Deployment before, Step.Change change) {
            var after = change.deployment();
            for (int i = 0; i < rollout.stages().size(); i++) {
                var was = rollout.stages().get(i);
                var is = change.rollout().stages().get(i);
                if (was.state() == StageState.APPLYING && is.state() == StageState.CONVERGING) {
                    assertThat(is.regions()).noneMatch(world.notHolding::contains);
                    assertThat(rollout.stages().subList(0, i)).allMatch(StageProgress::done);
                }
                if (is.state() == StageState.SEALED && was.state() != StageState.SEALED && rollout.rollback() == null) {
                    assertThat(is.regions()).noneMatch(world.notConverged::contains);
                    assertThat(is.healthyFor()).isGreaterThanOrEqualTo(Duration.ofSeconds(3));
                }
                assertThat(is.healthyFor().minus(was.healthyFor())).isLessThanOrEqualTo(RolloutPlanner.LONGEST_TICK);
            }
            if (change.kind() == Step.Kind.COMPLETED) {
                completed.add(rollout.version());
            }
            // Only a switch or a revert moves pointers, and the fence rises with it.
            if (!before.regions().equals(after.regions())) {
                assertThat(change.kind()).isIn(Step.Kind.SWITCHED, Step.Kind.REVERTING, Step.Kind.REGION_FAILED);
                assertThat(after.fence()).isGreaterThan(before.fence());
            }
            assertThat(after.slots().values()).allMatch(completed::contains);
            assertThat(after.slots().values()).noneMatch(after.withdrawn()::contains);
        }

        private void act() {
            switch (random.nextInt(12)) {
                case 0, 1 ->
                    tryTo(() -> world.start(
                            ++version + ".0", Duration.ofSeconds(random.nextInt(3, 20)), Duration.ofSeconds(3)));
                case 2 -> toggle(world.notHolding);
                case 3 -> toggle(world.notConverged);
                case 4 -> world.now = world.now.plusSeconds(random.nextInt(-5000, 5000));
                case 5 -> steer();
                case 6 -> {
                    if (random.nextInt(4) == 0) {
                        rollBack();
                    }
                }
                default -> world.now = world.now.plusMillis(random.nextInt(1500));
            }
        }

        private void toggle(Set<RegionName> regions) {
            var region = World.REGIONS.get(random.nextInt(World.REGIONS.size()));
            if (!regions.remove(region) && random.nextInt(3) == 0) {
                regions.add(region);
            }
        }

        private void steer() {
            var rollout = world.rollout;
            if (rollout == null) {
                return;
            }
            tryTo(() -> world.take(
                    switch (random.nextInt(6)) {
                        case 0 -> Steering.pause(rollout, world.deployment, "", world.now);
                        case 1, 2 -> Steering.resume(rollout, world.deployment, "", world.now);
                        case 3 -> Steering.advance(rollout, world.deployment, "");
                        case 4 -> Steering.abort(rollout, world.deployment, "", world.now);
                        default -> Steering.halt(rollout, world.deployment, "", world.now);
                    }));
        }

        private void rollBack() {
            var good = world.deployment.choosable();
            tryTo(() -> {
                world.rollBack(RollingBack.AUTO);
                // A rollback always names a version that once was good.
                assertThat(good).contains(world.rollout.version());
                assertThat(completed).contains(world.rollout.version());
                assertThat(World.REGIONS).allMatch(region -> world.deployment
                        .versionIn(region)
                        .map(world.rollout.version()::equals)
                        .orElse(false));
            });
        }

        private static void tryTo(Runnable action) {
            try {
                action.run();
            } catch (Refusal refused) {
                assertThat(refused.getMessage()).isNotEmpty();
            }
        }
    }
}
