package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Controllers of a storm's versions: some versions have none, others start at once or slowly, end again and again, or never get ready.
 * They run where a node was told to run them, and for a while afterwards. One thread at a time.
 */
final class StormControllers {
    /** How those of one version behave. */
    private enum Habit {
        NONE,
        QUICK,
        SLOW,
        CRASHING,
        STUCK
    }

    private static final Duration DRAIN = Duration.ofSeconds(30);
    private static final Duration START = Duration.ofSeconds(4);

    private final Random random;
    private final Map<VersionLabel, Habit> habits = new HashMap<>();
    private final Map<RegionName, Map<VersionLabel, Duration>> started = new HashMap<>();
    private final Map<RegionName, Map<VersionLabel, Duration>> wanted = new HashMap<>();
    private final Set<RegionName> down = new HashSet<>();
    private boolean well;
    // Of its own: what runs does not mind when the clock of the control plane jumps.
    private Duration uptime = Duration.ZERO;

    StormControllers(Random random) {
        this.random = random;
    }

    /** A region's node was told to run these now. */
    void run(RegionName region, Set<VersionLabel> versions) {
        var running = started.computeIfAbsent(region, none -> new HashMap<>());
        var lastWanted = wanted.computeIfAbsent(region, none -> new HashMap<>());
        for (var version : versions) {
            running.putIfAbsent(version, uptime);
            lastWanted.put(version, uptime);
        }
        running.keySet()
                .removeIf(version -> lastWanted
                                .getOrDefault(version, Duration.ZERO)
                                .plus(DRAIN)
                                .compareTo(uptime)
                        < 0);
    }

    void pass(Duration time) {
        uptime = uptime.plus(time);
    }

    /** Those of a region fail, or are right again. */
    void trouble(RegionName region) {
        if (!down.remove(region) && random.nextInt(3) == 0) {
            down.add(region);
        }
    }

    /** From now on all of them do what they should. */
    void heal() {
        well = true;
        down.clear();
    }

    /** Regions within reach where those of a version are not ready. */
    Set<RegionName> cold(Collection<RegionName> regions, VersionLabel version, Set<RegionName> unreachable) {
        var cold = new HashSet<RegionName>();
        regions.forEach(region -> {
            if (!unreachable.contains(region) && !seen(region, version).ready()) {
                cold.add(region);
            }
        });
        return cold;
    }

    /** What nodes say of those of a version. */
    Observation.Controllers seen(RegionName region, VersionLabel version) {
        var habit = habits.computeIfAbsent(version, none -> any());
        if (habit == Habit.NONE) {
            return Observation.Controllers.NONE;
        }
        var since = started.getOrDefault(region, Map.of()).get(version);
        if (since == null) {
            return notReady("not started", "");
        }
        if (well) {
            return ready();
        }
        return switch (habit) {
            case CRASHING -> notReady("CRASH_LOOP", region + ": api ends again and again");
            case STUCK -> notReady("STARTING", "");
            case SLOW ->
                down.contains(region) || since.plus(START).compareTo(uptime) > 0 ? notReady("STARTING", "") : ready();
            case QUICK, NONE -> down.contains(region) ? notReady("UNHEALTHY", "") : ready();
        };
    }

    private Habit any() {
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> Habit.NONE;
            case 3, 4, 5 -> Habit.QUICK;
            case 6, 7 -> Habit.SLOW;
            case 8 -> Habit.CRASHING;
            default -> Habit.STUCK;
        };
    }

    private static Observation.Controllers ready() {
        return new Observation.Controllers(true, "", "", 0, 100, 0);
    }

    private static Observation.Controllers notReady(String state, String failure) {
        return new Observation.Controllers(false, "api 0/1 (" + state + ")", failure, 0, 0, 0);
    }
}
