package io.portolan.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The account that we ship, on a real API server: it is enough, and nothing in it is too much. */
@EnabledIfSystemProperty(
        named = "portolan.kubeconfig",
        matches = ".+",
        disabledReason = "no API server: -Dportolan.kubeconfig=FILE")
class KubernetesAccountTest {
    private static List<ShippedAccount.Right> rights() {
        return ShippedAccount.rights();
    }

    @Test
    void theAccountIsEnough() {
        try (var world = new KubernetesWorld(ApiServer.real())) {
            world.secret("KEY", "value");

            WholeLife.of(world);

            assertThat(world.server.answers)
                    .isNotEmpty()
                    .noneMatch(answer -> answer.startsWith("401 ") || answer.startsWith("403 "));
        }
    }

    @ParameterizedTest
    @MethodSource("rights")
    void nothingInItIsTooMuch(ShippedAccount.Right right) {
        try (var world = new KubernetesWorld(ApiServer.real(right))) {
            world.secret("KEY", "value");

            WholeLife.of(world, () -> !refused(world).isEmpty());

            assertThat(refused(world)).isNotEmpty().allMatch(answer -> answer.contains("/" + right.resource()));
        }
    }

    private static List<String> refused(KubernetesWorld world) {
        return world.server.answers.stream()
                .filter(answer -> answer.startsWith("403 "))
                .toList();
    }
}
