package io.portolan.placement.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.access.AccessSummary.Asked;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class LocationsTest {
    private final Locations table = parse("""
        prefix,latitude,longitude,label
        192.0.2.0/24,52.4,4.9,Amsterdam
        192.0.2.128/25,1.3,103.8,Singapore
        2001:db8::/32,-23.5,-46.6,São Paulo
        """);

    @Test
    void theLongestPrefixWins() {
        assertThat(table.find("192.0.2.1").orElseThrow().label()).isEqualTo("Amsterdam");
        assertThat(table.find("192.0.2.200").orElseThrow().label()).isEqualTo("Singapore");
        assertThat(table.find("2001:db8:7::1").orElseThrow().label()).isEqualTo("São Paulo");
        assertThat(table.find("198.51.100.1")).isEmpty();
        assertThat(table.find("localhost")).isEmpty();
        assertThat(table.find("::ffff:192.0.2.1")).isPresent();
    }

    @Test
    void saysWhichRowIsWrong() {
        assertThatThrownBy(() -> parse("prefix,latitude,longitude\nexample.org/8,1,2\n"))
                .hasMessageContaining("row 1")
                .hasMessageContaining("example.org");
        assertThatThrownBy(() -> parse("prefix,latitude,longitude\n10.0.0.0/40,1,2\n"))
                .hasMessageContaining("0 to 32");
        assertThatThrownBy(() -> parse("a,b\n1,2\n")).hasMessageContaining("header");
    }

    @Test
    void clientsThatAreNotKnownAreCountedAndLeftOut() {
        var demand = RecordedDemand.of(
                List.of(asked("192.0.2.0/24", 5), asked("198.51.100.0/24", 3), asked("2001:db8:1::/48", 2)), table);

        assertThat(demand.requests()).isEqualTo(10);
        assertThat(demand.unlocated()).isEqualTo(3);
        assertThat(demand.places())
                .extracting(place -> place.label() + " " + place.code() + " " + place.weight())
                .containsExactly("Amsterdam NL 5.0", "São Paulo PY 2.0");
    }

    private static Asked asked(String network, long pages) {
        return new Asked(network, pages, 0, 0, 0, 0, 0);
    }

    private static Locations parse(String csv) {
        return Locations.parse(csv.getBytes(StandardCharsets.UTF_8), "l.csv");
    }
}
