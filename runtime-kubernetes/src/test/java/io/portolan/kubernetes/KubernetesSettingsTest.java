package io.portolan.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KubernetesSettingsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"10.0.0.0/8", "192.0.2.7/32", "fd00::/8", "app=portolan-region", "example.com/app=portolan"})
    void takesNetworksAndLabels(String caller) {
        assertThat(callers(caller).callers()).containsExactly(caller);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0",
                "10.0.0.0/33",
                "10.0.0/8",
                "10.0.0.0/8/8",
                "fd00::/129",
                "a b=c",
                "app=",
                "=x",
                "app==x",
                "here/there"
            })
    void refusesWhatAServerWouldRefuseForAllControllers(String caller) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> callers(caller))
                .withMessageContaining("kubernetes-callers: " + caller)
                .withMessageContaining("expected: a network as 10.0.0.0/8, or a label as app=portolan");
    }

    private static KubernetesSettings callers(String caller) {
        return new KubernetesSettings(
                "",
                "",
                "test",
                KubernetesSettings.Addresses.PODS,
                List.of(caller),
                List.of(),
                false,
                KubernetesSettings.Timings.DEFAULTS);
    }
}
