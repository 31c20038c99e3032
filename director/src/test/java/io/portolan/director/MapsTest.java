package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.Digest;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.planner.routing.LatencyEstimator;
import io.portolan.planner.routing.LatencyMapCompiler;
import io.portolan.planner.routing.LatencyMapFormat;
import io.portolan.planner.routing.LocationCsv;
import io.portolan.planner.routing.RegionLatencies;
import io.portolan.testkit.MutableClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Experiment 51: maps that are missing, old or corrupt; figures that cannot be true are the planner's to leave out. */
final class MapsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Instant NOW = Instant.parse("2026-11-23T10:00:00Z");
    private static final List<LatencyEstimator.Region> REGIONS =
            List.of(new LatencyEstimator.Region(new RegionName("westus"), new GeoPoint(37.783, -122.417)));

    @TempDir
    Path folder;

    private final Map<Digest, byte[]> given = new ConcurrentHashMap<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final LocationTable own = LocationTable.bundled();
    private final List<Maps> opened = new ArrayList<>();

    private Maps open() throws IOException {
        var counters = new Counters();
        var maps = new Maps(
                MapFolder.open(folder.resolve("maps")),
                own,
                digest -> {
                    asked.incrementAndGet();
                    var bytes = given.get(digest);
                    if (bytes == null) {
                        throw new IOException("not there");
                    }
                    return bytes;
                },
                History.open(folder.resolve("history"), new MutableClock(NOW), counters),
                counters);
        opened.add(maps);
        return maps;
    }

    @AfterEach
    void close() {
        opened.forEach(Maps::close);
    }

    private static byte[] map(String csv) {
        return LatencyMapFormat.write(LatencyMapCompiler.compile(
                LocationCsv.read(csv, "x", Map.of()),
                Map.of(),
                new LatencyEstimator(REGIONS, RegionLatencies.NONE),
                "x"));
    }

    private Digest give(byte[] bytes) {
        var digest = Digest.of(bytes);
        given.put(digest, bytes);
        return digest;
    }

    private static void awaitUse(Maps maps, Digest digest) {
        await().atMost(LIMIT)
                .until(() -> maps.use(digest.value(), REGIONS).version().equals(digest));
    }

    @Test
    void usesItsOwnTableUntilTheNamedMapHasCome() throws IOException {
        var maps = open();
        var digest = give(map("10.0.0.0/8,1,2,x"));

        assertThat(maps.use("", REGIONS).version()).isEqualTo(own.digest());
        assertThat(maps.use(digest.value(), REGIONS).version()).isEqualTo(own.digest());
        assertThat(asked).hasValue(0);

        maps.start(() -> {});
        awaitUse(maps, digest);

        assertThat(maps.problem()).isEmpty();
        assertThat(maps.use("", REGIONS).version()).isEqualTo(own.digest());
    }

    @Test
    void aRestartWithoutAControlPlaneUsesWhatIsOnDisk() throws IOException {
        var first = open();
        first.start(() -> {});
        var digest = give(map("10.0.0.0/8,1,2,x"));
        awaitUse(first, digest);
        first.close();
        given.clear();

        var second = open();
        assertThat(second.use(digest.value(), REGIONS).version()).isEqualTo(digest);

        // A newer one that cannot be had: the last good one, not the own table.
        var newer = Digest.of("newer".getBytes(StandardCharsets.UTF_8));
        var third = open();
        third.start(() -> {});
        assertThat(third.use(newer.value(), REGIONS).version()).isEqualTo(digest);
        await().atMost(LIMIT).until(() -> third.problem().contains("not there"));
    }

    @Test
    void aMapOfThirtyDaysAgoServesAlsoAfterARestart() throws IOException {
        var first = open();
        first.start(() -> {});
        var digest = give(map("10.0.0.0/8,1,2,x"));
        awaitUse(first, digest);
        first.close();
        given.clear();
        var file = folder.resolve("maps").resolve(digest + ".map");
        Files.setLastModifiedTime(file, FileTime.from(NOW.minus(Duration.ofDays(30))));

        var second = open();
        second.start(() -> {});
        var inUse = second.use(digest.value(), REGIONS);

        assertThat(inUse.version()).isEqualTo(digest);
        assertThat(second.problem()).isEmpty();
        assertThat(file).exists();
    }

    @Test
    void aMapThatIsNoneIsRefusedOnceWithAReasonAndTheLastGoodOneStays() throws IOException {
        var maps = open();
        maps.start(() -> {});
        var good = give(map("10.0.0.0/8,1,2,x"));
        awaitUse(maps, good);
        var broken = give("no map".getBytes(StandardCharsets.UTF_8));

        assertThat(maps.use(broken.value(), REGIONS).version()).isEqualTo(good);
        await().atMost(LIMIT).until(() -> maps.problem().contains("refused"));

        assertThat(maps.problem()).contains(broken.value()).contains("latency map");
        assertThat(maps.use(broken.value(), REGIONS).version()).isEqualTo(good);
        int before = asked.get();
        var next = give(map("10.0.0.0/8,3,4,y"));
        awaitUse(maps, next);
        assertThat(asked.get()).as("the broken one is not asked for again").isEqualTo(before + 1);
        assertThat(maps.problem()).isEmpty();
    }

    @Test
    void bytesThatAreNotTheMapAreAskedForAgain() throws IOException {
        var bytes = map("10.0.0.0/8,1,2,x");
        var digest = Digest.of(bytes);
        given.put(digest, map("10.0.0.0/8,3,4,y"));
        var maps = open();
        maps.start(() -> {});

        assertThat(maps.use(digest.value(), REGIONS).version()).isEqualTo(own.digest());
        await().atMost(LIMIT).until(() -> maps.problem().contains("what came is not it"));
        given.put(digest, bytes);

        awaitUse(maps, digest);
    }

    @Test
    void aDamagedFileIsSetAsideAndFetchedAgain() throws IOException {
        var first = open();
        first.start(() -> {});
        var digest = give(map("10.0.0.0/8,1,2,x"));
        awaitUse(first, digest);
        first.close();
        var file = folder.resolve("maps").resolve(digest + ".map");
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 4;
        Files.write(file, bytes);

        var second = open();
        assertThat(second.use(digest.value(), REGIONS).version()).isEqualTo(own.digest());
        second.start(() -> {});

        awaitUse(second, digest);
        assertThat(folder.resolve("maps").resolve(digest + ".damaged")).exists();
    }

    @Test
    void mapsThatNothingWasAnsweredFromGo() throws IOException {
        var maps = open();
        maps.start(() -> {});
        var first = give(map("10.0.0.0/8,1,2,x"));
        awaitUse(maps, first);
        var old = folder.resolve("maps").resolve(first + ".map");
        Files.setLastModifiedTime(old, FileTime.from(NOW.minus(Duration.ofHours(25))));
        var second = give(map("10.0.0.0/8,3,4,y"));
        awaitUse(maps, second);
        assertThat(old).as("it was in use when the next one came").exists();

        var third = give(map("10.0.0.0/8,5,6,z"));
        awaitUse(maps, third);

        await().atMost(LIMIT).untilAsserted(() -> assertThat(old).doesNotExist());
        assertThat(folder.resolve("maps").resolve(third + ".map")).exists();
    }
}
