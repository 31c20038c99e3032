package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portolan.storage.Conflict;
import io.portolan.storage.Document;
import io.portolan.storage.PostgresSettings;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.StateStore;
import io.portolan.storage.StorageFailure;
import io.portolan.storage.Writer;
import io.portolan.testkit.MutableClock;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineLeaseTest {
    private static final Duration RENEW = Duration.ofSeconds(2);
    private static final Duration TTL = Duration.ofSeconds(8);
    private static final StateDatabase SHARED =
            new StateDatabase.Shared(PostgresSettings.of("jdbc:postgresql://db/portolan", "u", ""), RENEW, TTL);

    @TempDir
    private Path folder;

    private StateStore store;
    /** Of another machine each, a year apart. */
    private final MutableClock firstClock = new MutableClock(Instant.parse("2026-11-23T10:00:00Z"));

    private final MutableClock secondClock = new MutableClock(Instant.parse("2025-11-23T10:00:00Z"));

    @BeforeEach
    void open() {
        store = SqliteStateStore.open(folder.resolve("state.db"));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private EngineLease lease(String name, MutableClock clock) {
        return new EngineLease(store, SHARED, name, new Changes(), clock);
    }

    private long put(StateStore by) {
        return by.write(tx -> tx.put("k", "a", Writer.ANY, new byte[0]));
    }

    @Test
    void isHeldByOneAndGivenBackAtTheEnd() {
        var first = lease("one", firstClock);
        var second = lease("two", secondClock);

        first.turn();
        second.turn();

        assertThat(first.held()).isTrue();
        assertThat(second.held()).isFalse();
        assertThat(store.read(EngineLease::recorded).orElseThrow().holder()).isEqualTo(first.holder());
        assertThatThrownBy(() -> put(new FencedStore(store, second))).isInstanceOf(Conflict.class);
        assertThat(put(new FencedStore(store, first))).isEqualTo(1);

        first.close();
        assertThat(store.<Optional<Records.Lease>>read(EngineLease::recorded)).isEmpty();
        second.turn();
        assertThat(second.held()).isTrue();
        assertThat(second.fence()).isEqualTo(2);
    }

    @Test
    void isTakenLaterWhereTheDiskOfOneProcessAloneFailedAtItsStart() {
        var left = new AtomicInteger(2);
        var failing = (StateStore) Proxy.newProxyInstance(
                StateStore.class.getClassLoader(), new Class<?>[] {StateStore.class}, (proxy, method, arguments) -> {
                    if (left.getAndDecrement() > 0) {
                        throw new StorageFailure("disk full");
                    }
                    return method.invoke(store, arguments);
                });
        try (var alone =
                new EngineLease(failing, new StateDatabase.Embedded(), "one", new Changes(), InstantSource.system())) {
            alone.start();
            assertThat(alone.held()).isFalse();

            await().until(alone::held);
        }
    }

    @Test
    void goesOverWhenItStoodStillForTheTimeToLiveByTheClockOfTheOneThatWaits() {
        var first = lease("one", firstClock);
        var second = lease("two", secondClock);
        first.turn();
        second.turn();

        // Renewed in time: never taken, for however long.
        for (int i = 0; i < 10; i++) {
            firstClock.advance(RENEW);
            secondClock.advance(TTL.minusMillis(1));
            first.turn();
            second.turn();
            assertThat(second.held()).isFalse();
        }
        // From here on the first one is frozen. What it says of time counts for nothing.
        firstClock.advance(Duration.ofDays(3));
        secondClock.advance(TTL.minusMillis(1));
        second.turn();
        assertThat(second.held()).isFalse();

        secondClock.advance(Duration.ofMillis(1));
        second.turn();
        assertThat(second.held()).isTrue();
        assertThat(second.fence()).isEqualTo(2);
    }

    @Test
    void anOldHolderThatWakesUpCanDoNothing() {
        var first = lease("one", firstClock);
        var second = lease("two", secondClock);
        first.turn();
        second.turn();
        secondClock.advance(TTL);
        second.turn();
        // No time has passed for the frozen one: it still takes itself for the holder.
        assertThat(first.held()).isTrue();
        var rows = store.read(reader -> reader.lastLogRow().orElseThrow().id());

        assertThatThrownBy(() -> put(new FencedStore(store, first)))
                .isInstanceOf(Conflict.class)
                .hasMessageContaining("fence 2 (expected: '" + first.holder() + "' with fence 1)");
        assertThatThrownBy(() -> new FencedStore(store, first).writeQuietly(tx -> tx.put("k", "a", 0, new byte[0])))
                .isInstanceOf(Conflict.class);

        assertThat(first.held()).isFalse();
        assertThat(store.<Optional<Document>>read(reader -> reader.get("k", "a")))
                .isEmpty();
        first.turn();
        first.close();
        assertThat(store.read(EngineLease::recorded).orElseThrow().holder()).isEqualTo(second.holder());
        assertThat(store.<Long>read(reader -> reader.lastLogRow().orElseThrow().id()))
                .isEqualTo(rows);
        assertThat(put(new FencedStore(store, second))).isEqualTo(1);
    }

    @Test
    void doesNotTakeItselfForTheHolderWhenItCouldNotRenew() {
        var first = lease("one", firstClock);
        first.turn();

        firstClock.advance(TTL);
        assertThat(first.held()).isFalse();
        assertThat(first.fence()).isZero();

        first.turn();
        assertThat(first.held()).isTrue();
        assertThat(first.fence()).isEqualTo(1);
    }

    @Test
    void exactlyOneOfTwoThatSeeItFreeTakesIt() {
        var first = lease("one", firstClock);
        first.turn();
        first.close();
        var taken = 0;
        for (var other : new EngineLease[] {lease("two", secondClock), lease("three", firstClock)}) {
            other.turn();
            taken += other.held() ? 1 : 0;
        }

        assertThat(taken).isEqualTo(1);
    }

    @Test
    void aloneOnItsDatabaseItWaitsForNobody() {
        var killed = new EngineLease(store, new StateDatabase.Embedded(), "one", new Changes(), firstClock);
        killed.start();
        var next = new EngineLease(store, new StateDatabase.Embedded(), "one", new Changes(), firstClock);
        next.start();

        assertThat(next.held()).isTrue();
        firstClock.advance(Duration.ofDays(3));
        assertThat(next.held()).isTrue();
        assertThatThrownBy(() -> put(new FencedStore(store, killed))).isInstanceOf(Conflict.class);
        assertThat(put(new FencedStore(store, next))).isEqualTo(1);
    }

    @Test
    void refusesATimeToLiveThatOneMissedRenewalEnds() {
        var postgres = PostgresSettings.of("jdbc:postgresql://db/portolan", "u", "");

        assertThatThrownBy(() -> new StateDatabase.Shared(postgres, RENEW, RENEW))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lease-ttl: PT2S");
    }
}
