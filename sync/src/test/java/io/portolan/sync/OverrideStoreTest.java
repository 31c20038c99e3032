package io.portolan.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.Slot;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.OverrideReport;
import io.portolan.protocol.Overrides.Outcome;
import io.portolan.protocol.Revision;
import io.portolan.sync.OverrideRefused.Code;
import io.portolan.testkit.MutableClock;
import io.portolan.testkit.Operator;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is obeyed, in what order, and what of it a restart finds. */
class OverrideStoreTest {
    private static final String ORDERS = "Contoso_Orders";

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T10:00:00Z"));
    private final Operator operator = new Operator(Samples.PROD);

    @TempDir
    private Path folder;

    private OverrideStore store;

    @BeforeEach
    void open() throws IOException {
        store = open(FailPoints.NONE);
    }

    private OverrideStore open(FailPoints failPoints) throws IOException {
        return OverrideStore.open(folder, Samples.PROD, clock, failPoints);
    }

    private Revision revision(String... settled) {
        return new Revision(
                Revision.SCHEMA,
                Samples.PROD,
                1,
                7,
                "",
                clock.instant(),
                "test",
                List.of(),
                List.of(operator.publicKey()),
                List.of(settled),
                Digest.of("root".getBytes(StandardCharsets.UTF_8)));
    }

    private OverrideStore.Taken give(OperatorOverride order) throws OverrideRefused, IOException {
        return store.offer(operator.sign(order), revision(), given -> "1.0", false);
    }

    private OperatorOverride rollback() {
        return operator.rollback(ORDERS, Slot.LKG, clock.instant());
    }

    private void refused(OperatorOverride order, Code code) {
        assertThatThrownBy(() -> give(order))
                .isInstanceOfSatisfying(OverrideRefused.class, refused -> assertThat(refused.code())
                        .isEqualTo(code));
    }

    private List<String> ids() {
        return store.inForce().stream().map(OverrideReport::id).toList();
    }

    @Test
    void anOrderIsOnDiskBeforeItActsAndARestartFindsIt() throws Exception {
        var order = rollback();
        var seen = new AtomicInteger();
        store.whenTaken(() -> seen.set(
                Files.exists(folder.resolve("overrides.json")) ? store.inForce().size() : -1));

        var taken = give(order);

        assertThat(taken.outcome()).isEqualTo(Outcome.IN_FORCE);
        assertThat(taken.version()).isEqualTo("1.0");
        assertThat(seen).hasValue(1);
        var report = open(FailPoints.NONE).inForce().getFirst();
        assertThat(report.id()).isEqualTo(order.id());
        assertThat(report.version()).isEqualTo("1.0");
        assertThat(report.keyId()).isEqualTo(operator.key().keyId());
    }

    @Test
    void aCrashBetweenWritingAndActingLeavesAnOrderThatActsFromTheNextStartOn() throws Exception {
        store = open(point -> {
            assertThat(point).isEqualTo(FailPoint.OVERRIDE_STORED);
            throw new IllegalStateException("crash");
        });
        var acted = new AtomicInteger();
        store.whenTaken(acted::incrementAndGet);
        var order = rollback();

        assertThatThrownBy(() -> give(order)).hasMessage("crash");

        assertThat(acted).hasValue(0);
        store = open(FailPoints.NONE);
        assertThat(ids()).containsExactly(order.id());
        assertThat(give(order).outcome()).isEqualTo(Outcome.UNCHANGED);
    }

    @Test
    void aDryRunChecksAndChangesNothing() throws Exception {
        var taken = store.offer(operator.sign(rollback()), revision(), given -> "1.0", true);

        assertThat(taken.outcome()).isEqualTo(Outcome.IN_FORCE);
        assertThat(store.inForce()).isEmpty();
        assertThat(folder.resolve("overrides.json")).doesNotExist();
    }

    @Test
    void onlyAListedKeyCountsAndOnlyForThisPurpose() {
        var stranger = new Operator(Samples.PROD);
        var order = rollback();
        assertThatThrownBy(() -> store.offer(stranger.sign(order), revision(), given -> "1.0", false))
                .isInstanceOfSatisfying(OverrideRefused.class, refused -> assertThat(refused.code())
                        .isEqualTo(Code.UNTRUSTED_KEY))
                .hasMessageContaining(operator.key().keyId());
        // The same key, the same bytes, signed as something else.
        var other = Json.bytes(Envelope.sign(Revision.TYPE, order, operator.key()));
        var renamed = new Envelope(
                OperatorOverride.TYPE,
                Json.read(other, Envelope.class).payload(),
                Json.read(other, Envelope.class).signatures());
        for (var bytes : List.of(other, Json.bytes(renamed))) {
            assertThatThrownBy(() -> store.offer(bytes, revision(), given -> "1.0", false))
                    .isInstanceOfSatisfying(OverrideRefused.class, refused -> assertThat(refused.code())
                            .isEqualTo(Code.UNTRUSTED_KEY));
        }
        assertThat(store.inForce()).isEmpty();
    }

    @Test
    void whatIsNoEnvelopeOrNoOrderIsRefused() {
        var notAnOrder = Json.bytes(Envelope.sign(OperatorOverride.TYPE, List.of(1, 2), operator.key()));
        for (var bytes : List.of(new byte[0], "{}".getBytes(StandardCharsets.UTF_8), new byte[20_000], notAnOrder)) {
            assertThatThrownBy(() -> store.offer(bytes, revision(), given -> "1.0", false))
                    .isInstanceOfSatisfying(OverrideRefused.class, refused -> assertThat(refused.code())
                            .isEqualTo(Code.MALFORMED_OVERRIDE));
        }
    }

    @Test
    void anOrderForAnotherEnvironmentIsRefused() {
        var order = OperatorOverride.rollback(
                new OperatorOverride.Order(
                        "ov-elsewhere", new EnvironmentName("preview"), "olivia", "INC-512", clock.instant()),
                new io.portolan.model.ExtensionName(ORDERS),
                Slot.LKG);

        refused(order, Code.WRONG_ENVIRONMENT);
    }

    @Test
    void ordersThatAreTooOldOrFromTheFutureAreRefused() throws Exception {
        var now = clock.instant();
        refused(
                operator.rollback(
                        ORDERS, Slot.LKG, now.minus(OverrideStore.MOST_AGE).minusMillis(1)),
                Code.STALE);
        refused(
                operator.rollback(
                        ORDERS, Slot.LKG, now.plus(OverrideStore.MOST_AHEAD).plusMillis(1)),
                Code.STALE);
        assertThat(give(operator.rollback(ORDERS, Slot.LKG, now.minus(OverrideStore.MOST_AGE)))
                        .outcome())
                .isEqualTo(Outcome.IN_FORCE);
    }

    @Test
    void theSameOrderAgainChangesNothingAndAnotherOneUnderItsIdIsRefused() throws Exception {
        var order = rollback();
        give(order);
        // Long after it would be too old to be taken for the first time.
        clock.advance(Duration.ofDays(3));

        assertThat(give(order).outcome()).isEqualTo(Outcome.UNCHANGED);
        refused(
                OperatorOverride.rollback(
                        new OperatorOverride.Order(order.id(), Samples.PROD, "mallory", "other", clock.instant()),
                        new io.portolan.model.ExtensionName(ORDERS),
                        Slot.PREVIOUS_LKG),
                Code.REPLAYED);
    }

    @Test
    void aLiftedOrderCannotBeReplayedAlsoNotAfterARestart() throws Exception {
        var order = rollback();
        give(order);
        clock.advance(Duration.ofMinutes(1));
        var lift = operator.lift(order, clock.instant());

        assertThat(give(lift).outcome()).isEqualTo(Outcome.LIFTED);

        assertThat(store.inForce()).isEmpty();
        refused(order, Code.REPLAYED);
        store = open(FailPoints.NONE);
        refused(order, Code.REPLAYED);
        assertThat(give(lift).outcome()).isEqualTo(Outcome.UNCHANGED);
        // Once its age alone refuses it, it need not be remembered.
        clock.advance(OverrideStore.MOST_AGE.plusMinutes(1));
        refused(order, Code.STALE);
    }

    @Test
    void ordersOnOneSubjectCountInTheOrderInWhichTheyWereIssued() throws Exception {
        var first = rollback();
        clock.advance(Duration.ofSeconds(10));
        var second = operator.rollback(ORDERS, Slot.PREVIOUS_LKG, clock.instant());
        give(second);

        refused(first, Code.STALE);
        clock.advance(Duration.ofSeconds(10));
        var third = rollback();
        give(third);

        assertThat(ids()).containsExactly(third.id());
        refused(second, Code.REPLAYED);
        clock.advance(Duration.ofSeconds(10));
        give(operator.lift(third, clock.instant()));
        // Issued before the lift, given after it.
        refused(operator.rollback(ORDERS, Slot.LKG, clock.instant().minusSeconds(5)), Code.STALE);
    }

    @Test
    void ordersOnOtherSubjectsStandBesideEachOther() throws Exception {
        var one = rollback();
        var other = operator.rollback("Contoso_Maps", Slot.LKG, clock.instant());
        var drain = operator.drain("westus", clock.instant());
        give(one);
        give(other);
        give(drain);

        assertThat(ids()).containsExactly(one.id(), other.id(), drain.id());
    }

    @Test
    void whatIsNotInForceCannotBeLifted() throws Exception {
        refused(operator.lift(rollback(), clock.instant()), Code.NOT_KNOWN);
    }

    @Test
    void aRevisionThatSettlesAnOrderEndsItAndRefusesItAfterwards() throws Exception {
        var order = rollback();
        give(order);
        var settling = revision(order.id());
        assertThat(store.told(List.of(order.id()), revision())).isFalse();
        store.applying();

        assertThat(store.inForce(settling)).isEmpty();
        assertThat(store.inForce()).hasSize(1);
        store.settle(settling);

        assertThat(open(FailPoints.NONE).inForce()).isEmpty();
        refused(order, Code.REPLAYED);
        var late = new OverrideStore[1];
        late[0] = OverrideStore.open(folder.resolve("other"), Samples.PROD, clock, FailPoints.NONE);
        assertThatThrownBy(() -> late[0].offer(operator.sign(order), settling, given -> "1.0", false))
                .isInstanceOfSatisfying(OverrideRefused.class, refused -> assertThat(refused.code())
                        .isEqualTo(Code.REPLAYED));
    }

    @Test
    void anOrderThatWasSettledForOthersCountsUntilItWasToldOf() throws Exception {
        var order = rollback();
        give(order);
        var settling = revision(order.id());

        store.applying();
        store.settle(settling);
        assertThat(store.inForce(settling)).as("nobody knows of it").hasSize(1);
        assertThat(store.told(List.of(order.id()), settling)).isFalse();
        assertThat(store.inForce(settling))
                .as("the next revision may be about it")
                .hasSize(1);
        assertThat(store.told(List.of(order.id()), settling)).as("none came").isTrue();
        assertThat(store.inForce(settling)).isEmpty();
        store.settle(settling);

        assertThat(store.inForce()).isEmpty();
        refused(order, Code.REPLAYED);
        // Of another order on the same subject nothing was told yet.
        clock.advance(Duration.ofSeconds(1));
        var next = rollback();
        give(next);
        store.settle(revision(next.id()));
        assertThat(ids()).containsExactly(next.id());
        store.told(List.of(next.id()), revision());
        store.applying();
        store.settle(revision(next.id()));
        assertThat(ids()).isEmpty();
    }

    @Test
    void whatTheNodeRefusesIsNotWritten() {
        assertThatThrownBy(() -> store.offer(
                        operator.sign(rollback()),
                        revision(),
                        given -> {
                            throw new OverrideRefused(Code.NOT_HELD, "missing");
                        },
                        false))
                .isInstanceOf(OverrideRefused.class);

        assertThat(folder.resolve("overrides.json")).doesNotExist();
    }

    @Test
    void aDamagedFileIsSetAsideAndSaid() throws Exception {
        give(rollback());
        var file = folder.resolve("overrides.json");
        var text = Files.readString(file);
        Files.writeString(file, text.replace("\"payload\":\"ey", "\"payload\":\"eX"));

        store = open(FailPoints.NONE);

        assertThat(store.inForce()).isEmpty();
        assertThat(store.problem()).contains("overrides.json.damaged");
        assertThat(folder.resolve("overrides.json.damaged")).exists();
        assertThat(give(rollback()).outcome()).isEqualTo(Outcome.IN_FORCE);
    }

    @Test
    void noMoreThanSoManyAreInForce() throws Exception {
        for (int i = 0; i < OverrideStore.MOST_IN_FORCE; i++) {
            give(operator.rollback("Contoso_E" + i, Slot.LKG, clock.instant()));
        }

        refused(operator.rollback("Contoso_More", Slot.LKG, clock.instant()), Code.TOO_MANY);
        clock.advance(Duration.ofSeconds(1));
        assertThat(give(operator.rollback("Contoso_E1", Slot.PREVIOUS_LKG, clock.instant()))
                        .outcome())
                .isEqualTo(Outcome.IN_FORCE);
    }
}
