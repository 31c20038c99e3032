package io.portolan.planner.cdn;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Observers that probe a CDN, and a breaker that looks at them each second, in virtual time. One thread at a time. */
final class BreakerWorld {
    static final Instant START = Instant.parse("2026-11-27T00:00:00Z");
    private static final Duration TURN = Duration.ofSeconds(1);

    final BreakerPlan plan;
    final List<BreakerStep.Change> changes = new ArrayList<>();
    final List<Instant> at = new ArrayList<>();
    Instant now = START;
    Breaker breaker = Breaker.NEW;
    CdnSight.Fallbacks fallbacks = CdnSight.Fallbacks.NONE;
    boolean quorate = true;
    /** Chance that a probe of an observer fails. */
    final double[] loss;

    private final StringBuilder[] results;
    private final Random random;
    private long turns;

    BreakerWorld(BreakerPlan plan, int observers, long seed) {
        this.plan = plan;
        this.loss = new double[observers];
        this.results = new StringBuilder[observers];
        for (int i = 0; i < observers; i++) {
            results[i] = new StringBuilder();
        }
        this.random = new Random(seed);
    }

    void lose(double chance) {
        java.util.Arrays.fill(loss, chance);
    }

    CdnSight sight() {
        var voices = new ArrayList<CdnSight.Voice>();
        for (int i = 0; i < results.length; i++) {
            voices.add(
                    new CdnSight.Voice("node-" + i, "place-" + i, plan.probeEvery(), results[i].toString(), "refused"));
        }
        return new CdnSight(quorate, voices, fallbacks);
    }

    /** Lets so much time pass. */
    BreakerWorld pass(Duration time) {
        for (var until = now.plus(time); now.isBefore(until); ) {
            now = now.plus(TURN);
            if (turns++ % plan.probeEvery().toSeconds() == 0) {
                for (int i = 0; i < results.length; i++) {
                    results[i].append(random.nextDouble() < loss[i] ? CdnSight.FAILED : CdnSight.RIGHT);
                    results[i].delete(0, Math.max(0, results[i].length() - BreakerPlanner.KEPT));
                }
            }
            if (BreakerPlanner.next(breaker, plan, sight(), now) instanceof BreakerStep.Change change) {
                breaker = change.breaker();
                changes.add(change);
                at.add(now);
            }
        }
        return this;
    }

    String waiting() {
        return BreakerPlanner.next(breaker, plan, sight(), now) instanceof BreakerStep.Wait wait ? wait.text() : "";
    }

    List<BreakerStep.Kind> kinds() {
        return changes.stream().map(BreakerStep.Change::kind).toList();
    }
}
