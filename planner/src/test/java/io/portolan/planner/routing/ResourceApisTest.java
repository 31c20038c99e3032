package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which resource API users of a region get. */
class ResourceApisTest {
    private static final RegionName WESTUS = new RegionName("westus");
    private static final RegionName WESTEUROPE = new RegionName("westeurope");
    private static final RegionName NORTHEUROPE = new RegionName("northeurope");
    private static final GeoPoint DUBLIN = new GeoPoint(53.3, -6.3);
    private static final List<ResourceApis.Offer> OFFERS = List.of(
            new ResourceApis.Offer(WESTUS, new GeoPoint(37.8, -122.4), "https://westus.api.example"),
            new ResourceApis.Offer(WESTEUROPE, new GeoPoint(52.4, 4.9), "https://westeurope.api.example/v1"),
            new ResourceApis.Offer(NORTHEUROPE, DUBLIN, ""));

    @Test
    void itsOwnIsBestHoweverNearAnother() {
        assertThat(ResourceApis.nearest(WESTUS, DUBLIN, OFFERS).orElseThrow().region())
                .isEqualTo(WESTUS);
    }

    @Test
    void aRegionWithoutOneGetsThatOfTheNearestThatHasOne() {
        assertThat(ResourceApis.nearest(NORTHEUROPE, DUBLIN, OFFERS)
                        .orElseThrow()
                        .endpoint())
                .isEqualTo("https://westeurope.api.example/v1");
    }

    @Test
    void whereNobodyHasOneNobodyGetsOne() {
        assertThat(ResourceApis.nearest(NORTHEUROPE, DUBLIN, List.of(OFFERS.getLast())))
                .isEmpty();
    }

    @Test
    void policiesNameOrigins() {
        assertThat(ResourceApis.origin("https://API.example:8443/v1")).isEqualTo("https://api.example:8443");
        assertThat(ResourceApis.origin("https://api.example")).isEqualTo("https://api.example");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://api.example",
                "https://api.example/",
                "https://api.example/a?b",
                "https://api.example#x",
                "https://user@api.example",
                "https://api.example/;script-src",
                "https://api.example/a b",
                "api.example"
            })
    void whatBrowsersCouldNotCallIsRefused(String endpoint) {
        assertThatThrownBy(() -> ResourceApis.requireEndpoint(endpoint))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: https://host");
    }
}
