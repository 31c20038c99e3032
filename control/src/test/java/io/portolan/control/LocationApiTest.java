package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.Digest;
import io.portolan.model.RegionName;
import io.portolan.planner.routing.IpBits;
import io.portolan.planner.routing.LatencyLayer;
import io.portolan.planner.routing.LatencyMap;
import io.portolan.planner.routing.LatencyMapFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocationApiTest {
    private static final String LOCATION = "/v1/environments/prod/location";
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final byte[] CSV =
            "prefix,latitude,longitude,label\n81.2.69.0/24,51.5,-0.12,London\n".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private static byte[] zip(Map<String, byte[]> entries) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            for (var entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
            }
        }
        return bytes.toByteArray();
    }

    private static LatencyMap blob(Fleet fleet, String digest) throws Exception {
        var bytes = fleet.get("/v1/blobs/" + digest).raw().body();
        assertThat(Digest.of(bytes).value()).isEqualTo(digest);
        return LatencyMapFormat.read(ByteBuffer.wrap(bytes));
    }

    @Test
    void anImportIsCompiledStoredAndNamedInTheNextRevision() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of("westus"))) {
            assertThat(fleet.get(LOCATION).text("/map")).isEmpty();

            var reply = fleet.send("PUT", LOCATION + "?name=offices.csv&reason=first", CSV, "X-Portolan-Actor", "ada");

            assertThat(reply.status()).isEqualTo(200);
            var digest = reply.text("/map");
            var map = blob(fleet, digest);
            assertThat(map.regions()).hasSize(6);
            int entry = LatencyMap.entry(map.find(IpBits.parse("81.2.69.9")));
            assertThat(map.place(entry).label()).isEqualTo("London");
            assertThat(reply.text("/origin")).isEqualTo("offices.csv; region table azure-2026-07");
            assertThat(reply.body().at("/regionTable/accepted").asInt()).isEqualTo(2862);
            assertThat(map.order(entry)).anyMatch(figure -> figure.layer() == LatencyLayer.REGION_TABLE);
            assertThat(reply.text("/importedBy")).isEqualTo("ada");
            await().atMost(LIMIT)
                    .untilAsserted(
                            () -> assertThat(fleet.node("westus").latencyMap()).contains(digest));
            assertThat(fleet.get("/v1/log?limit=200").body().toString())
                    .contains("portolan.location.imported")
                    .contains("\"after\":\"" + digest + "\"");

            var second = fleet.send("PUT", LOCATION + "?table=none", CSV);
            assertThat(second.text("/previous")).isEqualTo(digest);
            assertThat(second.text("/map")).isNotEqualTo(digest);
            assertThat(second.text("/origin")).isEqualTo("locations");

            var removed = fleet.send("DELETE", LOCATION, new byte[0]);
            assertThat(removed.status()).isEqualTo(200);
            assertThat(fleet.get(LOCATION).text("/map")).isEmpty();
            await().atMost(LIMIT)
                    .untilAsserted(
                            () -> assertThat(fleet.node("westus").latencyMap()).contains(""));
            assertThat(fleet.send("DELETE", LOCATION, new byte[0]).text("/code"))
                    .isEqualTo("nothing-to-change");
        }
    }

    @Test
    void aDryRunTellsAndKeepsNothing() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of())) {
            var entries = new LinkedHashMap<String, byte[]>();
            entries.put(
                    "locations",
                    new MmdbFile()
                            .add(
                                    InetAddress.ofLiteral("81.2.69.0").getAddress(),
                                    24,
                                    Map.of("country", Map.of("iso_code", "GB")))
                            .bytes());
            entries.put("rtt.csv", """
                    source,destination,rttMillis
                    westus,westeurope,140
                    westus,brazilsouth,1
                    westus,nowhere,10
                    """.getBytes(StandardCharsets.UTF_8));
            entries.put("measurements.csv", """
                    network,region,rttMillis,samples
                    81.2.69.0/25,westus,33,200
                    81.2.69.0/25,moon,33,200
                    """.getBytes(StandardCharsets.UTF_8));

            var reply = fleet.send("PUT", LOCATION + "?dryRun=true&name=x.mmdb", zip(entries));

            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.body().at("/networks").asInt()).isEqualTo(1);
            // All regions of this test stand at one point: what is too fast is judged by the catalogue only for others.
            assertThat(reply.body().at("/regionTable/rejected/0/line").asInt()).isEqualTo(4);
            assertThat(reply.text("/regionTable/rejected/0/reason"))
                    .isEqualTo("westus to nowhere: the place of nowhere is not known");
            assertThat(reply.body().at("/measurements/accepted").asInt()).isEqualTo(1);
            assertThat(reply.text("/measurements/rejected/0/reason")).contains("region: moon");
            assertThat(fleet.get(LOCATION).text("/map")).isEmpty();
            assertThat(fleet.get("/v1/blobs/" + reply.text("/map")).status()).isEqualTo(404);
        }
    }

    @Test
    void whatCannotBeUsedIsRefusedAndChangesNothing() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of())) {
            var first = fleet.send("PUT", LOCATION, CSV).text("/map");

            var broken = fleet.send("PUT", LOCATION, "10.0.0.0/33,1,2,x".getBytes(StandardCharsets.UTF_8));
            assertThat(broken.status()).isEqualTo(422);
            assertThat(broken.text("/detail")).contains("locations: line 1: prefix: 10.0.0.0/33");
            var binary = fleet.send("PUT", LOCATION, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
            assertThat(binary.text("/detail")).contains("neither an mmdb file nor UTF-8 text");
            var other = fleet.send("PUT", LOCATION, zip(Map.of("evil/../x", CSV)));
            assertThat(other.text("/detail")).contains("entry evil/../x");
            assertThat(fleet.send("PUT", LOCATION, zip(Map.of("rtt.csv", CSV))).text("/detail"))
                    .contains("no locations");
            assertThat(fleet.send("PUT", LOCATION + "?table=mine", CSV).status())
                    .isEqualTo(400);
            assertThat(fleet.send("PUT", "/v1/environments/moon/location", CSV).status())
                    .isEqualTo(404);

            assertThat(fleet.get(LOCATION).text("/map")).isEqualTo(first);
            try (var left = Files.list(folder.resolve("control/uploads"))) {
                assertThat(left).isEmpty();
            }
        }
    }

    @Test
    void theBundledTablesHoldTogether() {
        assertThat(LocationCompiler.countries()).hasSizeGreaterThan(240).containsKeys("GB", "US", "DE", "CN");
        assertThat(LocationCompiler.places()).containsKey(new RegionName("westeurope"));
    }
}
