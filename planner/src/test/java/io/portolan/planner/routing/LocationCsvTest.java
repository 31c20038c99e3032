package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LocationCsvTest {
    private static final GeoPoint MIDDLE = new GeoPoint(54, -2);
    private static final Map<String, LocationCsv.Country> COUNTRIES =
            Map.of("GB", new LocationCsv.Country("EU", MIDDLE));
    private static final LatencyEstimator ESTIMATOR = new LatencyEstimator(
            List.of(new LatencyEstimator.Region(new RegionName("westeurope"), new GeoPoint(52, 5))),
            RegionLatencies.NONE);

    private static NetworkPlace place(String csv, String address) {
        var rows = LocationCsv.read(csv, "x.csv", COUNTRIES);
        var map = LatencyMapCompiler.compile(rows, Map.of(), ESTIMATOR, "x");
        return map.place(LatencyMap.entry(map.find(IpBits.parse(address))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0/8,gb",
                "prefix,country\n10.0.0.0/8,GB",
                "network,country_code\n10.0.0.0/8,GB",
                "10.0.0.0,10.255.255.255,GB",
                "ip_range_start,ip_range_end,country_code\n10.0.0.0,10.255.255.255,GB",
                "\ufeffcountry,prefix\n# a remark\n\n\"GB\",\"10.0.0.0/8\""
            })
    void aCountryHasItsMiddleAndItsContinent(String csv) {
        assertThat(place(csv, "10.9.8.7")).isEqualTo(new NetworkPlace(new Place.At(MIDDLE), "EU", "GB", "", true, ""));
    }

    @Test
    void coordinatesAndCodesComeTogether() {
        var csv = """
                prefix,latitude,longitude,label,country,subdivision
                2001:db8::/32,51.5,-0.12,"London, City",GB,ENG
                """;

        assertThat(place(csv, "2001:db8::1"))
                .isEqualTo(new NetworkPlace(
                        new Place.At(new GeoPoint(51.5, -0.12)), "EU", "GB", "GB-ENG", true, "London, City"));
    }

    @Test
    void aLabelMayHoldCommasInTheLastColumn() {
        assertThat(place("10.0.0.0/8,51.5,-0.12,London, City", "10.0.0.1").label())
                .isEqualTo("London, City");
    }

    @Test
    void aRangeIsCutIntoTheFewestBlocks() {
        assertThat(LocationRows.blocks(IpBits.parse("10.0.0.1"), IpBits.parse("10.0.0.8")))
                .extracting(IpBlock::toString)
                .containsExactly("10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/30", "10.0.0.8/32");
        assertThat(LocationRows.blocks(IpBits.lowest(128), IpBits.highest(128)))
                .extracting(IpBlock::toString)
                .containsExactly("::/0");
        assertThatThrownBy(() -> LocationRows.blocks(IpBits.parse("10.0.0.2"), IpBits.parse("10.0.0.1")))
                .hasMessageContaining("the lower first");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0",
                "10.0.0.1/24,1,2,x",
                "10.0.0.0/33,1,2,x",
                "10.0.0.0/24,91,2,x",
                "10.0.0.0/24,one,2,x",
                "example.org/24,1,2,x",
                "prefix,country\n10.0.0.0/24,",
                "prefix,country\n10.0.0.0/24,Britain",
                "10.0.0.0/24,\"1,2,x",
                "10.0.0.0/24,1,2,x\n10.0.0.0/24,1,2,y"
            })
    void saysWhichLineIsWrong(String csv) {
        assertThatThrownBy(() -> LocationCsv.read(csv, "file.csv", Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("reading file.csv: line ");
    }

    @Test
    void tellsSeveralFaultsAtOnce() {
        assertThatThrownBy(() -> LocationCsv.read("x/24,1,2\n10.0.0.0/8,1,2\ny/24,1,2", "f", Map.of()))
                .hasMessageContaining("line 1: ")
                .hasMessageContaining("line 3: ");
    }

    @Test
    void measurementsOfOtherRegionsAndBrokenRowsAreToldAndLeftOut() {
        var read = LatencyCsv.measurements("""
                network,region,rttMillis,samples
                81.2.69.0/24,westeurope,12.5,40
                81.2.69.0/24,moon,12.5,40
                81.2.69.0/24,westeurope,0,40
                81.2.69.0/24,westeurope,9,0
                81.2.69.0/24,westeurope,9
                """, Set.of(new RegionName("westeurope")));

        assertThat(read.accepted()).isEqualTo(1);
        assertThat(read.byNetwork())
                .isEqualTo(Map.of(
                        IpBlock.parse("81.2.69.0/24"),
                        List.of(new LatencyMeasurement(new RegionName("westeurope"), 12.5, 40))));
        assertThat(read.faults()).extracting(LatencyCsv.Fault::line).containsExactly(3, 4, 5, 6);
    }

    @Test
    void cellsOfARegionTableMayBeBlank() {
        var read = LatencyCsv.regions("source,destination,rtt_ms_p50\na,b,10\na,c,\na,d,x\n");

        assertThat(read.cells())
                .containsExactly(new RegionLatencies.Cell(2, new RegionName("a"), new RegionName("b"), 10));
        assertThat(read.faults()).extracting(LatencyCsv.Fault::line).containsExactly(4);
    }
}
