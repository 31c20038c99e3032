package io.portolan.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.LifecycleHandler;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkloadTest {
    @Test
    void aPodSleepsBeforeItEndsAsItsClusterCan() {
        assertThat(beforeTheEnd("1", "30").getSleep().getSeconds()).isEqualTo(10);
        assertThat(beforeTheEnd("1", "30").getExec()).isNull();
        assertThat(beforeTheEnd("1", "29+").getSleep())
                .as("an older server refuses what it does not know")
                .isNull();
        assertThat(beforeTheEnd("1", "29+").getExec().getCommand()).containsExactly("sleep", "10");
    }

    @Test
    void aClusterThatTellsNoNumbersIsANewOne() {
        assertThat(ClusterVersion.of("1", "")).isEmpty();
        assertThat(ClusterVersion.of("null", "null")).isEmpty();
        assertThat(ClusterVersion.NEWEST.podsSleep()).isTrue();
    }

    private static LifecycleHandler beforeTheEnd(String major, String minor) {
        var instance = KubernetesWorld.echo(
                "1.0", Map.of(), Map.of(), Replicas.ONE, Resources.UNLIMITED, Duration.ofMinutes(1));
        return Workload.of(
                        instance,
                        ContainerVariables.of(instance, "westus", KubernetesWorld.PORT),
                        "",
                        new Scope("prod", "westus", "node-1"),
                        KubernetesSettings.of("test"),
                        ClusterVersion.of(major, minor).orElseThrow())
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getLifecycle()
                .getPreStop();
    }
}
