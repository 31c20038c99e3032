package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A rollback with one node frozen: says for whom it waits, does not keep the other regions, and ends with the node. */
class FrozenNodeTest {
    @RegisterExtension
    static final SharedDev WORLD = SharedDev.processes();

    private static final String NAME = "Contoso_Frozen";
    private static final String FROZEN = "southcentralus";
    private static final List<String> OTHERS =
            DevProcess.REGIONS.stream().filter(region -> !region.equals(FROZEN)).toList();

    @Test
    void rollbackWaitsForTheFrozenNodeOnlyAndSaysSo() throws Exception {
        var dev = WORLD.dev();
        dev.must("ext", "register", NAME, "--route", "frozen");
        for (var version : List.of("1.0", "2.0")) {
            var folder = Sources.page(dev.scratch("frozen"), "frozen " + version);
            dev.must("deploy", folder.toString(), "--extension", NAME, "--version", version, "--bake", "0s", "--wait");
        }
        var node = dev.component("node-" + FROZEN);

        DevProcess.signal(node, "STOP");
        try (var rollback = dev.startCli("rollback", NAME, "--reason", "orders fail", "--yes")) {
            try {
                await().atMost(DevProcess.PATIENCE).untilAsserted(() -> {
                    for (var region : OTHERS) {
                        assertThat(Pages.version(dev.node(region), "frozen")).isEqualTo("1.0");
                    }
                });
                await().atMost(DevProcess.PATIENCE)
                        .untilAsserted(() -> assertThat(rollback.errSoFar()).contains(FROZEN));
                assertThat(rollback.process().isAlive()).as("the command waits").isTrue();
                assertThat(rollback.errSoFar()).doesNotContain(OTHERS);

                var held = dev.cli("rollout", "start", NAME, "2.0");
                assertThat(held.code()).isEqualTo(4);
                assertThat(held.err()).contains("2.0");
            } finally {
                DevProcess.signal(node, "CONT");
            }
            var ended = rollback.end();

            assertThat(ended.code()).as(ended.out() + ended.err()).isZero();
            assertThat(ended.out()).containsPattern("rolled back: .* in \\d.*s, 6 of 6 regions, 0 blobs moved");
        }
        assertThat(Pages.version(dev.node(FROZEN), "frozen")).isEqualTo("1.0");
        var newer = Sources.page(dev.scratch("frozen"), "frozen 3.0");
        dev.must("deploy", newer.toString(), "--extension", NAME, "--version", "3.0", "--bake", "0s", "--wait");
    }
}
