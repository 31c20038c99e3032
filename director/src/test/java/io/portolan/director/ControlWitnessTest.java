package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.planner.routing.EndpointHealth;
import io.portolan.planner.routing.ObserverReport;
import io.portolan.planner.routing.Quorum;
import io.portolan.protocol.ObservationTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When what the control plane hears of nodes counts among probes. */
final class ControlWitnessTest {
    private static final Duration LIFE = Duration.ofSeconds(30);

    private static ObserverReport report(String place, Duration age, Map<String, EndpointHealth> seen) {
        return new ObserverReport(place + "-1", place, age, false, seen);
    }

    private static ObserverReport control(Duration age, Map<String, EndpointHealth> seen) {
        return report(ObservationTable.CONTROL, age, seen);
    }

    private static Map<String, EndpointHealth> westus(EndpointHealth health) {
        return Map.of(
                "westus", health,
                "eastus", EndpointHealth.ONLINE,
                "westeurope", EndpointHealth.ONLINE,
                "uksouth", EndpointHealth.ONLINE);
    }

    private static List<ObserverReport> kept(ObserverReport... reports) {
        var kept = new ArrayList<>(List.of(reports));
        ControlWitness.dismissUnfit(kept, LIFE);
        return kept;
    }

    @Test
    void countsBesideTwoThatProbe() {
        var word = control(Duration.ofSeconds(3), westus(EndpointHealth.DEGRADED));

        assertThat(kept(
                        report("eastus", Duration.ZERO, westus(EndpointHealth.ONLINE)),
                        report("uksouth", Duration.ZERO, westus(EndpointHealth.ONLINE)),
                        word))
                .contains(word);
    }

    @Test
    void doesNotWeighAgainstASingleProbe() {
        var word = control(Duration.ZERO, westus(EndpointHealth.DEGRADED));
        var probe = report("eastus", Duration.ZERO, westus(EndpointHealth.ONLINE));

        assertThat(kept(word)).isEmpty();
        assertThat(kept(probe, word)).containsExactly(probe);
    }

    @Test
    void isNoPlaceThatIsMissingWhenItIsGone() {
        var before = Map.of("westus", EndpointHealth.ONLINE);
        var probes = List.of(
                report("eastus", Duration.ZERO, westus(EndpointHealth.DEGRADED)),
                report("uksouth", Duration.ZERO, westus(EndpointHealth.DEGRADED)));
        var stale = control(LIFE.plusMillis(1), westus(EndpointHealth.ONLINE));

        var kept = kept(probes.get(0), probes.get(1), stale);

        assertThat(kept).isEqualTo(probes);
        assertThat(Quorum.judge(kept, Set.of("eastus", "uksouth"), LIFE, before)
                        .health()
                        .get("westus"))
                .isEqualTo(EndpointHealth.DEGRADED);
    }

    @Test
    void oneThatHearsNobodyHasLostItsNetwork() {
        var deaf = control(
                Duration.ZERO,
                Map.of(
                        "westus", EndpointHealth.DEGRADED,
                        "eastus", EndpointHealth.DEGRADED,
                        "westeurope", EndpointHealth.DEGRADED));

        assertThat(kept(
                        report("eastus", Duration.ZERO, westus(EndpointHealth.ONLINE)),
                        report("uksouth", Duration.ZERO, westus(EndpointHealth.ONLINE)),
                        deaf))
                .hasSize(2)
                .doesNotContain(deaf);
    }
}
