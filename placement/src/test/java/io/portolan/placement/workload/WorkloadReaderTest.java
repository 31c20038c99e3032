package io.portolan.placement.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.RegionName;
import io.portolan.placement.data.Place;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkloadReaderTest {
    private static final String ONE = "interactions: [{name: call, serialCalls: 1}]\n";

    @Test
    void readsTheExampleThatItPrints() {
        var workload = read(ExampleWorkload.text(), Map.of());

        assertThat(workload.name()).isEqualTo("Contoso orders");
        assertThat(workload.interactions())
                .extracting(Interaction::name)
                .containsExactly("status polling", "upload", "page load");
        assertThat(workload.interactions().getFirst().p95Target()).isEqualTo(1_200);
        assertThat(workload.network()).isEqualTo(Network.DEFAULT);
        assertThat(workload.demand()).hasSizeGreaterThan(200);
        assertThat(workload.choice().cost(new RegionName("brazilsouth"))).isEqualTo(1_600);
        assertThat(workload.choice().allows("DE", new RegionName("eastus"))).isFalse();
        assertThat(workload.choice().allows("DE", new RegionName("germanywestcentral")))
                .isTrue();
        assertThat(workload.choice().allows("US", new RegionName("eastus"))).isTrue();
    }

    @Test
    void namesEveryFaultAtOnceWithWhatWasExpected() {
        var broken = """
            name: broken
            demand: {weights: {DE: 1, XX: 2, FR: -1}}
            interactions:
              - {name: a, serverTime: soon, parallelism: 0, cacheShare: 1.5, bytesDown: 5 parsecs, serialCalls: 1}
              - {name: a, colour: red}
            network: {up: fast}
            regions: {from: [atlantis], required: [westus], excluded: [westus], max: 99}
            fences: [{name: f, countries: [Narnia]}]
            """;

        assertThatThrownBy(() -> read(broken, Map.of()))
                .isInstanceOfSatisfying(WorkloadRejected.class, rejected -> assertThat(rejected.violations())
                        .extracting(Violation::path)
                        .contains(
                                "demand.weights.XX",
                                "demand.weights.FR",
                                "interactions[0].serverTime",
                                "interactions[0].parallelism",
                                "interactions[0].cacheShare",
                                "interactions[0].bytesDown",
                                "interactions[1].name",
                                "interactions[1].colour",
                                "interactions[1]",
                                "network.up",
                                "regions.from",
                                "regions.required",
                                "regions.max",
                                "fences[0].countries",
                                "fences[0]"))
                .hasMessageContaining("soon")
                .hasMessageContaining("a duration such as 250ms");
    }

    @Test
    void aFenceThatLeavesSomebodyNowhereToGoIsAFault() {
        var fenced = ONE + "regions: {from: [westus, eastus]}\nfences: [{countries: [DE], regions: [Germany]}]\n";
        var narrow = ONE + "regions: {from: [westus, westeurope], surviveAnyOneRegion: true}\n"
                + "fences: [{countries: [DE], regions: [westeurope]}]\n";

        assertThatThrownBy(() -> read(fenced, Map.of())).hasMessageContaining("Germany may be served from 0");
        assertThatThrownBy(() -> read(narrow, Map.of())).hasMessageContaining("from 1 of the candidate regions");
    }

    @Test
    void takesDemandFromFilesBesideIt() {
        var own = read(
                ONE + "demand: {from: d.csv, scale: {DE: 2}}\n",
                Map.of("d.csv", "country,weight,label,latitude,longitude\nDE,5\nLAB,3,\"Lab, north\",70,20\n"));
        var logs = read(
                ONE + "demand: {from: access-logs, files: [a.log], locations: l.csv, route: orders}\n",
                Map.of(
                        "a.log",
                                "192.0.2.7 - - [27/Nov/2026:06:00:00 +0000] \"GET /orders HTTP/1.1\" 200 9 \"-\""
                                        + " \"-\"\n",
                        "l.csv",
                                "prefix,latitude,longitude,label\n"
                                        + "192.0.0.0/8,0,0,no\n"
                                        + "192.0.2.0/24,52.4,4.9,Amsterdam\n"));

        assertThat(own.demand())
                .extracting(Place::label, Place::weight)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("Germany", 10.0),
                        org.assertj.core.groups.Tuple.tuple("Lab, north", 3.0));
        assertThat(logs.demand())
                .extracting(Place::label, Place::code)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("Amsterdam", "NL"));
    }

    @Test
    void aWorkloadWithoutFilesMayNotNameAny() {
        assertThatThrownBy(() -> WorkloadReader.read(
                        bytes(ONE + "demand: {from: /etc/passwd}\nnetwork: {measured: secret.csv}\n"),
                        "w",
                        Attachments.NONE))
                .isInstanceOfSatisfying(WorkloadRejected.class, rejected -> assertThat(rejected.violations())
                        .extracting(Violation::path)
                        .contains("demand.from", "network.measured"));
    }

    @Test
    void whatIsNoYamlIsRefusedWithItsLine() {
        assertThatThrownBy(() -> read("interactions: [\n  {name: }}\n", Map.of()))
                .isInstanceOf(WorkloadRejected.class)
                .hasMessageContaining("line 2");
    }

    private static Workload read(String yaml, Map<String, String> files) {
        return WorkloadReader.read(bytes(yaml), "w.yaml", name -> {
            var text = files.get(name);
            if (text == null) {
                throw new IOException("no such file");
            }
            return bytes(text);
        });
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void dataCentresOfOnesOwnAreCandidatesToo() {
        var own = read(
                ONE
                        + "regions: {from: [westeurope], own: [{name: lab-oslo, latitude: 59.9, longitude: 10.7}],"
                        + " required: [lab-oslo]}\n",
                Map.of());

        assertThat(own.choice().candidates())
                .extracting(region -> region.name().value())
                .containsExactly("lab-oslo", "westeurope");
        assertThatThrownBy(() -> read(ONE + "regions: {own: [{name: Lab, latitude: 99, longitude: 0}]}\n", Map.of()))
                .hasMessageContaining("regions.own[0].latitude")
                .hasMessageContaining("regions.own[0]: Lab");
    }

    @Test
    void everyBundledRegionAndCountryCanBeNamed() {
        var all = read(ONE + "regions: {from: all, excluded: [Europe]}\n", Map.of());

        assertThat(all.choice().candidates()).hasSizeGreaterThan(30).noneMatch(region -> region.continent()
                .equals("Europe"));
        assertThat(List.copyOf(all.demand())).isNotEmpty();
    }
}
