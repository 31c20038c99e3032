package io.portolan.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.runtime.ControllerRuntimeContract;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The account that we ship, on a real API server: it is enough, and nothing in it is too much. */
@EnabledIfSystemProperty(
        named = "portolan.kubeconfig",
        matches = ".+",
        disabledReason = "no API server: -Dportolan.kubeconfig=FILE")
class KubernetesAccountTest {
    private static final Logger LOG = LoggerFactory.getLogger(KubernetesAccountTest.class);

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
    void nothingInItIsTooMuch(ShippedAccount.Right right) throws InterruptedException {
        try (var world = new KubernetesWorld(ApiServer.real(right))) {
            world.secret("KEY", "value");
            // It gets nowhere, and is interrupted when the server has refused something.
            var life = Thread.ofVirtual()
                    .uncaughtExceptionHandler((thread, cause) -> LOG.debug("as far as it came", cause))
                    .start(() -> WholeLife.of(world));
            try {
                ControllerRuntimeContract.patient()
                        .until(() -> world.server.answers.stream().anyMatch(answer -> answer.startsWith("403 ")));
            } finally {
                life.interrupt();
                life.join(Duration.ofSeconds(20));
            }
            assertThat(world.server.answers)
                    .filteredOn(answer -> answer.startsWith("403 "))
                    .allMatch(answer -> answer.contains("/" + right.resource()));
        }
    }
}
