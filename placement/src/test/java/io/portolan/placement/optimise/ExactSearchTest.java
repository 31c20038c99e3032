package io.portolan.placement.optimise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The search against brute force, on drawn towns with and without fences, budgets, required sites and backups. */
class ExactSearchTest {
    private static final long NODES = 20_000;
    private static final double INFINITE = Double.POSITIVE_INFINITY;

    @Test
    void findsWhatBruteForceFinds() {
        int existing = 0;
        for (int seed = 0; seed < 120; seed++) {
            var town = new Town(seed);
            double[] best = {INFINITE};
            town.everyChoice(choice -> best[0] = Math.min(best[0], town.rules.value(choice)));

            var found = ExactSearch.best(town.rules, town.k, List.of(), NODES);

            assertThat(found.exists()).as("seed %d", seed).isEqualTo(Double.isFinite(best[0]));
            if (found.exists()) {
                existing++;
                assertThat(found.value()).as("seed %d", seed).isCloseTo(best[0], within(1e-7 * best[0]));
                assertThat(found.gap()).as("seed %d: proved", seed).isZero();
                assertThat(town.rules.value(ints(found.sites()))).isCloseTo(found.value(), within(1e-9));
            }
        }
        assertThat(existing).as("enough of the towns have a choice at all").isGreaterThan(60);
    }

    @Test
    void findsTheLeastPercentileThatBruteForceFinds() {
        for (int seed = 0; seed < 120; seed++) {
            var town = new Town(seed);
            double[] best = {INFINITE};
            town.everyChoice(choice -> {
                if (Double.isFinite(town.rules.value(choice))) {
                    best[0] = Math.min(best[0], PercentileSearch.percentile(town.times, town.weights, 0.95, choice));
                }
            });
            var start = ExactSearch.best(town.rules, town.k, List.of(), NODES);
            if (!start.exists()) {
                continue;
            }

            var found = PercentileSearch.best(
                    town.times, town.weights, 0.95, town.rules, town.k, List.of(ints(start.sites())), NODES);

            assertThat(found.value()).as("seed %d", seed).isCloseTo(best[0], within(1e-9));
            assertThat(found.gap()).as("seed %d: proved", seed).isZero();
        }
    }

    @Test
    void isNeverWorseThanGreedy() {
        for (int seed = 0; seed < 12; seed++) {
            var town = new Town(seed, 80, 25, 5);
            var greedy = LocalSearch.greedy(new int[0], town.k, 25, town.rules::value);

            var found = ExactSearch.best(town.rules, town.k, List.of(), 2_000);

            assertThat(found.value()).isLessThanOrEqualTo(town.rules.value(greedy) * (1 + 1e-9));
            assertThat(found.lowerBound()).isLessThanOrEqualTo(found.value() * (1 + 1e-9));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 10})
    void saysHowFarOffItMayBeWhenItStopsEarly(long nodes) {
        for (int seed = 0; seed < 10; seed++) {
            var town = new Town(seed, 60, 20, 6);
            double truth =
                    ExactSearch.best(town.rules, town.k, List.of(), 50_000).value();

            var early = ExactSearch.best(town.rules, town.k, List.of(), nodes);

            assertThat(early.lowerBound()).isLessThanOrEqualTo(truth * (1 + 1e-9));
            assertThat(early.value()).isGreaterThanOrEqualTo(truth * (1 - 1e-9));
        }
    }

    @Test
    void theOrderOfSitesAndClientsChangesNothing() {
        for (int seed = 0; seed < 10; seed++) {
            var town = new Town(seed, 30, 10, 3);
            var turned = new double[30][10];
            for (int i = 0; i < 30; i++) {
                for (int j = 0; j < 10; j++) {
                    turned[29 - i][9 - j] = town.costs[i][j];
                }
            }

            var one = ExactSearch.best(
                    Instance.of(town.costs, new double[10], INFINITE, new boolean[10]), 3, List.of(), NODES);
            var other = ExactSearch.best(
                    Instance.of(turned, new double[10], INFINITE, new boolean[10]), 3, List.of(), NODES);

            assertThat(other.value()).isCloseTo(one.value(), within(1e-9));
        }
    }

    private static int[] ints(List<Integer> sites) {
        return sites.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Sites and clients on a plane; which rules hold is drawn too. */
    private static final class Town {
        final int k;
        final double[] weights;
        final double[][] times;
        final double[][] costs;
        final Instance rules;
        private final boolean[] required;

        Town(int seed) {
            this(new Random(seed), 0, 0, 0);
        }

        Town(int seed, int clients, int sites, int k) {
            this(new Random(seed), clients, sites, k);
        }

        private Town(Random random, int fixedClients, int fixedSites, int fixedK) {
            boolean plain = fixedClients > 0;
            int clients = plain ? fixedClients : 4 + random.nextInt(24);
            int sites = plain ? fixedSites : 4 + random.nextInt(6);
            k = plain ? fixedK : 1 + random.nextInt(4);
            weights = random.doubles(clients).map(x -> Math.exp(4 * x)).toArray();
            var at = random.doubles(2L * sites).toArray();
            times = new double[clients][sites];
            boolean fenced = !plain && random.nextInt(3) == 0;
            for (int i = 0; i < clients; i++) {
                double x = random.nextDouble();
                double y = random.nextDouble();
                for (int j = 0; j < sites; j++) {
                    times[i][j] = fenced && i % 4 == 0 && random.nextInt(3) > 0
                            ? INFINITE
                            : 20 + 150 * Math.hypot(x - at[2 * j], y - at[2 * j + 1]);
                }
            }
            required = new boolean[sites];
            if (!plain && random.nextInt(4) == 0) {
                required[random.nextInt(sites)] = true;
            }
            var price = random.doubles(sites).map(p -> 0.5 + p).toArray();
            double budget = !plain && random.nextInt(3) == 0 ? k * (0.8 + 0.4 * random.nextDouble()) : INFINITE;
            costs = weighted(1);
            rules = !plain && k > 1 && random.nextInt(3) == 0
                    ? Instance.withBackups(weighted(0.9), weighted(0.1), price, budget, required)
                    : Instance.of(costs, price, budget, required);
        }

        private double[][] weighted(double factor) {
            var weighted = new double[times.length][];
            for (int i = 0; i < times.length; i++) {
                double weight = weights[i] * factor;
                weighted[i] = Arrays.stream(times[i]).map(time -> time * weight).toArray();
            }
            return weighted;
        }

        void everyChoice(Consumer<int[]> visitor) {
            choose(new int[k], 0, 0, visitor);
        }

        private void choose(int[] choice, int count, int from, Consumer<int[]> visitor) {
            if (count == k) {
                boolean keeps = true;
                for (int j = 0; j < required.length; j++) {
                    int site = j;
                    keeps &= !required[j] || Arrays.stream(choice).anyMatch(chosen -> chosen == site);
                }
                if (keeps) {
                    visitor.accept(choice.clone());
                }
                return;
            }
            for (int j = from; j < required.length; j++) {
                choice[count] = j;
                choose(choice, count + 1, j + 1, visitor);
            }
        }
    }
}
