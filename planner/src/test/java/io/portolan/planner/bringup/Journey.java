package io.portolan.planner.bringup;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.planner.bringup.Sight.Health;
import io.portolan.planner.bringup.Sight.Health.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A region on its way in virtual time, and what is seen of it. One thread at a time. */
final class Journey {
    static final Instant MONDAY = Instant.parse("2026-11-23T09:00:00Z");

    BringUp region;
    Instant now = MONDAY;
    BringUpPlan plan = BringUpPlan.STANDARD;
    Sight.Node node = Sight.Node.ENROLLED;
    List<Check> preflight = List.of(Check.pass("clock", "0.1 s off"));
    List<Cell> cells = new ArrayList<>();
    String unreadable = "";
    List<Check> wiring = List.of(Check.skipped("alert path", "no alert path exists yet"));
    List<Check> verification = List.of(Check.pass("pages", "40 pages"));
    Sight.Vantage vantage = new Sight.Vantage(3, 3, "");
    Health health = new Health(Verdict.GOOD, "probes only");
    String closed = "";
    List<RegionName> ramping = List.of();
    Sight.Traffic traffic = new Sight.Traffic(true, 0);
    final List<BringUpStep.Change> changes = new ArrayList<>();

    Journey(String name) {
        region = BringUp.declared(new RegionName(name), new EnvironmentName("prod"), 1, "declared", now);
        serving(40);
    }

    /** So many extensions that are all there. */
    void serving(int count) {
        cells = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            cells.add(cell(i, false, Cell.State.SERVING, ""));
        }
    }

    static Cell cell(int number, boolean critical, Cell.State state, String text) {
        return new Cell("Extension_" + number, critical, state, "1.0.0", state == Cell.State.FETCHING ? 1000 : 0, text);
    }

    Sight sight() {
        return new Sight(
                node,
                preflight,
                unreadable.isEmpty()
                        ? new Sight.Inventory.Known(cells, region.since())
                        : new Sight.Inventory.Unknown(unreadable),
                wiring,
                verification,
                vantage,
                health,
                closed,
                ramping,
                traffic);
    }

    /** One look; a wait changes nothing. */
    BringUpStep look() {
        var step = BringUpPlanner.next(region, plan, sight(), now);
        if (step instanceof BringUpStep.Change change) {
            changes.add(change);
            region = change.bringUp();
        }
        return step;
    }

    /** Looks until it waits. */
    BringUpStep.Wait settle() {
        for (int i = 0; i < 100; i++) {
            if (look() instanceof BringUpStep.Wait wait) {
                return wait;
            }
        }
        throw new AssertionError("it never waits: " + changes);
    }

    /** Lets time pass, a second a look. */
    void pass(Duration time) {
        settle();
        for (long second = 0; second < time.toSeconds(); second++) {
            now = now.plusSeconds(1);
            settle();
        }
    }

    /** Lets time pass until it is in that state. */
    void until(RegionState state) {
        settle();
        for (int second = 0; second < 100_000 && region.state() != state; second++) {
            now = now.plusSeconds(1);
            look();
        }
        if (region.state() != state) {
            throw new AssertionError(region + " never became " + state);
        }
    }

    /** Until it has that share of its clients, in thousandths. */
    void untilShare(int share) {
        settle();
        for (int second = 0; second < 100_000 && region.share(plan) != share; second++) {
            now = now.plusSeconds(1);
            look();
        }
        if (region.share(plan) != share) {
            throw new AssertionError(region + " never had " + share);
        }
    }

    /** States in the order in which they were entered. */
    List<RegionState> entered() {
        var states = new ArrayList<RegionState>();
        states.add(RegionState.DECLARED);
        for (var change : changes) {
            if (change.bringUp().state() != states.getLast()) {
                states.add(change.bringUp().state());
            }
        }
        return states;
    }
}
