package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.planner.routing.IpBits;
import io.portolan.planner.routing.LatencyEstimator;
import io.portolan.planner.routing.LatencyMap;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LocationTableTest {
    private static final List<LatencyEstimator.Region> REGIONS =
            List.of(new LatencyEstimator.Region(new RegionName("westus"), new GeoPoint(37.783, -122.417)));

    @ParameterizedTest
    @CsvSource({
        "81.2.69.142,   London,        24",
        "81.2.69.0,     London,        24",
        "81.2.69.255,   London,        24",
        "200.160.0.1,   São Paulo,     20",
        "200.160.15.255,São Paulo,     20",
        "203.116.7.8,   Singapore,     16",
        "192.0.2.77,    San Francisco, 24",
        "198.51.100.1,  Amsterdam,     24",
        "203.0.113.9,   Singapore,     24",
        "2001:db8::1,   Dallas,        32",
        "2001:db8:ffff::1, Dallas,     32",
    })
    void knowsTheBundledPrefixes(String address, String label, int scope) {
        var map = LocationTable.bundled().map(REGIONS).map();

        var found = map.find(IpBits.parse(address));

        assertThat(map.place(LatencyMap.entry(found)).label()).isEqualTo(label);
        assertThat(LatencyMap.scope(found)).isEqualTo(scope);
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, 3", "81.2.68.1, 24", "2001:db9::1, 32", "::1, 3"})
    void anUnknownAddressHasTheScopeOfTheGapAroundIt(String address, int scope) {
        var found = LocationTable.bundled().map(REGIONS).map().find(IpBits.parse(address));

        assertThat(LatencyMap.entry(found)).isEqualTo(LatencyMap.NO_ENTRY);
        assertThat(LatencyMap.scope(found)).isEqualTo(scope);
    }

    @Test
    void itsVersionIsThatOfTheFileWhateverTheRegions() {
        var table = LocationTable.bundled();
        var other = List.of(
                REGIONS.getFirst(), new LatencyEstimator.Region(new RegionName("eastus"), new GeoPoint(37, -79)));

        assertThat(table.map(REGIONS).version()).isEqualTo(table.digest());
        assertThat(table.map(other).version()).isEqualTo(table.digest());
        assertThat(table.map(other).map().regions()).hasSize(2);
        assertThat(table.map(other)).isSameAs(table.map(other));
    }

    @Test
    void saysWhichLineIsWrong() {
        assertThatThrownBy(() -> LocationTable.parse("10.0.0.0/33,1,2,x".getBytes(StandardCharsets.UTF_8), "file.csv"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("reading file.csv: line 1: ");
    }
}
