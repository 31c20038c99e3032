package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.planner.rollout.RolloutPlanner;
import io.portolan.testkit.RecordingFailPoints;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Halts the component that a fail point belongs to at that point, in the middle of a scenario (publish and roll out a version beside
 * one that is served, roll back), starts it again and lets the scenario go on to its end, while every node is visited without
 * pause.
 */
@Timeout(400)
class CrashTest {
    private static final long SEED = Long.getLong("portolan.seed", 20261123);
    /** The region of the first stage that has one: its node is the first to do everything. */
    private static final String NODE = CrashWorld.REGIONS.getFirst();

    private static final Duration SHORT_BAKE = Duration.ofMillis(50);
    private static final Duration BAKE_WITH_A_TICK = RolloutPlanner.TICK.plusMillis(200);

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.MATCH_NONE,
            names = {"OVERRIDE_STORED", "REGION_.*"}) // OverrideCrashTest and BringUpCrashTest have them
    void row_1_13_goesOnAfterACrashAt(FailPoint point) throws Exception {
        var random = new Random(SEED);
        var one = Release.write(folder, "1.0", random, 3, 5_000);
        var two = Release.write(folder, "2.0", random, 3, 5_000);
        try (var world = new CrashWorld(folder, component(point), none -> FailPoints.NONE)) {
            var user = new CrashScenario(world.settings().controlUri(), folder);
            world.probe(CrashScenario.ROUTE, List.of(one, two));
            user.register();
            user.publish(one);
            user.rollOut("1.0", SHORT_BAKE);

            world.crashAt(point);
            user.publish(two);
            user.rollOut("2.0", point == FailPoint.BAKE_TICKED ? BAKE_WITH_A_TICK : SHORT_BAKE);
            var rollback = user.rollBack();

            world.awaitRevived();
            user.assertRuns(world.settings(), "1.0");
            user.assertEnd(rollback);
            world.assertServedWell();
            world.assertDiskIsWhole();
            System.out.println("seed=" + SEED + " point=" + point + " component=" + component(point) + " "
                    + world.visits() + " rollbackMillis="
                    + rollback.body().at("/elapsedMillis").asLong());
        }
    }

    @Test
    void theScenarioPassesEveryFailPoint() throws Exception {
        var random = new Random(SEED);
        var one = Release.write(folder, "1.0", random, 3, 5_000);
        var reached = new RecordingFailPoints();
        var settings = WorldSettings.free(folder.resolve("world"), CrashWorld.REGIONS);
        try (var control = CrashMain.start(settings, CrashMain.CONTROL, reached);
                var first = CrashMain.start(settings, CrashWorld.REGIONS.getFirst(), reached);
                var second = CrashMain.start(settings, CrashWorld.REGIONS.getLast(), reached)) {
            var user = new CrashScenario(settings.controlUri(), folder);
            user.register();
            user.publish(one);
            user.rollOut("1.0", SHORT_BAKE);
            user.publish(Release.write(folder, "2.0", random, 3, 5_000));
            user.rollOut("2.0", BAKE_WITH_A_TICK);
            user.rollBack();
            assertThat(List.of(control, first, second)).isNotEmpty();
        }

        assertThat(reached.reached())
                .containsExactlyElementsOf(EnumSet.complementOf(EnumSet.of(
                        FailPoint.OVERRIDE_STORED,
                        FailPoint.REGION_STEP_DECIDED,
                        FailPoint.REGION_STEP_RECORDED,
                        FailPoint.REGION_POINTED,
                        FailPoint.REGION_ENROLLED)));
    }

    /** Where a point is reached; a new constant has no place until it is given one here. */
    private static String component(FailPoint point) {
        return switch (point) {
            case PUBLISH_UPLOADED,
                    PUBLISH_BLOB_STORED,
                    PUBLISH_CONTENT_STORED,
                    PUBLISH_RECORDED,
                    COMPILE_SIGNED,
                    COMPILE_STORED,
                    SWITCH_DECIDED,
                    SWITCH_RECORDED,
                    BAKE_TICKED,
                    BAKE_SEALED,
                    ROLLOUT_COMPLETED,
                    ROLLBACK_DECIDED,
                    ROLLBACK_RECORDED,
                    ROLLBACK_CONVERGED,
                    REGION_STEP_DECIDED,
                    REGION_STEP_RECORDED,
                    REGION_POINTED,
                    REGION_ENROLLED -> CrashMain.CONTROL;
            case FETCH_ENVELOPE_RECEIVED,
                    FETCH_OBJECT_STORED,
                    FETCH_OBJECTS_STORED,
                    FETCH_ENVELOPE_STORED,
                    FETCH_BLOB_WRITTEN,
                    FETCH_BLOB_STORED,
                    FETCH_VERSION_HELD,
                    LOAD_VERSION,
                    SWITCH_STATE_BUILT,
                    SWITCH_STATE_SWAPPED,
                    OVERRIDE_STORED -> NODE;
        };
    }
}
