package io.portolan.control;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.document.Delivery;
import io.portolan.planner.rollout.Observation;
import io.portolan.planner.rollout.Rollout;
import io.portolan.protocol.EdgeWarmth;
import io.portolan.storage.Reader;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Waits until regions that hold a new version have asked their CDNs for what its page begins with, before the rollout goes on. Thread-safe.
 *
 * <p>The asking is each region node's own ({@code region/EdgeWarming}), from where its users are; this reads what they tell. Nothing
 * depends on it: a region holds a rollout up as long as the environment's settings say, counted from when it held the version first, and not
 * a moment longer; one whose node tells nothing of warming holds nothing up.
 */
final class CdnWarming implements Warming {
    private static final int REMEMBERED = 256;

    private final RegionInspector inspector;
    private final BooleanSupplier engine;

    /** By rollout. */
    private final Map<String, Watched> watched = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Watched> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** @param engine whether this process is the one that runs rollouts */
    CdnWarming(RegionInspector inspector, BooleanSupplier engine) {
        this.inspector = inspector;
        this.engine = engine;
    }

    /** What is known of one rollout. */
    private static final class Watched {
        /** Until when each region may hold it up. */
        private final Map<RegionName, Instant> until = new TreeMap<>();
        /** What was done, by CDN. */
        private final Map<String, String> told = new TreeMap<>();
    }

    /** What regions tell of one CDN. */
    private static final class Sum {
        private int files;
        private int right = Integer.MAX_VALUE;
        private int over;
        private final List<String> waiting = new ArrayList<>();

        void add(EdgeWarmth warmth) {
            over++;
            files = Math.max(files, warmth.files());
            right = Math.min(right, warmth.right());
        }

        String text(String cdn) {
            return "CDN " + cdn + ": " + (over == 0 ? 0 : right) + " of " + files
                    + " entry files fetched through it, from " + over + (over == 1 ? " region" : " regions");
        }
    }

    @Override
    public List<String> blockers(Reader reader, Rollout rollout, Observation observed, Instant now) {
        if (!engine.getAsBoolean() || rollout.kind() == RolloutKind.ROLLBACK) {
            return List.of();
        }
        var environment = Lookup.environment(reader, rollout.environment());
        var limit = environment.breaker().warming();
        var delivery = CdnBreakers.applied(reader, rollout.environment(), environment.breaker());
        if (limit.isZero()
                || delivery.breaker() == Delivery.Breaker.OFF
                || delivery.cdns().isEmpty()) {
            return List.of();
        }
        var holding = rollout.regions().stream()
                .filter(region -> observed.of(region).holds())
                .toList();
        if (holding.isEmpty()) {
            return List.of();
        }
        var nodes = Table.NODES.list(reader, "").stream()
                .map(Table.Row::value)
                .filter(node -> node.kind().equals("region")
                        && node.environment().equals(rollout.environment())
                        && node.isPart()
                        && holding.contains(node.region()))
                .toList();
        synchronized (watched) {
            var known = watched.computeIfAbsent(rollout.id(), first -> new Watched());
            holding.forEach(region -> known.until.putIfAbsent(region, now.plus(limit)));
            var waiting = new ArrayList<String>();
            for (var cdn : delivery.cdns()) {
                // One that was taken away is warmed by its way back.
                if (delivery.share(cdn) > 0) {
                    var sum = sum(nodes, rollout, cdn, known, now);
                    known.told.put(cdn.name(), sum.text(cdn.name()));
                    if (!sum.waiting.isEmpty()) {
                        waiting.add("entry files are on their way: " + sum.text(cdn.name()) + ", not yet from "
                                + String.join(", ", sum.waiting));
                    }
                }
            }
            return waiting;
        }
    }

    private Sum sum(List<Records.Node> nodes, Rollout rollout, Delivery.Cdn cdn, Watched known, Instant now) {
        var key = EdgeWarmth.key(rollout.extension().value(), rollout.version().value());
        var sum = new Sum();
        for (var node : nodes) {
            var seen = inspector.latest(node.url());
            var until = known.until.getOrDefault(node.region(), now);
            if (seen.isPresent() && seen.get().warmed() == null) {
                // Of an older build.
                continue;
            }
            var warmth = seen.map(NodeObservation::warmed)
                    .map(told -> EdgeWarmth.of(told, key, cdn.name()))
                    .orElse(EdgeWarmth.NOTHING);
            if (warmth.over()) {
                sum.add(warmth);
            } else if (now.isBefore(until)) {
                sum.waiting.add(node.region() + " (until " + until.truncatedTo(ChronoUnit.SECONDS) + " at most)");
            }
        }
        return sum;
    }

    @Override
    public List<String> told(String rolloutId) {
        synchronized (watched) {
            var known = watched.get(rolloutId);
            return known == null ? List.of() : List.copyOf(known.told.values());
        }
    }
}
