package io.portolan.planner.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.portolan.model.RegionName;
import io.portolan.planner.capacity.CapacityVerdict.Outcome;
import io.portolan.planner.capacity.RegionCapacity.Load;
import io.portolan.planner.capacity.RegionCapacity.Standing;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The capacity rule: examples with their sentences, and properties over random fleets. */
final class CapacityRuleTest {
    private static final int WORLDS = 20_000;

    private static RegionName name(String text) {
        return new RegionName(text);
    }

    private static RegionCapacity measured(String region, double capacity, double load) {
        return new RegionCapacity(name(region), capacity, new Load.Measured(load), Standing.SERVING);
    }

    private static List<RegionCapacity> declared(int count) {
        var regions = new ArrayList<RegionCapacity>();
        for (int i = 1; i <= count; i++) {
            regions.add(RegionCapacity.declared(name("r" + i), 1, Standing.SERVING));
        }
        return regions;
    }

    @Test
    void allowsADrainThatTheRestCarriesAlsoWithoutOneMore() {
        var verdict = CapacityRule.decide(declared(6), Set.of(name("r2")), CapacityPolicy.PERSON);

        assertThat(verdict.outcome()).isEqualTo(Outcome.ALLOWED);
        assertThat(verdict.remaining()).extracting(RegionName::value).containsExactly("r1", "r3", "r4", "r5", "r6");
        assertThat(verdict.sentence())
                .isEqualTo("taking out r2 is allowed: the 5 regions of 6 left can carry 5, without r1 too 4;"
                        + " 3 is assumed to be carried now (50 % of the capacity where nothing is measured),"
                        + " and 3.60 is needed with a headroom of 1.20");
    }

    @Test
    void refusesADrainThatTheRestCannotCarryWithTheNumbers() {
        var regions = List.of(measured("big", 100, 60), measured("one", 50, 30), measured("two", 50, 30));

        var verdict = CapacityRule.decide(regions, Set.of(name("big")), CapacityPolicy.PERSON);

        assertThat(verdict.outcome()).isEqualTo(Outcome.NOT_ENOUGH);
        assertThat(verdict.sentence())
                .isEqualTo("taking out big is refused: the 2 regions of 3 left can carry 100; 120 is carried"
                        + " now, and 144 is needed with a headroom of 1.20");
    }

    @Test
    void refusesADrainAfterWhichTheLossOfOneMoreRegionIsTooMuch() {
        var regions = List.of(measured("big", 100, 20), measured("one", 50, 20), measured("two", 50, 20));

        var verdict = CapacityRule.decide(regions, Set.of(name("one")), CapacityPolicy.PERSON);

        assertThat(verdict.outcome()).isEqualTo(Outcome.NOT_ENOUGH_AFTER_LOSS);
        assertThat(verdict.sentence())
                .isEqualTo("taking out one is refused: the 2 regions of 3 left can carry 150, but without big"
                        + " too only 50; 60 is carried now, and 72 is needed with a headroom of 1.20");
        assertThat(CapacityRule.decide(regions, Set.of(name("one")), CapacityPolicy.PERSON.spare(0))
                        .allowed())
                .isTrue();
    }

    @Test
    void neverTakesTheLastRegionThatServes() {
        var regions = List.of(
                measured("one", 100, 1),
                new RegionCapacity(name("two"), 100, new Load.Measured(0), Standing.OUT),
                new RegionCapacity(name("three"), 100, new Load.Measured(0), Standing.UNKNOWN));

        var verdict = CapacityRule.decide(regions, Set.of(name("one")), CapacityPolicy.PERSON.spare(0));

        assertThat(verdict.outcome()).isEqualTo(Outcome.LAST_REGION);
        assertThat(verdict.sentence())
                .isEqualTo("taking out one is refused: no region that is known to serve would be left");
    }

    @Test
    void automationTakesOutNoMoreThanItsShare() {
        var regions = declared(6);
        var policy = new CapacityPolicy(1, 0, 0.01, CapacityPolicy.MAX_AUTOMATIC_REMOVAL);

        var four = Set.of(name("r1"), name("r2"), name("r3"), name("r4"));

        assertThat(CapacityRule.decide(regions, Set.of(name("r1"), name("r2"), name("r3")), policy)
                        .allowed())
                .isTrue();
        var refused = CapacityRule.decide(regions, four, policy);
        assertThat(refused.outcome()).isEqualTo(Outcome.TOO_MANY);
        assertThat(refused.sentence())
                .isEqualTo("taking out r1, r2, r3, r4 is refused: 4 of 6 regions would be out (at most 50 %)");
    }

    @Test
    void countsTheLoadOfRegionsOfWhichNothingIsKnownAndNotTheirCapacity() {
        var regions = List.of(
                measured("one", 10, 4),
                measured("two", 10, 4),
                measured("three", 10, 4),
                new RegionCapacity(name("dark"), 10, new Load.NotMeasured(), Standing.UNKNOWN));

        var verdict = CapacityRule.decide(regions, Set.of(name("one")), CapacityPolicy.PERSON);

        assertThat(verdict.load()).isEqualTo(17);
        assertThat(verdict.capacity()).isEqualTo(20);
        assertThat(verdict.outcome()).isEqualTo(Outcome.NOT_ENOUGH);
    }

    /** What was drained before did not vanish: its users are with the others, as a third drain must see. */
    @Test
    void theUsersOfRegionsThatAreAwayHaveToBeCarriedToo() {
        var regions = declared(6);
        regions.set(0, RegionCapacity.declared(name("r1"), 1, Standing.AWAY));

        var second = CapacityRule.decide(regions, Set.of(name("r2")), CapacityPolicy.PERSON);
        regions.set(1, RegionCapacity.declared(name("r2"), 1, Standing.AWAY));
        var third = CapacityRule.decide(regions, Set.of(name("r3")), CapacityPolicy.PERSON);

        assertThat(second.outcome()).isEqualTo(Outcome.ALLOWED);
        assertThat(second.sentence()).contains("can carry 4", "; 3 is assumed to be carried now");
        assertThat(third.outcome()).isEqualTo(Outcome.NOT_ENOUGH);
        assertThat(third.sentence()).contains("can carry 3", "; 3 is assumed", "3.60 is needed");
        // A region that never served has no users anywhere.
        regions.set(1, RegionCapacity.declared(name("r2"), 1, Standing.OUT));
        assertThat(CapacityRule.decide(regions, Set.of(name("r3")), CapacityPolicy.PERSON)
                        .load())
                .isEqualTo(2.5);
    }

    @Test
    void whereTheOthersAreMeasuredTheUsersOfARegionThatIsAwayAreCountedOnce() {
        var regions =
                new ArrayList<>(List.of(measured("one", 10, 6), measured("two", 10, 6), measured("three", 10, 6)));
        regions.add(RegionCapacity.declared(name("away"), 10, Standing.AWAY));

        assertThat(CapacityRule.decide(regions, Set.of(name("one")), CapacityPolicy.PERSON)
                        .load())
                .isEqualTo(18);

        regions.set(0, RegionCapacity.declared(name("one"), 10, Standing.UNKNOWN));
        assertThat(CapacityRule.decide(regions, Set.of(name("two")), CapacityPolicy.PERSON)
                        .load())
                .as("nobody can say whether the one that is not measured has them")
                .isEqualTo(5 + 6 + 6 + 5);

        regions.set(3, new RegionCapacity(name("away"), 10, new Load.Measured(1), Standing.AWAY));
        assertThat(CapacityRule.decide(regions, Set.of(name("two")), CapacityPolicy.PERSON)
                        .load())
                .as("what is left of a drain")
                .isEqualTo(5 + 6 + 6 + 1);
    }

    @Test
    void takingOutWhatIsOutAlreadyIsAllowed() {
        var regions = List.of(
                measured("one", 10, 9), new RegionCapacity(name("two"), 10, new Load.NotMeasured(), Standing.OUT));

        assertThat(CapacityRule.decide(regions, Set.of(name("two")), CapacityPolicy.AUTOMATION)
                        .outcome())
                .isEqualTo(Outcome.NOTHING_TAKEN);
        var away = List.of(measured("one", 10, 9), RegionCapacity.declared(name("two"), 10, Standing.AWAY));
        assertThat(CapacityRule.decide(away, Set.of(name("two")), CapacityPolicy.AUTOMATION)
                        .outcome())
                .isEqualTo(Outcome.NOTHING_TAKEN);
    }

    @Test
    void refusesQuestionsThatMakeNoSense() {
        var one = measured("one", 1, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CapacityRule.decide(List.of(one), Set.of(name("two")), CapacityPolicy.PERSON))
                .withMessageContaining("two");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CapacityRule.decide(List.of(one, one), Set.of(), CapacityPolicy.PERSON))
                .withMessageContaining("twice");
        assertThatIllegalArgumentException().isThrownBy(() -> measured("one", 0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> measured("one", 1, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> new CapacityPolicy(0.9, 1, 0.5, 0.5));
    }

    /** What is allowed really leaves enough, by figures worked out here from the fleet alone. */
    @Test
    void whatIsAllowedLeavesARegionAndEnoughCapacityAlsoAfterTheWorstFurtherLoss() {
        var random = new Random(4711);
        int allowed = 0;
        for (int world = 0; world < WORLDS; world++) {
            var fleet = fleet(random);
            var policy = policy(random);
            var verdict = CapacityRule.decide(fleet.regions(), fleet.takenOut(), policy);
            if (verdict.outcome() != Outcome.ALLOWED) {
                continue;
            }
            allowed++;
            var rest = new ArrayList<Double>();
            double load = 0;
            double moved = 0;
            boolean guessed = false;
            for (var region : fleet.regions()) {
                if (region.standing() == Standing.SERVING && !fleet.takenOut().contains(region.region())) {
                    rest.add(region.capacity());
                }
                if (region.standing() == Standing.OUT) {
                    continue;
                }
                if (region.load() instanceof Load.Measured figure) {
                    load += figure.amount();
                } else if (region.standing() == Standing.AWAY) {
                    moved += region.capacity() * policy.assumedUse();
                } else {
                    load += region.capacity() * policy.assumedUse();
                    guessed = true;
                }
            }
            load += guessed ? moved : 0;
            assertThat(rest).as(fleet.toString()).isNotEmpty();
            double capacity = rest.stream().mapToDouble(each -> each).sum();
            assertThat(capacity).as(fleet.toString()).isGreaterThanOrEqualTo(load * policy.headroom() * (1 - 1e-6));
            rest.sort(null);
            for (int i = 0; i < policy.spareRegions(); i++) {
                assertThat(rest).as(fleet.toString()).isNotEmpty();
                capacity -= rest.removeLast();
            }
            assertThat(capacity + 1e-6).as(fleet.toString()).isGreaterThanOrEqualTo(load * (1 - 1e-6));
            int out = fleet.regions().size() - verdict.remaining().size();
            assertThat(out).isLessThanOrEqualTo((int)
                    Math.floor(policy.mostOut() * fleet.regions().size() + 1e-6));
        }
        assertThat(allowed).isGreaterThan(WORLDS / 50);
    }

    @Test
    void askingForLessIsNeverRefusedWhereMoreIsAllowed() {
        var random = new Random(815);
        int compared = 0;
        for (int world = 0; world < WORLDS; world++) {
            var fleet = fleet(random);
            var policy = policy(random);
            if (!CapacityRule.decide(fleet.regions(), fleet.takenOut(), policy).allowed()) {
                continue;
            }
            for (var left : fleet.takenOut()) {
                var less = new HashSet<>(fleet.takenOut());
                less.remove(left);
                compared++;
                assertThat(CapacityRule.decide(fleet.regions(), less, policy).allowed())
                        .as("%s without %s", fleet, left)
                        .isTrue();
            }
        }
        assertThat(compared).isGreaterThan(100);
    }

    @Test
    void moreLoadOrLessCapacityNeverTurnsARefusalIntoConsent() {
        var random = new Random(99);
        for (int world = 0; world < WORLDS; world++) {
            var fleet = fleet(random);
            var policy = policy(random);
            if (CapacityRule.decide(fleet.regions(), fleet.takenOut(), policy).allowed()) {
                continue;
            }
            int which = random.nextInt(fleet.regions().size());
            var worse = new ArrayList<>(fleet.regions());
            var old = worse.get(which);
            worse.set(
                    which,
                    old.load() instanceof Load.Measured figure
                            ? new RegionCapacity(
                                    old.region(),
                                    old.capacity(),
                                    new Load.Measured(figure.amount() + 1),
                                    old.standing())
                            : old);
            assertThat(CapacityRule.decide(worse, fleet.takenOut(), policy).allowed())
                    .as(fleet.toString())
                    .isFalse();
        }
    }

    private record Fleet(List<RegionCapacity> regions, Set<RegionName> takenOut) {}

    private static Fleet fleet(Random random) {
        var regions = new ArrayList<RegionCapacity>();
        var taken = new HashSet<RegionName>();
        int count = 1 + random.nextInt(12);
        for (int i = 0; i < count; i++) {
            var region = name("r" + i);
            double capacity = 1 + random.nextInt(20);
            Load load = random.nextInt(4) == 0
                    ? new Load.NotMeasured()
                    : new Load.Measured(capacity * random.nextDouble() * 0.8);
            var others = List.of(Standing.OUT, Standing.AWAY, Standing.UNKNOWN);
            var standing = random.nextInt(6) > 0 ? Standing.SERVING : others.get(random.nextInt(others.size()));
            regions.add(new RegionCapacity(region, capacity, load, standing));
            if (random.nextInt(4) == 0) {
                taken.add(region);
            }
        }
        return new Fleet(regions, taken);
    }

    private static CapacityPolicy policy(Random random) {
        return new CapacityPolicy(
                1 + random.nextDouble() * 0.5,
                random.nextInt(3),
                0.1 + random.nextDouble() * 0.5,
                random.nextBoolean() ? 1 : 0.5);
    }
}
