package io.portolan.control;

import io.portolan.model.RegionName;
import io.portolan.model.document.Delivery;
import io.portolan.planner.cdn.CdnSight;
import io.portolan.planner.routing.ObserverReport;
import io.portolan.planner.routing.Quorum;
import io.portolan.protocol.DarkCounters;
import io.portolan.protocol.SourceCounters;
import io.portolan.storage.Reader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Gathers what region nodes see of a CDN, from the tables that they give to whoever asks. Thread-safe.
 *
 * <p>Which of them count is the rule by which directors judge regions ({@link Quorum}): not who is silent or was stalled, not who sees nearly
 * everything down, and nobody where fewer than half of the places are heard.
 */
final class CdnSights {
    /** An observer that was not heard for so long does not count. */
    static final Duration LIFE = Duration.ofSeconds(10);

    /** What browsers tell covers so much time; a younger state of a breaker is not judged by it. */
    static final Duration TOLD = Duration.ofSeconds(SourceCounters.WINDOW_SECONDS + 5L);

    private final RegionInspector inspector;

    CdnSights(RegionInspector inspector) {
        this.inspector = inspector;
    }

    /** Has the nodes of an environment asked. */
    void watch(Reader reader, ControlSettings.Environment environment) {
        inspector.observeQuietly(
                nodes(reader, environment).stream().map(Records.Node::url).toList());
    }

    /** What is known now of a CDN; {@code since}: of its breaker's state. */
    CdnSight of(Reader reader, ControlSettings.Environment environment, Delivery.Cdn cdn, Instant since, Instant now) {
        var heard = new HashMap<String, NodeObservation>();
        var places = new TreeSet<String>();
        for (var node : nodes(reader, environment)) {
            places.add(node.region().value());
            inspector.latest(node.url()).ifPresent(seen -> heard.put(node.id(), seen));
        }
        var judged = Quorum.judge(
                heard.entrySet().stream()
                        .map(entry -> report(entry.getKey(), entry.getValue(), now))
                        .toList(),
                places,
                LIFE,
                Map.of());
        var voices = new ArrayList<CdnSight.Voice>();
        long sessions = 0;
        long failing = 0;
        var failingPlaces = new TreeSet<String>();
        for (var id : new TreeSet<>(judged.counted())) {
            var seen = heard.get(id);
            var told = seen == null ? null : seen.of(cdn);
            if (seen == null || told == null) {
                continue;
            }
            voices.add(new CdnSight.Voice(id, seen.place(), told.every(), told.results(), told.fault()));
            var browsers = seen.told(cdn);
            sessions += browsers.map(SourceCounters::sessions).orElse(0);
            failing += browsers.map(SourceCounters::failing).orElse(0);
            if (browsers.map(SourceCounters::failing).orElse(0) > 0) {
                failingPlaces.add(seen.place());
            }
        }
        boolean counts = !now.isBefore(since.plus(TOLD));
        return new CdnSight(
                judged.quorate(),
                voices,
                counts ? new CdnSight.Fallbacks(sessions, failing, failingPlaces.size()) : CdnSight.Fallbacks.NONE);
    }

    /**
     * What browsers told the nodes that can be heard now of going without a CDN.
     *
     * @param places regions that were heard
     */
    record Dark(int places, DarkCounters counted) {
        /** Nobody was heard. */
        static final Dark UNHEARD = new Dark(0, DarkCounters.NONE);
    }

    /** What is known of browsers that were drawn to ask no CDN. */
    Dark dark(Reader reader, ControlSettings.Environment environment) {
        var places = new TreeSet<String>();
        var sum = DarkCounters.NONE;
        for (var node : nodes(reader, environment)) {
            var told = inspector.latest(node.url()).map(NodeObservation::dark).orElse(null);
            if (told != null) {
                places.add(node.region().value());
                sum = sum.plus(told);
            }
        }
        return new Dark(places.size(), sum);
    }

    private static ObserverReport report(String id, NodeObservation seen, Instant now) {
        var at = seen.at();
        return new ObserverReport(
                id,
                seen.place(),
                at == null ? LIFE.plus(LIFE) : Duration.between(at, now),
                seen.stalled(),
                Map.of(),
                seen.tried(),
                seen.bad());
    }

    /** Nodes of regions that serve. */
    private static List<Records.Node> nodes(Reader reader, ControlSettings.Environment environment) {
        var here =
                environment.regions().stream().map(ControlSettings.Region::name).collect(Collectors.toSet());
        var ways = BringUps.ways(reader, environment.name());
        return Table.NODES.list(reader, "").stream()
                .map(Table.Row::value)
                .filter(node -> node.kind().equals("region")
                        && node.environment().equals(environment.name())
                        && !node.url().isEmpty()
                        && node.isPart()
                        && here.contains(node.region())
                        && isServing(node.region(), ways))
                .toList();
    }

    private static boolean isServing(RegionName region, Map<RegionName, io.portolan.planner.bringup.BringUp> ways) {
        var way = ways.get(region);
        return way == null || BringUps.isServing(way);
    }
}
