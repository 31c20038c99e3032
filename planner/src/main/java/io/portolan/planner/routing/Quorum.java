package io.portolan.planner.routing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What several observers agree on. Pure: same arguments, same judgement.
 *
 * <ul>
 *   <li>(A) A report older than its life, or of an observer that was stalled, does not count.
 *   <li>(B) An observer that sees everybody, or all but few (a fifth), down is itself sick and does not count, unless every observer that
 *       is heard sees the same and they stand at two places at least: then it is the world.
 *   <li>(C) Fewer than half of the observers that are known, counted by place: a partitioned minority. It does not vote; what was judged
 *       last stands.
 *   <li>(D) Of those that count, the majority of those with an opinion on a target decides; a draw leaves what was judged last. An
 *       observer has no say on the place where it stands.
 *   <li>(E) A target that nobody has an opinion on keeps what was judged last, or is being checked.
 *   <li>(F) Half of the targets, rounded up, is the most that a majority takes away. Beyond that all that count must agree, from two
 *       places at least; else the target keeps what was judged last.
 * </ul>
 */
public final class Quorum {
    private static final int FEW = 5;

    private Quorum() {}

    /**
     * What was judged.
     *
     * @param health   by target
     * @param counted  observers that counted
     * @param excluded others with the reason, by observer
     * @param quorate  whether they were enough to change anything
     * @param spared   targets that a majority sees down and that are served nevertheless, because too many are down already
     */
    public record Judgement(
            Map<String, EndpointHealth> health,
            Set<String> counted,
            Map<String, String> excluded,
            boolean quorate,
            Set<String> spared) {
        public Judgement {
            spared = Set.copyOf(spared);
            health = Map.copyOf(health);
            counted = Set.copyOf(counted);
            excluded = Map.copyOf(excluded);
        }
    }

    /**
     * Judges.
     *
     * @param reports last report of each observer
     * @param places  places of all observers that are known, heard of now or not
     * @param life    age from which a report does not count
     * @param before  what was judged last, by target
     */
    public static Judgement judge(
            Collection<ObserverReport> reports, Set<String> places, Duration life, Map<String, EndpointHealth> before) {
        var excluded = new HashMap<String, String>();
        var heard = new ArrayList<ObserverReport>();
        for (var report : reports) {
            if (report.age().compareTo(life) > 0) {
                excluded.put(report.observer(), "was last heard " + report.age().toMillis() + " ms ago"); // A
            } else if (report.stalled()) {
                excluded.put(report.observer(), "was stalled itself"); // A
            } else {
                heard.add(report);
            }
        }
        var counted = healthy(heard, excluded);
        var voices = new TreeSet<String>();
        counted.forEach(report -> voices.add(report.place()));
        var known = new TreeSet<>(places);
        known.addAll(voices);
        boolean quorate = !voices.isEmpty() && 2 * voices.size() >= known.size();
        var health = new HashMap<>(before);
        var spared = quorate ? vote(counted, before, health) : Set.<String>of();
        var names = new TreeSet<String>();
        counted.forEach(report -> names.add(report.observer()));
        return new Judgement(health, names, excluded, quorate, spared); // otherwise C
    }

    private static List<ObserverReport> healthy(List<ObserverReport> heard, Map<String, String> excluded) {
        var sick = heard.stream().filter(Quorum::isSick).toList();
        boolean isTheWorld = sick.size() == heard.size()
                && sick.stream().map(ObserverReport::place).distinct().count() > 1;
        if (sick.isEmpty() || isTheWorld) {
            return heard;
        }
        sick.forEach(report ->
                excluded.put(report.observer(), "sees " + report.bad() + " of " + report.tried() + " fail")); // B
        return heard.stream().filter(report -> !isSick(report)).toList();
    }

    private static boolean isSick(ObserverReport report) {
        return isSick(report.tried(), report.bad());
    }

    /** Whether an observer that has results of some targets, so many of them bad, should doubt itself. */
    public static boolean isSick(int tried, int bad) {
        return tried > 1 && bad >= tried - tried / FEW;
    }

    /** What observers say of one target. */
    private record Voices(String target, int up, int down, long placesDown) {
        boolean unanimous() {
            return up == 0 && placesDown > 1;
        }
    }

    private static Set<String> vote(
            List<ObserverReport> counted, Map<String, EndpointHealth> before, Map<String, EndpointHealth> health) {
        var targets = new TreeSet<String>();
        counted.forEach(report -> targets.addAll(report.seen().keySet()));
        var lost = new ArrayList<Voices>();
        for (var target : targets) {
            var voices = voices(counted, target);
            var last = before.getOrDefault(target, EndpointHealth.CHECKING);
            if (voices.down() > voices.up() && last != EndpointHealth.DEGRADED) {
                lost.add(voices);
            } else {
                health.put(target, voices.up() > voices.down() ? EndpointHealth.ONLINE : last); // D, E
            }
        }
        return take(lost, before, health);
    }

    private static Voices voices(List<ObserverReport> counted, String target) {
        int up = 0;
        int down = 0;
        var places = new TreeSet<String>();
        for (var report : counted) {
            if (report.place().equals(target)) {
                continue;
            }
            switch (report.seen().getOrDefault(target, EndpointHealth.CHECKING)) {
                case ONLINE -> up++;
                case DEGRADED -> {
                    down++;
                    places.add(report.place());
                }
                case CHECKING -> {}
            }
        }
        return new Voices(target, up, down, places.size());
    }

    /** Takes targets away, those first that everybody sees down. */
    private static Set<String> take(
            List<Voices> lost, Map<String, EndpointHealth> before, Map<String, EndpointHealth> health) {
        lost.forEach(
                voices -> health.put(voices.target(), before.getOrDefault(voices.target(), EndpointHealth.CHECKING)));
        int most = (health.size() + 1) / 2;
        long down = health.values().stream()
                .filter(state -> state == EndpointHealth.DEGRADED)
                .count();
        var spared = new TreeSet<String>();
        lost.sort(Comparator.comparing(Voices::unanimous).reversed().thenComparing(Voices::target));
        for (var voices : lost) {
            if (voices.unanimous() || down < most) {
                health.put(voices.target(), EndpointHealth.DEGRADED);
                down++;
            } else {
                spared.add(voices.target()); // F
            }
        }
        return spared;
    }
}
