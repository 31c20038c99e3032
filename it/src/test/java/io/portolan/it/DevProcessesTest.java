package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The world that {@code portolan dev --processes} starts: who lives and dies with whom. */
class DevProcessesTest {
    @RegisterExtension
    static final SharedDev WORLD = SharedDev.processes();

    @Test
    void startsEachComponentAsAProcessOfItsOwn() throws Exception {
        var dev = WORLD.dev();

        var components = components(dev);

        assertThat(components).allMatch(ProcessHandle::isAlive).doesNotHaveDuplicates();
        assertThat(dev.handle().children()).containsExactlyInAnyOrderElementsOf(components);
    }

    @ParameterizedTest
    @CsvSource({"KILL", "TERM"})
    void leavesNoProcessBehind(String signal) throws Exception {
        var dev = WORLD.dev();
        var components = components(dev);

        dev.end(signal);

        await().atMost(DevProcess.PATIENCE)
                .untilAsserted(() -> assertThat(components).noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void namesTheComponentsWhenAskedForOneThatIsNotThere() throws Exception {
        var dev = WORLD.dev();

        var refused =
                dev.cli("dev", "stop", "node-atlantis", "--data", dev.data().toString());

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("node-atlantis", "node-westus", "control", "director");
    }

    private static List<ProcessHandle> components(DevProcess dev) throws IOException {
        var names = Stream.concat(
                        Stream.of("control", "director"),
                        DevProcess.REGIONS.stream().map(region -> "node-" + region))
                .toList();
        var handles = new java.util.ArrayList<ProcessHandle>();
        for (var name : names) {
            handles.add(dev.component(name));
        }
        return List.copyOf(handles);
    }
}
