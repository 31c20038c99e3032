package io.portolan.region.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BalancerTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final GatewaySettings SETTINGS = GatewaySettings.DEFAULTS;

    private final Random random = new Random(20_261_127);
    private final Balancer balancer = new Balancer(SETTINGS, random::nextInt);

    private static Backend backend(int number) {
        return Backend.plain("r" + number, InetSocketAddress.createUnresolved("replica-" + number, 80));
    }

    private static List<Backend> backends(int count) {
        var all = new ArrayList<Backend>();
        for (int i = 0; i < count; i++) {
            all.add(backend(i));
        }
        return all;
    }

    private Endpoint pick(long now) {
        return Objects.requireNonNull(balancer.pick(List.of(), now));
    }

    private int[] shares(int calls, long now) {
        var counts = new int[balancer.size()];
        for (int i = 0; i < calls; i++) {
            counts[balancer.all().indexOf(pick(now))]++;
        }
        return counts;
    }

    private void eject(Endpoint endpoint, long now) {
        for (int i = 0; i < SETTINGS.failures(); i++) {
            balancer.failed(endpoint, now);
        }
    }

    @Test
    void hasNobodyToPickAmongNone() {
        assertThat(balancer.pick(List.of(), 0)).isNull();
    }

    @Test
    void takesTheOneWithFewerCallsOfTwo() {
        balancer.update(backends(2), 0);
        balancer.all().get(0).outstanding.set(5);

        assertThat(shares(200, 0)).containsExactly(0, 200);
    }

    @Test
    void keepsCallsInProgressLevel() {
        balancer.update(backends(5), 0);

        for (int i = 0; i < 1_000; i++) {
            pick(0).outstanding.incrementAndGet();
        }

        assertThat(balancer.all()).allMatch(each -> Math.abs(each.outstanding.get() - 200) < 10);
    }

    @Test
    void neverPicksOneThatIsAvoided() {
        balancer.update(backends(3), 0);
        var avoided = List.of(balancer.all().get(0), balancer.all().get(1));

        for (int i = 0; i < 50; i++) {
            assertThat(balancer.pick(avoided, 0)).isSameAs(balancer.all().get(2));
        }
        assertThat(balancer.pick(balancer.all(), 0)).isNull();
    }

    @Test
    void ejectsAfterFailuresInARowOnly() {
        balancer.update(backends(4), 0);
        var bad = balancer.all().get(1);

        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < SETTINGS.failures() - 1; i++) {
                assertThat(balancer.failed(bad, 0)).isFalse();
            }
            balancer.succeeded(bad);
        }
        assertThat(balancer.isEjected(bad, 0)).isFalse();

        eject(bad, 0);
        assertThat(balancer.isEjected(bad, 0)).isTrue();
        assertThat(balancer.ejected(0)).isEqualTo(1);
        assertThat(shares(300, 0)[1]).isZero();
    }

    @Test
    void letsAnEjectedOneBackByASlowStart() {
        balancer.update(backends(2), 0);
        var bad = balancer.all().get(0);
        eject(bad, 0);
        long back = SETTINGS.ejection().toNanos();

        assertThat(balancer.isEjected(bad, back - 1)).isTrue();
        assertThat(balancer.isEjected(bad, back)).isFalse();
        assertThat(balancer.weight(bad, back)).isEqualTo(0.1);
        assertThat(balancer.weight(bad, back + 5 * SECOND)).isEqualTo(0.5);
        assertThat(balancer.weight(bad, back + 10 * SECOND)).isEqualTo(1);
    }

    @Test
    void ejectsTwiceAsLongEachTime() {
        balancer.update(backends(2), 0);
        var bad = balancer.all().get(0);
        long now = 0;
        for (int seconds : new int[] {10, 20, 40, 80, 160, 300, 300}) {
            eject(bad, now);

            assertThat(balancer.isEjected(bad, now + seconds * SECOND - 1)).isTrue();
            assertThat(balancer.isEjected(bad, now + seconds * SECOND)).isFalse();
            now += seconds * SECOND;
        }
        // Good for as long as the longest: it begins anew.
        now += 301 * SECOND;
        eject(bad, now);
        assertThat(balancer.isEjected(bad, now + 10 * SECOND)).isFalse();
    }

    @Test
    void ejectsNoMoreThanItsShare() {
        balancer.update(backends(5), 0);

        balancer.all().forEach(each -> eject(each, 0));

        assertThat(balancer.ejected(0)).isEqualTo(2);
        balancer.update(backends(1), 0);
        balancer.update(List.of(backend(9)), 0);
        eject(balancer.all().get(0), 0);
        assertThat(balancer.ejected(0)).as("the only one").isZero();
    }

    @Test
    void usesAnEjectedOneWhereThereIsNoOther() {
        balancer.update(backends(2), 0);
        var bad = balancer.all().get(0);
        eject(bad, 0);

        assertThat(balancer.pick(List.of(balancer.all().get(1)), 0)).isSameAs(bad);
    }

    @Test
    void givesANewOneFewerCallsAtFirst() {
        balancer.update(backends(1), 0);
        balancer.update(backends(2), 0);
        balancer.all().forEach(each -> each.outstanding.set(3));

        assertThat(balancer.weight(balancer.all().get(0), 0)).isEqualTo(1);
        assertThat(shares(100, 0)).containsExactly(100, 0);
        assertThat(shares(100, 11 * SECOND)[1]).isBetween(1, 99);
    }

    @Test
    void keepsWhatItKnowsOfThoseThatStay() {
        balancer.update(backends(3), 0);
        var kept = balancer.all().get(2);
        kept.outstanding.set(7);
        var left = balancer.all().get(0);
        left.outstanding.set(2);

        balancer.update(List.of(backend(2), backend(5)), 0);

        assertThat(balancer.all()).hasSize(2).contains(kept).doesNotContain(left);
        assertThat(balancer.open("r2")).isEqualTo(7);
        assertThat(balancer.open("r0")).as("still has calls").isEqualTo(2);
        assertThat(left.gone).isTrue();

        left.outstanding.set(0);
        balancer.update(backends(3), 0);
        assertThat(balancer.open("r1")).isZero();
        assertThat(balancer.open("r5")).isEqualTo(-1);
    }
}
