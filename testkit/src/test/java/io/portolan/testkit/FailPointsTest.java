package io.portolan.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FailPointsTest {
    @Test
    void recordsArrivals() {
        var points = new RecordingFailPoints();

        points.reached(FailPoint.COMPILE_STORED);
        points.reached(FailPoint.COMPILE_STORED);
        points.reached(FailPoint.BAKE_SEALED);

        assertThat(points.count(FailPoint.COMPILE_STORED)).isEqualTo(2);
        assertThat(points.count(FailPoint.COMPILE_SIGNED)).isZero();
        assertThat(points.reached()).containsExactly(FailPoint.COMPILE_STORED, FailPoint.BAKE_SEALED);
    }

    @Test
    void haltsAtTheGivenArrival() throws Exception {
        var ended = run("-Dportolan.failpoint=BAKE_TICKED:3");

        assertThat(ended.exitCode()).isEqualTo(137);
        assertThat(ended.lines()).contains("tick 2", "halting at BAKE_TICKED:3").doesNotContain("tick 3", "hook");
    }

    @Test
    void haltsAtTheFirstArrivalByDefault() throws Exception {
        assertThat(run("-Dportolan.failpoint=BAKE_TICKED").exitCode()).isEqualTo(137);
    }

    @Test
    void goesOnWhenAnotherPointOrNoneIsNamed() throws Exception {
        assertThat(run("-Dportolan.failpoint=BAKE_SEALED").lines()).endsWith("tick 5", "hook");
        assertThat(run("-Dunrelated=1").exitCode()).isZero();
    }

    @Test
    void refusesWhatItCannotRead() {
        assertThat(HaltingFailPoints.fromProperty()).isSameAs(FailPoints.NONE);
        assertThatThrownBy(() -> HaltingFailPoints.parse("NOWHERE"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NOWHERE");
        assertThatThrownBy(() -> HaltingFailPoints.parse("BAKE_TICKED:soon"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HaltingFailPoints.parse("BAKE_TICKED:0")).isInstanceOf(IllegalArgumentException.class);
    }

    private record Ended(int exitCode, List<String> lines) {}

    private static Ended run(String option) throws Exception {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        option,
                        "-cp",
                        System.getProperty("java.class.path"),
                        TickingMain.class.getName())
                .redirectErrorStream(true)
                .start();
        var lines = new ArrayList<String>();
        try (var output = process.inputReader(UTF_8)) {
            output.lines().forEach(lines::add);
        }
        return new Ended(process.waitFor(), lines);
    }

    /** A process that passes one point five times. */
    static final class TickingMain {
        private TickingMain() {}

        public static void main(String[] arguments) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
            var points = HaltingFailPoints.fromProperty();
            for (int tick = 1; tick <= 5; tick++) {
                points.reached(FailPoint.BAKE_TICKED);
                System.out.println("tick " + tick);
            }
        }
    }
}
