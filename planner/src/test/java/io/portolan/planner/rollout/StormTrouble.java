package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;

/** What goes wrong in a storm beside controllers: in regions, at the gate, in the calendar; and what is seen of it. One thread at a time. */
final class StormTrouble {
    final Set<RegionName> unreachable = new HashSet<>();
    final Set<RegionName> failing = new HashSet<>();
    final List<Window> windows = new ArrayList<>();
    final List<String> blockers = new ArrayList<>();
    private final Random random;
    private final StormControllers controllers;
    private final Set<RegionName> lagging = new HashSet<>();
    private final Set<RegionName> notHolding = new HashSet<>();
    private final Set<RegionName> notReady = new HashSet<>();
    private final Map<RegionName, Integer> boots = new HashMap<>();
    private boolean troubled = true;

    StormTrouble(Random random, StormControllers controllers) {
        this.random = random;
        this.controllers = controllers;
    }

    /** Something of a kind happens in a region, or ends there; {@code kind}: 0 to 5. */
    void happen(int kind, RegionName region) {
        switch (kind) {
            case 0 -> toggle(notHolding, region, 3);
            case 1 -> toggle(lagging, region, 3);
            case 2 -> toggle(unreachable, region, 4);
            case 3 -> toggle(failing, region, 8);
            case 4 -> toggle(notReady, region, 8);
            default -> boots.merge(region, 1, Integer::sum);
        }
    }

    private void toggle(Set<RegionName> regions, RegionName region, int rare) {
        if (!regions.remove(region) && random.nextInt(rare) == 0) {
            regions.add(region);
        }
    }

    void window(Instant now) {
        if (!windows.isEmpty()) {
            windows.clear();
        } else if (random.nextInt(3) == 0) {
            windows.add(new Window(
                    "wi-1",
                    Window.Kind.DENY,
                    "",
                    "",
                    ZoneOffset.UTC,
                    Set.of(),
                    null,
                    null,
                    now,
                    now.plusSeconds(random.nextInt(1, 3000)),
                    "freeze"));
        }
    }

    void incident() {
        if (!blockers.isEmpty()) {
            blockers.clear();
        } else if (random.nextInt(3) == 0) {
            blockers.add("incident in-1 is open");
        }
    }

    /** No trouble any more. */
    void heal() {
        troubled = false;
        List.of(lagging, notHolding, unreachable, failing, notReady).forEach(Set::clear);
        windows.clear();
        blockers.clear();
    }

    /** Regions take their time to acknowledge a pointer. */
    void moved(Collection<RegionName> regions, Deployment before, Deployment after) {
        for (var region : regions) {
            if (troubled
                    && !Objects.equals(
                            before.regions().get(region), after.regions().get(region))
                    && random.nextInt(3) == 0) {
                lagging.add(region);
            }
        }
    }

    /** Flaps: it may fail and doubt at any time, but passes only with the evidence. */
    Gate gate(Instant now) {
        int luck = troubled ? Math.floorMod(now.getEpochSecond() / 20, 12) : 11;
        return (plan, evidence, at) -> switch (luck) {
            case 0 -> new Verdict(Verdict.Outcome.ERROR, "no answer", null);
            case 1 -> new Verdict(Verdict.Outcome.INCONCLUSIVE, "too few samples", null);
            case 2 -> new Verdict(Verdict.Outcome.FAIL, "errors", null);
            default -> Gate.STANDARD.decide(plan, evidence, at);
        };
    }

    Observation observation(
            Collection<RegionName> all, Instant now, Function<RegionName, Optional<VersionLabel>> wanted) {
        var regions = new HashMap<RegionName, Observation.OfRegion>();
        for (var region : all) {
            boolean out = unreachable.contains(region);
            regions.put(
                    region,
                    new Observation.OfRegion(
                            !out,
                            !out && !notHolding.contains(region),
                            region + ": lacks content or is out of reach",
                            !out && !lagging.contains(region),
                            region + ": is behind or out of reach",
                            !out && failing.contains(region) ? "quarantined" : "",
                            !out && !notReady.contains(region),
                            out ? Set.of() : Set.of("node-" + region + "/" + boots.getOrDefault(region, 1)),
                            now,
                            wanted.apply(region)
                                    .map(version -> controllers.seen(region, version))
                                    .orElse(Observation.Controllers.NONE)));
        }
        return new Observation(regions, Map.of());
    }
}
