package io.portolan.planner.bringup;

import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.planner.bringup.BringUpStep.Change;
import io.portolan.planner.bringup.BringUpStep.Kind;
import io.portolan.planner.bringup.BringUpStep.Wait;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Decides the next step of a region on its way. Pure: the same arguments give the same step.
 *
 * <p>No state is left on missing evidence; good time is accumulated tick by tick and no tick counts more than {@link #LONGEST_TICK}, so
 * that an outage of whoever decides completes nothing. What a region should have is only ever added to here.
 */
public final class BringUpPlanner {
    /** Good time is recorded about this often. */
    public static final Duration TICK = Duration.ofSeconds(1);

    /** The most that one tick can count. */
    public static final Duration LONGEST_TICK = Duration.ofSeconds(5);

    /** Looks in a row that cannot tell what a region should have, before somebody is told. */
    public static final int BLIND_AFTER = 3;

    /** A leaving region is empty below this share of all requests. */
    public static final double EMPTY = 0.01;

    /** Places that must see a region good at once, whatever the plan says, where the environment has so many. */
    public static final int LEAST_PLACES = 2;

    private static final Set<DayOfWeek> DAYS =
            EnumSet.of(DayOfWeek.MONDAY, DayOfWeek.TUESDAY, DayOfWeek.WEDNESDAY, DayOfWeek.THURSDAY);
    private static final int KIBI = 1024;
    private static final List<String> NODE = List.of("the region's node");
    /** Who acts where nobody has to. */
    public static final List<String> ENGINE = List.of("engine");

    private static final List<String> OPERATORS = List.of("whoever runs the region");

    private BringUpPlanner() {}

    /** The next step. */
    public static BringUpStep next(BringUp region, BringUpPlan plan, Sight sight, Instant now) {
        return switch (region.state()) {
            case DECLARED -> declared(region, sight, now);
            case PREFLIGHT -> preflight(region, plan, sight, now);
            case ENROLLING -> enrolling(region, plan, sight, now);
            case SEEDING, WIRING, VERIFYING, DARK, CANARY, RAMPING ->
                inventory(region, sight, now).orElseGet(() -> enrolled(region, plan, sight, now));
            case LIVE -> new Wait("it serves its users", null, List.of());
            case HELD ->
                new Wait(
                        "held in " + region.heldIn() + ": " + region.reason(),
                        null,
                        List.of(
                                "portolan region resume " + region.region(),
                                "portolan region retire " + region.region()));
            case DRAINING -> draining(region, plan, sight, now);
            case RETIRING -> retiring(region, sight, now);
            case RETIRED -> new Wait("nothing of it is left", null, List.of("portolan region add " + region.region()));
        };
    }

    private static BringUpStep enrolled(BringUp region, BringUpPlan plan, Sight sight, Instant now) {
        return switch (region.state()) {
            case SEEDING -> seeding(region, plan, sight, now);
            case WIRING -> wiring(region, sight, now);
            case VERIFYING -> verifying(region, plan, sight, now);
            case DARK -> dark(region, plan, sight, now);
            case CANARY -> canary(region, plan, sight, now);
            case RAMPING -> ramping(region, plan, sight, now);
            default -> throw new IllegalStateException(region.region() + " is " + region.state());
        };
    }

    private static BringUpStep declared(BringUp region, Sight sight, Instant now) {
        return sight.node() == Sight.Node.NONE
                ? new Wait(
                        "no node has asked to join",
                        null,
                        List.of("portolan node token " + region.region() + ", and a node started with it"))
                : entered(region, RegionState.PREFLIGHT, "its node asked to join", List.of(), now);
    }

    private static BringUpStep preflight(BringUp region, BringUpPlan plan, Sight sight, Instant now) {
        var failed = in(sight.preflight(), Check.Result.FAIL);
        if (!failed.isEmpty()) {
            return held(region, "preflight: " + failed.getFirst(), texts(sight.preflight()), now);
        }
        var pending = in(sight.preflight(), Check.Result.PENDING);
        if (!pending.isEmpty() || sight.preflight().isEmpty()) {
            var what = pending.isEmpty()
                    ? "nothing was looked at yet"
                    : pending.getFirst().toString();
            return waitOrHold(region, plan, "preflight: " + what, region.since(), OPERATORS, now);
        }
        return entered(region, RegionState.ENROLLING, "preflight passed", texts(sight.preflight()), now);
    }

    private static BringUpStep enrolling(BringUp region, BringUpPlan plan, Sight sight, Instant now) {
        return sight.node() == Sight.Node.ENROLLED
                ? entered(region, RegionState.SEEDING, "its node is enrolled", List.of(), now)
                : waitOrHold(region, plan, "waiting for its node to take its identity", region.since(), NODE, now);
    }

    /** What must never happen silently: that a region loses what it was to have. */
    private static Optional<BringUpStep> inventory(BringUp region, Sight sight, Instant now) {
        if (sight.inventory() instanceof Sight.Inventory.Unknown unknown) {
            if (region.misses() >= BLIND_AFTER) {
                return Optional.of(new Wait("what it should have cannot be read: " + unknown.why(), null, OPERATORS));
            }
            var blind = region.missing(region.misses() + 1);
            return Optional.of(new Change(
                    blind.misses() == BLIND_AFTER ? Kind.BLIND : Kind.TICKED,
                    blind,
                    "what it should have cannot be read: " + unknown.why(),
                    List.of()));
        }
        int count = cells(sight).size();
        if (region.misses() >= BLIND_AFTER) {
            return Optional.of(new Change(
                    Kind.SIGHTED,
                    region.missing(0),
                    "what it should have can be read again: " + count + " extensions",
                    List.of()));
        }
        if (region.losesTooMany(count)) {
            return Optional.of(held(
                    region,
                    "would remove " + (region.cells() - count) + " of " + region.cells() + " extensions",
                    List.of(),
                    now));
        }
        return count > region.cells() || region.misses() > 0
                ? Optional.of(new Change(
                        Kind.TICKED,
                        region.knowing(Math.max(count, region.cells())),
                        "it is to have " + count + " extensions",
                        List.of()))
                : Optional.empty();
    }

    private static List<Cell> cells(Sight sight) {
        return sight.inventory() instanceof Sight.Inventory.Known known ? known.cells() : List.of();
    }

    /** Why what is quarantined keeps the region from going on, empty if it does not. */
    private static Optional<String> tooFaulty(Sight sight) {
        var cells = cells(sight);
        var undecided = cells.stream()
                .filter(cell -> cell.state() == Cell.State.UNDECIDED)
                .findFirst();
        if (undecided.isPresent()) {
            return Optional.of("extension " + undecided.get().extension() + ": "
                    + undecided.get().text());
        }
        var bad = cells.stream()
                .filter(cell -> cell.state() == Cell.State.QUARANTINED)
                .toList();
        var critical = bad.stream().filter(Cell::critical).findFirst();
        if (critical.isPresent()) {
            return Optional.of("critical extension " + critical.get().extension() + " is quarantined: "
                    + critical.get().text());
        }
        if (!bad.isEmpty() && bad.size() == cells.size()) {
            return Optional.of("none of its extensions can be served, the first: "
                    + bad.getFirst().extension() + ": " + bad.getFirst().text());
        }
        // One is never too many: a fault of one extension does not hold a region.
        return bad.size() > Math.max(1, cells.size() / 100)
                ? Optional.of(bad.size() + " of " + cells.size() + " extensions are quarantined, the first: "
                        + bad.getFirst().extension() + ": " + bad.getFirst().text())
                : Optional.empty();
    }

    private static BringUpStep seeding(BringUp region, BringUpPlan plan, Sight sight, Instant now) {
        var fault = tooFaulty(sight);
        if (fault.isPresent()) {
            return held(region, fault.get(), List.of(), now);
        }
        var left = cells(sight).stream().filter(cell -> !cell.isSettled()).toList();
        if (left.isEmpty()) {
            return entered(region, RegionState.WIRING, seeded(sight), evidence(sight), now);
        }
        var progressAt = sight.inventory() instanceof Sight.Inventory.Known known ? known.progressAt() : now;
        long bytes = left.stream().mapToLong(Cell::missingBytes).sum();
        return waitOrHold(
                region,
                plan,
                "seeding: " + (cells(sight).size() - left.size()) + " of "
                        + cells(sight).size()
                        + " extensions are there, " + size(bytes) + " to fetch; next: "
                        + left.getFirst().extension()
                        + (left.getFirst().text().isEmpty()
                                ? ""
                                : " (" + left.getFirst().text() + ")"),
                progressAt.isAfter(region.since()) ? progressAt : region.since(),
                NODE,
                now);
    }

    private static String seeded(Sight sight) {
        long quarantined = cells(sight).stream()
                .filter(cell -> cell.state() == Cell.State.QUARANTINED)
                .count();
        int count = cells(sight).size();
        return "seeded with " + count + (count == 1 ? " extension" : " extensions")
                + (quarantined == 0 ? "" : ", " + quarantined + " of them quarantined");
    }

    private static List<String> evidence(Sight sight) {
        return cells(sight).stream()
                .map(cell -> cell.extension() + " " + cell.version() + " " + cell.state()
                        + (cell.text().isEmpty() ? "" : ": " + cell.text()))
                .toList();
    }

    private static BringUpStep wiring(BringUp region, Sight sight, Instant now) {
        var open = sight.wiring().stream()
                .filter(check -> check.result() == Check.Result.FAIL || check.result() == Check.Result.PENDING)
                .findFirst();
        return open.isPresent() || sight.wiring().isEmpty()
                ? new Wait("wiring: " + open.map(Check::toString).orElse("nothing was looked at yet"), null, OPERATORS)
                : entered(region, RegionState.VERIFYING, "wired", texts(sight.wiring()), now);
    }

    private static BringUpStep verifying(BringUp region, BringUpPlan plan, Sight sight, Instant now) {
        var failed = in(sight.verification(), Check.Result.FAIL);
        if (!failed.isEmpty()) {
            return held(region, "verification: " + failed.getFirst(), texts(sight.verification()), now);
        }
        var pending = in(sight.verification(), Check.Result.PENDING);
        if (!pending.isEmpty() || sight.verification().isEmpty()) {
            var what = pending.isEmpty()
                    ? "nothing was looked at yet"
                    : pending.getFirst().toString();
            return waitOrHold(region, plan, "verifying: " + what, region.since(), ENGINE, now);
        }
        return entered(region, RegionState.DARK, "verified", texts(sight.verification()), now);
    }

    private static BringUpStep dark(BringUp region, BringUpPlan plan, Sight sight, Instant now) {
        if (region.leaving()) {
            var from = region.since().plus(plan.leaveDark());
            return new Wait(
                    now.isBefore(from)
                            ? "it has no users, and stays so before it may be retired for good"
                            : "it has no users and may be retired for good",
                    now.isBefore(from) ? from : null,
                    List.of("portolan region retire " + region.region() + " --final"));
        }
        var unseen = sight.vantage().since();
        var wrong = unseen == null || unseen.isBefore(region.since()) ? region.since() : unseen;
        if (unseen != null && !now.isBefore(wrong.plus(plan.timeout()))) {
            return held(
                    region,
                    "probes: " + notSeen(plan, sight) + " (for " + text(plan.timeout()) + ")",
                    List.of(seen(sight)),
                    now);
        }
        return watched(region, plan, plan.dark(), sight, now)
                .or(() -> mayMove(region, plan, sight, now))
                .orElseGet(() -> entered(
                        region.afresh(),
                        RegionState.CANARY,
                        "good for " + text(region.good()) + "; its first users: " + plan.percent(0),
                        List.of(seen(sight), sight.health().text()),
                        now));
    }

    private static BringUpStep canary(BringUp region, BringUpPlan plan, Sight sight, Instant now) {
        if (sight.health().verdict() == Sight.Health.Verdict.WORSE) {
            return setBack(
                    region.afresh().enter(RegionState.DARK, sight.health().text(), now),
                    "back to DARK: " + sight.health().text());
        }
        return watched(region, plan, plan.canary(), sight, now)
                .or(() -> mayMove(region, plan, sight, now))
                .orElseGet(() -> new Change(
                        Kind.ENTERED,
                        region.at(1, "ramps to " + plan.percent(1), now),
                        "good with its first users; ramps to " + plan.percent(1),
                        List.of(seen(sight), sight.health().text())));
    }

    private static BringUpStep ramping(BringUp region, BringUpPlan plan, Sight sight, Instant now) {
        if (sight.health().verdict() == Sight.Health.Verdict.WORSE) {
            var why = sight.health().text();
            int back = Math.max(1, region.step() - 1);
            return region.setbacks() == 0 && region.step() > 1
                    ? setBack(region.setBack().at(back, why, now), "back to " + plan.percent(back) + ": " + why)
                    : setBack(region.afresh().enter(RegionState.DARK, why, now), "back to DARK: " + why);
        }
        var waits = watched(region, plan, plan.soak(), sight, now);
        if (waits.isPresent()) {
            return waits.get();
        }
        int last = plan.shares().size() - 1;
        if (region.step() >= last) {
            return entered(
                    region,
                    RegionState.LIVE,
                    "good with all of its users",
                    List.of(seen(sight), sight.health().text()),
                    now);
        }
        return mayMove(region, plan, sight, now)
                .orElseGet(() -> new Change(
                        Kind.ENTERED,
                        region.at(region.step() + 1, "ramps to " + plan.percent(region.step() + 1), now),
                        "ramps to " + plan.percent(region.step() + 1),
                        List.of(seen(sight), sight.health().text())));
    }

    private static String seen(Sight sight) {
        return "good from " + sight.vantage().good() + " of " + sight.vantage().places() + " places";
    }

    /** Counts good time; empty when there is enough of it. After anything that was wrong it counts from nothing again. */
    private static Optional<BringUpStep> watched(
            BringUp region, BringUpPlan plan, Duration required, Sight sight, Instant now) {
        var why = unseen(region, plan, sight);
        if (why.isPresent()) {
            return Optional.of(
                    region.tickedAt() == null && region.good().isZero()
                            ? new Wait(region.state() + ": " + why.get(), null, ENGINE)
                            : setBack(
                                    region.good(Duration.ZERO, null),
                                    "good time begins again after " + text(region.good()) + ": " + why.get()));
        }
        var ticked = region.tickedAt();
        var left = cells(sight).stream().filter(cell -> !cell.isSettled()).findFirst();
        if (left.isPresent()) {
            // What is on its way is no fault: rollouts go on all the time. Only no time is counted meanwhile.
            var what = left.get().extension() + " is " + left.get().state() + ": "
                    + left.get().text();
            return Optional.of(
                    ticked == null
                            ? new Wait(
                                    region.state() + ": good for " + text(region.good()) + ", not counting: " + what,
                                    null,
                                    NODE)
                            : new Change(Kind.TICKED, region.good(region.good(), null), what, List.of()));
        }
        if (ticked == null) {
            return Optional.of(new Change(Kind.TICKED, region.good(region.good(), now), seen(sight), List.of()));
        }
        if (region.good().compareTo(required) >= 0) {
            return Optional.empty();
        }
        var passed = Duration.between(ticked, now);
        var counted = passed.isNegative() ? Duration.ZERO : passed.compareTo(LONGEST_TICK) > 0 ? LONGEST_TICK : passed;
        var total = region.good().plus(counted);
        if (total.compareTo(required) >= 0 || counted.compareTo(TICK) >= 0 || passed.isNegative()) {
            return Optional.of(new Change(Kind.TICKED, region.good(total, now), seen(sight), List.of()));
        }
        return Optional.of(new Wait(
                region.state() + (region.state() == RegionState.DARK ? "" : " at " + plan.percent(region.step()))
                        + ": good for " + text(total) + " of " + text(required) + ", " + seen(sight) + "; "
                        + sight.health().text(),
                now.plus(required.minus(total)),
                ENGINE));
    }

    /** Why now is no good time, empty if it is. */
    private static Optional<String> unseen(BringUp region, BringUpPlan plan, Sight sight) {
        if (!sight.vantage().isGood(plan)) {
            return Optional.of(notSeen(plan, sight));
        }
        var fault = tooFaulty(sight);
        if (fault.isPresent()) {
            return fault;
        }
        return region.state() != RegionState.DARK && sight.health().verdict() == Sight.Health.Verdict.UNKNOWN
                ? Optional.of(sight.health().text())
                : Optional.empty();
    }

    private static String notSeen(BringUpPlan plan, Sight sight) {
        var vantage = sight.vantage();
        return "good from " + vantage.good() + " of " + vantage.places() + " places, " + vantage.needed(plan)
                + " are needed" + (vantage.fault().isEmpty() ? "" : ": " + vantage.fault());
    }

    /** Why it may not be given more users yet, empty if it may. */
    private static Optional<BringUpStep> mayMove(BringUp region, BringUpPlan plan, Sight sight, Instant now) {
        var first = sight.ramping().stream().min(RegionName::compareTo);
        if (region.state() == RegionState.DARK && first.isPresent()) {
            return Optional.of(
                    new Wait("waiting until " + first.get() + " has its users: one region at a time", null, ENGINE));
        }
        if (!sight.closed().isEmpty()) {
            return Optional.of(new Wait(sight.closed(), null, List.of("the calendar")));
        }
        var day = now.atZone(ZoneOffset.UTC).getDayOfWeek();
        return plan.weekdaysOnly() && !DAYS.contains(day)
                ? Optional.of(new Wait(
                        "no new users on a " + day + ": the plan moves from Monday to Thursday",
                        null,
                        List.of("the calendar")))
                : Optional.empty();
    }

    private static BringUpStep draining(BringUp region, BringUpPlan plan, Sight sight, Instant now) {
        var from = region.since().plus(plan.drain());
        if (now.isBefore(from)) {
            return new Wait("draining: resolvers still have its address", from, ENGINE);
        }
        var traffic = sight.traffic();
        if (!traffic.known() || traffic.share() >= EMPTY) {
            return new Wait(
                    traffic.known()
                            ? "draining: it still answers " + Math.round(traffic.share() * 1000) / 10.0
                                    + " % of all requests"
                            : "draining: what it still answers is not known",
                    null,
                    List.of("its users"));
        }
        return entered(region, RegionState.DARK, "it has no users left", List.of(), now);
    }

    private static BringUpStep retiring(BringUp region, Sight sight, Instant now) {
        var left = cells(sight).stream()
                .filter(cell -> cell.state() != Cell.State.ABSENT)
                .findFirst();
        if (sight.inventory() instanceof Sight.Inventory.Unknown unknown) {
            return new Wait("retiring: what it has cannot be read: " + unknown.why(), null, OPERATORS);
        }
        return left.isPresent()
                ? new Wait("retiring: it still has " + left.get().extension(), null, ENGINE)
                : entered(region, RegionState.RETIRED, "its keys are revoked", List.of(), now);
    }

    private static List<Check> in(List<Check> checks, Check.Result result) {
        return checks.stream().filter(check -> check.result() == result).toList();
    }

    private static List<String> texts(List<Check> checks) {
        return checks.stream().map(Check::toString).toList();
    }

    private static Change entered(BringUp region, RegionState next, String why, List<String> evidence, Instant now) {
        return new Change(Kind.ENTERED, region.enter(next, why, now), why, evidence);
    }

    private static Change held(BringUp region, String why, List<String> evidence, Instant now) {
        return new Change(Kind.HELD, region.held(why, now), "held in " + region.state() + ": " + why, evidence);
    }

    private static Change setBack(BringUp region, String why) {
        return new Change(Kind.SET_BACK, region, why, List.of());
    }

    private static BringUpStep waitOrHold(
            BringUp region, BringUpPlan plan, String what, Instant progressAt, List<String> actors, Instant now) {
        var limit = progressAt.plus(plan.timeout());
        return now.isBefore(limit)
                ? new Wait(what, limit, actors)
                : held(region, what + " (nothing moved for " + text(plan.timeout()) + ")", List.of(), now);
    }

    /** A length of time as people read it: {@code 45 s}, {@code 30 min}, {@code 24 h}. */
    public static String text(Duration span) {
        long seconds = span.toSeconds();
        return seconds < 120
                ? seconds + " s"
                : span.toMinutes() < 120 ? span.toMinutes() + " min" : span.toHours() + " h";
    }

    /** A number of bytes as people read it: {@code 912 bytes}, {@code 14.2 KiB}, {@code 1.1 GiB}. */
    public static String size(long bytes) {
        if (bytes < KIBI) {
            return bytes + " bytes";
        }
        double value = bytes;
        var unit = "bytes";
        for (var next : List.of("KiB", "MiB", "GiB", "TiB")) {
            if (value < KIBI) {
                break;
            }
            value /= KIBI;
            unit = next;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, unit);
    }
}
