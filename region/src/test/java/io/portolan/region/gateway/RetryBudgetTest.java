package io.portolan.region.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private static int taken(RetryBudget budget, long now) {
        int taken = 0;
        while (budget.take(now)) {
            taken++;
        }
        return taken;
    }

    @Test
    void hasSomeEachSecondWithoutCalls() {
        var budget = new RetryBudget(0.2, 10, 0);

        assertThat(taken(budget, 0)).isEqualTo(10);
        assertThat(taken(budget, SECOND / 2)).isEqualTo(5);
        assertThat(taken(budget, 100 * SECOND))
                .as("no more than a second's worth")
                .isEqualTo(10);
    }

    @Test
    void earnsAShareOfEachCall() {
        var budget = new RetryBudget(0.2, 0, 0);
        for (int i = 0; i < 50; i++) {
            budget.called();
        }

        assertThat(taken(budget, 0)).isEqualTo(10);
    }

    @Test
    void savesUpNoMoreThanItsMost() {
        var budget = new RetryBudget(0.2, 0, 0);
        for (int i = 0; i < 100_000; i++) {
            budget.called();
        }

        assertThat(taken(budget, 0)).isEqualTo(20);
    }
}
