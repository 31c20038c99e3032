package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import io.portolan.model.RegionName;
import io.portolan.planner.routing.EndpointHealth;
import io.portolan.planner.routing.HealthView;
import io.portolan.testkit.MutableClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HistoryTest {
    private static final Instant START = Instant.parse("2026-11-23T10:00:00Z");
    private static final Digest MAP = Digest.of("map".getBytes(StandardCharsets.UTF_8));
    private static final HealthView ALL_UP = HealthView.UNKNOWN;

    @TempDir
    Path folder;

    private final MutableClock clock = new MutableClock(START);

    private History open() throws IOException {
        return History.open(folder, clock, new Counters());
    }

    private static HealthView down(String... regions) {
        var health = new HashMap<RegionName, EndpointHealth>();
        for (var region : regions) {
            health.put(new RegionName(region), EndpointHealth.DEGRADED);
        }
        return new HealthView(health, Map.of(), Map.of(), Map.of());
    }

    private static Observed seen(Instant at, String revision, HealthView health) {
        return new Observed(Observed.SCHEMA, at, revision, MAP, false, health);
    }

    @Test
    void givesWhatHeldAtATime() throws IOException {
        var history = open();
        history.record(seen(START, "1.1", ALL_UP));
        history.record(seen(START.plusSeconds(60), "1.1", down("westus")));
        history.record(seen(START.plusSeconds(7300), "1.2", down("westus")));

        assertThat(history.at(START.minusSeconds(1))).isEmpty();
        assertThat(history.at(START)).map(Observed::health).contains(ALL_UP);
        assertThat(history.at(START.plusSeconds(59))).map(Observed::health).contains(ALL_UP);
        assertThat(history.at(START.plusSeconds(60))).map(Observed::health).contains(down("westus"));
        assertThat(history.at(START.plusSeconds(7299))).map(Observed::revision).contains("1.1");
        assertThat(history.at(START.plusSeconds(9000))).map(Observed::revision).contains("1.2");
    }

    @Test
    void whatDidNotChangeIsWrittenOnce() throws IOException {
        var history = open();
        for (int i = 0; i < 100; i++) {
            history.record(seen(START.plusSeconds(i), "1.1", ALL_UP));
        }

        try (var files = Files.list(folder)) {
            assertThat(files.flatMap(HistoryTest::lines)).hasSize(1);
        }
    }

    private static java.util.stream.Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream().filter(line -> !line.isBlank());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void oldFilesGoButWhatHeldWhenTheReachBeginsStays() throws IOException {
        var history = open();
        history.record(seen(START, "1.1", ALL_UP));
        history.record(seen(START.plus(Duration.ofHours(2)), "1.2", ALL_UP));
        var late = START.plus(Duration.ofHours(40));
        history.record(seen(late, "1.3", ALL_UP));

        assertThat(history.at(late.minus(History.REACH)))
                .map(Observed::revision)
                .contains("1.2");
        assertThat(history.at(START.plusSeconds(10))).isEmpty();
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void aLineThatACrashCutCostsThatLineOnly() throws IOException {
        open().record(seen(START, "1.1", ALL_UP));
        try (var files = Files.list(folder)) {
            Files.writeString(files.findFirst().orElseThrow(), "{\"schema\":1,\"at\":\"20", StandardOpenOption.APPEND);
        }

        var next = open();
        next.record(seen(START.plusSeconds(5), "1.2", ALL_UP));

        assertThat(next.at(START)).map(Observed::revision).contains("1.1");
        assertThat(next.at(START.plusSeconds(6))).map(Observed::revision).contains("1.2");
    }

    @Test
    void anHourHasABoundAndTheRestIsCounted() throws IOException {
        var counters = new Counters();
        var history = History.open(folder, clock, counters);
        var many = new String[400];
        for (int i = 0; i < many.length; i++) {
            many[i] = "region-with-a-rather-long-name-" + i;
        }
        for (int i = 0; i < 1_200; i++) {
            history.record(seen(START.plusMillis(i), "1.1", i % 2 == 0 ? down(many) : ALL_UP));
        }

        try (var files = Files.list(folder)) {
            assertThat(Files.size(files.findFirst().orElseThrow())).isLessThanOrEqualTo(History.SEGMENT_LIMIT_BYTES);
        }
        assertThat(counters.text()).contains("portolan_director_history_dropped_total");
    }

    @Test
    void namesAllMapsThatWereUsed() throws IOException {
        var other = Digest.of("other".getBytes(StandardCharsets.UTF_8));
        var history = open();
        history.record(seen(START, "1.1", ALL_UP));
        history.record(new Observed(Observed.SCHEMA, START.plusSeconds(1), "1.1", other, true, ALL_UP));

        assertThat(history.maps()).isEqualTo(Set.of(MAP, other));
    }
}
