package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.EnvironmentName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.Stage;
import io.portolan.model.StageDefinition;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.RegionDocument;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class BoundMapTest {
    private static final GeoPoint WEST_EUROPE = new GeoPoint(52.37, 4.9);
    private static final GeoPoint EAST_US = new GeoPoint(37.37, -79.82);
    private static final GeoPoint UK_SOUTH = new GeoPoint(51.5, -0.1);

    private static final LatencyMap MAP = LatencyMapCompiler.compile(
            LocationCsv.read("""
                    prefix,latitude,longitude,label,country,subdivision,continent
                    81.2.69.0/24,51.5,-0.12,London,GB,ENG,EU
                    """, "x", Map.of()),
            Map.of(),
            new LatencyEstimator(
                    List.of(
                            new LatencyEstimator.Region(new RegionName("eastus"), EAST_US),
                            new LatencyEstimator.Region(new RegionName("westeurope"), WEST_EUROPE)),
                    RegionLatencies.NONE),
            "x");

    private static RegionTable table(Map<String, GeoPoint> regions, String... declared) {
        var names = List.of(declared).stream().map(RegionName::new).toList();
        var environment = new EnvironmentName("prod");
        return RegionTable.of(
                new EnvironmentDocument(
                        EnvironmentDocument.SCHEMA,
                        environment,
                        "ext.portolan.test",
                        List.of(),
                        new StageDefinition(List.of(new Stage("stage1", List.of("*")))),
                        names,
                        Duration.ZERO,
                        List.of(),
                        List.of(),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(30),
                        false),
                names.stream()
                        .map(name -> new RegionDocument(
                                RegionDocument.SCHEMA,
                                name,
                                environment,
                                name.value(),
                                Objects.requireNonNull(regions.get(name.value())),
                                List.of(),
                                List.of(),
                                List.of(),
                                RegionState.LIVE,
                                1,
                                ""))
                        .toList());
    }

    private static List<String> order(RegionTable table, ClientNetwork network) {
        return IntStream.range(0, table.size())
                .mapToObj(position -> table.name(network.regionAt(position)).value())
                .toList();
    }

    @Test
    void aRegionThatCameSinceIsPutInByDistance() {
        var table = table(
                Map.of("uksouth", UK_SOUTH, "eastus", EAST_US, "westeurope", WEST_EUROPE),
                "eastus",
                "westeurope",
                "uksouth");

        var network = BoundMap.of(MAP, table).network(IpBits.parse("81.2.69.9"));

        assertThat(order(table, network)).containsExactly("uksouth", "westeurope", "eastus");
        assertThat(network.source(table.number(new RegionName("uksouth")))).isEqualTo("distance 1 km");
        assertThat(network.rttMillis(table.number(new RegionName("uksouth")))).isBetween(20.0, 20.1);
    }

    @Test
    void aRegionThatWentIsLeftOut() {
        var table = table(Map.of("eastus", EAST_US), "eastus");

        var network = BoundMap.of(MAP, table).network(IpBits.parse("81.2.69.9"));

        assertThat(order(table, network)).containsExactly("eastus");
    }

    @Test
    void anotherDeclaredOrderChangesNumbersAndNotTheOrder() {
        var table = table(Map.of("eastus", EAST_US, "westeurope", WEST_EUROPE), "westeurope", "eastus");

        var network = BoundMap.of(MAP, table).network(IpBits.parse("81.2.69.9"));

        assertThat(order(table, network)).containsExactly("westeurope", "eastus");
        assertThat(network.rttMillis(0)).isLessThan(network.rttMillis(1));
        assertThat(network.row()).isEqualTo("81.2.69.0/24");
        assertThat(network.known()).isTrue();
        assertThat(List.of(network.continent(), network.country(), network.subdivision()))
                .containsExactly("EU", "GB", "ENG");
    }

    @Test
    void anUnknownNetworkHasTheDeclaredOrderAndTheScopeOfTheGap() {
        var table = table(Map.of("eastus", EAST_US, "westeurope", WEST_EUROPE), "westeurope", "eastus");

        var network = BoundMap.of(MAP, table).network(IpBits.parse("81.2.68.9"));

        assertThat(order(table, network)).containsExactly("westeurope", "eastus");
        assertThat(network.known()).isFalse();
        assertThat(network.row()).isEmpty();
        assertThat(network.scopePrefix()).isEqualTo(24);
        assertThat(network.rttMillis(0)).isNaN();
        assertThat(network.country()).isEmpty();
    }

    @Test
    void codesThatTheSourceIsNotSureOfAreNotUsed() {
        var rows = new LocationRows();
        rows.add(
                IpBlock.parse("10.0.0.0/8"),
                new NetworkPlace(new Place.At(UK_SOUTH), "EU", "GB", "GB-ENG", false, "anycast"));
        var map = LatencyMapCompiler.compile(
                rows,
                Map.of(),
                new LatencyEstimator(
                        List.of(new LatencyEstimator.Region(new RegionName("eastus"), EAST_US)), RegionLatencies.NONE),
                "x");

        var network =
                BoundMap.of(map, table(Map.of("eastus", EAST_US), "eastus")).network(IpBits.parse("10.0.0.1"));

        assertThat(network.known()).isTrue();
        assertThat(List.of(network.continent(), network.country(), network.subdivision()))
                .containsOnly("");
    }
}
