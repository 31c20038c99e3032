package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.model.document.Delivery;
import io.portolan.planner.cdn.Breaker;
import io.portolan.protocol.CdnObservation;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import io.portolan.testkit.MutableClock;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Single turns over CDNs, with people who write at the same time. */
final class CdnStepsTest {
    private static final Delivery.Cdn EDGE = new Delivery.Cdn("edge", "https://cdn.example.net/CDN");
    private static final Delivery WATCHED =
            new Delivery(List.of(EDGE), Delivery.Worker.ON, Delivery.FirstVisit.GO).with(Delivery.Breaker.ON);
    private static final String KEY = CdnBreakers.key(StormWorld.PROD, EDGE.name());

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T00:00:00Z"));
    private final DeadCdn inspector = new DeadCdn();

    @TempDir
    private Path folder;

    /** Every node's probes of the CDN fail. */
    private final class DeadCdn extends RegionInspector {
        private DeadCdn() {
            super(
                    HttpClient.newHttpClient(),
                    new PageBrowser(BrowserSettings.OFF, Path.of("browsers"), clock),
                    new Changes(),
                    clock);
        }

        @Override
        void observeQuietly(List<String> urls) {}

        @Override
        Optional<NodeObservation> latest(String url) {
            var seen = new CdnObservation(EDGE.url(), Duration.ofSeconds(2), "0".repeat(30), "refused", 0);
            return Optional.of(new NodeObservation(
                    url.substring("http://node-".length()),
                    false,
                    0,
                    0,
                    0,
                    0,
                    0,
                    null,
                    Map.of(EDGE.name(), seen),
                    null,
                    null,
                    null,
                    clock.instant()));
        }
    }

    @AfterEach
    void close() {
        inspector.close();
    }

    private StateStore world() {
        var store = SqliteStateStore.open(folder.resolve("state.db"));
        store.write(tx -> {
            StormWorld.regions(tx, StormWorld.REGIONS, clock.instant());
            StormWorld.REGIONS.forEach(region -> Table.NODES.put(tx, "node-" + region, Writer.ABSENT, node(region)));
            return true;
        });
        return store;
    }

    private Records.Node node(RegionName region) {
        return new Records.Node(
                Records.SCHEMA,
                "node-" + region,
                "region",
                StormWorld.PROD,
                region,
                "key",
                "http://node-" + region,
                clock.instant());
    }

    private static void deliver(StateStore store, Delivery delivery) {
        store.write(tx -> Table.DELIVERY.put(
                tx, StormWorld.PROD.value(), Writer.ANY, new Records.Delivered(Records.SCHEMA, delivery)));
    }

    private static Optional<Records.CdnBreaker> breaker(StateStore store) {
        return store.read(reader -> Table.CDN_BREAKERS.get(reader, KEY)).map(Table.Row::value);
    }

    /** What a person may do about a CDN that fails. */
    private enum Word {
        BREAKER_OFF(WATCHED.with(Delivery.Breaker.OFF)),
        NO_CDN(Delivery.STANDARD),
        OTHER_ADDRESS(new Delivery(
                List.of(new Delivery.Cdn("edge", "https://other.example.net/CDN")),
                Delivery.Worker.ON,
                Delivery.FirstVisit.GO));

        private final Delivery delivery;

        Word(Delivery delivery) {
            this.delivery = delivery;
        }
    }

    @ParameterizedTest
    @EnumSource(Word.class)
    void whoEndsTheWatchWhileACdnIsBeingJudgedSeesItTrippedNoMore(Word word) {
        try (var store = world()) {
            int looks = 0;
            while (true) {
                deliver(store, WATCHED);
                var other = new Between(store);
                other.before(++looks, () -> deliver(store, word.delivery));
                var moved = new CdnSteps(other, new CdnSights(inspector)).turn(clock.instant());
                if (!other.isDone()) {
                    assertThat(moved).isEqualTo(Set.of(StormWorld.PROD));
                    break;
                }
                assertThat(moved).as("ended before look %d", looks).isEmpty();
                assertThat(breaker(store)).as("ended before look %d", looks).isEmpty();
                assertThat(store.<List<Records.Incident>>read(Incidents::open)).isEmpty();
            }
            assertThat(looks).as("looks between which a person could come").isGreaterThan(3);
            assertThat(breaker(store).map(record -> record.breaker().state())).contains(Breaker.State.OPEN);
        }
    }
}
