package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.planner.routing.IpBits;
import io.portolan.planner.routing.LatencyEstimator;
import io.portolan.planner.routing.LatencyMap;
import io.portolan.planner.routing.LatencyMapCompiler;
import io.portolan.planner.routing.NetworkPlace;
import io.portolan.planner.routing.Place;
import io.portolan.planner.routing.RegionLatencies;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MmdbSourceTest {
    private static final Map<String, Object> LONDON = Map.of(
            "city", Map.of("names", Map.of("en", "London", "de", "London")),
            "continent", Map.of("code", "EU"),
            "country", Map.of("iso_code", "GB"),
            "registered_country", Map.of("iso_code", "GB"),
            "subdivisions", List.of(Map.of("iso_code", "ENG")),
            "location", Map.of("latitude", 51.5, "longitude", -0.12));

    @TempDir
    Path folder;

    private LatencyMap map(MmdbFile mmdb) throws IOException {
        var file = folder.resolve("test.mmdb");
        Files.write(file, mmdb.bytes());
        var rows = MmdbSource.read(file, "test.mmdb", LocationCompiler.countries());
        return LatencyMapCompiler.compile(
                rows,
                Map.of(),
                new LatencyEstimator(
                        List.of(new LatencyEstimator.Region(new RegionName("westeurope"), new GeoPoint(52, 5))),
                        RegionLatencies.NONE),
                "test");
    }

    private static byte[] address(String text) {
        return InetAddress.ofLiteral(text).getAddress();
    }

    private static NetworkPlace at(LatencyMap map, String address) {
        return map.place(LatencyMap.entry(map.find(IpBits.parse(address))));
    }

    @Test
    void readsBothFamiliesAndTheLongestNetworkWins() throws IOException {
        var map = map(new MmdbFile()
                .add(address("81.2.0.0"), 16, Map.of("country", Map.of("iso_code", "FR")))
                .add(address("81.2.69.0"), 24, LONDON)
                .add(address("2001:db8::"), 32, Map.of("country", Map.of("iso_code", "US"))));

        assertThat(at(map, "81.2.69.142"))
                .isEqualTo(new NetworkPlace(
                        new Place.At(new GeoPoint(51.5, -0.12)), "EU", "GB", "GB-ENG", true, "London"));
        assertThat(at(map, "81.2.70.1").country()).isEqualTo("FR");
        assertThat(at(map, "81.2.70.1").continent()).isEqualTo("EU");
        assertThat(at(map, "81.2.70.1").point()).isInstanceOf(Place.At.class);
        assertThat(at(map, "2001:db8:1::").country()).isEqualTo("US");
        assertThat(LatencyMap.scope(map.find(IpBits.parse("2001:db8:1::")))).isEqualTo(32);
        assertThat(LatencyMap.entry(map.find(IpBits.parse("8.8.8.8")))).isEqualTo(LatencyMap.NO_ENTRY);
    }

    @Test
    void readsTheFlatShapeToo() throws IOException {
        var map = map(new MmdbFile()
                .add(
                        address("10.0.0.0"),
                        8,
                        Map.of(
                                "city", "Paris",
                                "country_code", "FR",
                                "latitude", 48.85,
                                "longitude", 2.35,
                                "state1", "Ile-de-France")));

        assertThat(at(map, "10.1.1.1"))
                .isEqualTo(new NetworkPlace(new Place.At(new GeoPoint(48.85, 2.35)), "EU", "FR", "", true, "Paris"));
    }

    @Test
    void isNotSureWhereTheSourceContradictsItself() throws IOException {
        var map = map(new MmdbFile()
                .add(
                        address("10.0.0.0"),
                        24,
                        Map.of("country", Map.of("iso_code", "NL"), "registered_country", Map.of("iso_code", "US")))
                .add(address("10.0.1.0"), 24, Map.of("registered_country", Map.of("iso_code", "US")))
                .add(
                        address("10.0.2.0"),
                        24,
                        Map.of("country", Map.of("iso_code", "NL"), "traits", Map.of("is_anycast", true)))
                .add(address("10.0.3.0"), 24, Map.of("country", Map.of("iso_code", "NL"))));

        assertThat(List.of("10.0.0.1", "10.0.1.1", "10.0.2.1", "10.0.3.1"))
                .extracting(address -> at(map, address).sure())
                .containsExactly(false, false, false, true);
    }

    @Test
    void saysWhatIsWrongWithAFile() throws IOException {
        var file = folder.resolve("broken.mmdb");
        var bytes = new MmdbFile().add(address("10.0.0.0"), 8, LONDON).bytes();
        // Inside the search tree: it points beyond the data then.
        java.util.Arrays.fill(bytes, 0, 200, (byte) 0x7f);
        Files.write(file, bytes);
        var nothing = folder.resolve("nothing.mmdb");
        Files.write(
                nothing,
                new MmdbFile().add(address("10.0.0.0"), 8, Map.of("isp", "x")).bytes());

        assertThatThrownBy(() -> MmdbSource.read(file, "broken.mmdb", Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("reading broken.mmdb: ");
        assertThatThrownBy(() -> MmdbSource.read(nothing, "nothing.mmdb", Map.of()))
                .hasMessageContaining("no network has coordinates or a country")
                .hasMessageContaining("Portolan-Test");
    }
}
