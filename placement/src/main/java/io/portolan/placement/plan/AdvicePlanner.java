package io.portolan.placement.plan;

import io.portolan.model.RegionName;
import io.portolan.placement.data.CloudRegion;
import io.portolan.placement.data.Place;
import io.portolan.placement.latency.RoundTrips;
import io.portolan.placement.optimise.ExactSearch;
import io.portolan.placement.optimise.LocalSearch;
import io.portolan.placement.workload.Choice;
import io.portolan.placement.workload.Interaction;
import io.portolan.placement.workload.Network;
import io.portolan.placement.workload.Workload;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Judges the placement of a running extension by its records. Pure. */
public final class AdvicePlanner {
    private static final long NODES = 500;
    private static final int USERS_SHOWN = 50;
    /** A longer view that nobody notices: 1 % and what clocks cannot tell. */
    private static final double SAME = 1.01;

    private final Asked asked;
    private final Workload workload;
    private final RoundTrips roundTrips;
    private final Scene rtt;
    private final Scene view;
    private final int[] current;

    /**
     * What is judged.
     *
     * @param source     what was read, for people
     * @param places     where the users are, weighted by requests, not empty
     * @param network    with round trips that the director measured or estimated
     * @param candidates regions to choose from; today's are among them
     * @param current    where it is served today, not empty
     */
    public record Asked(
            String extension,
            String source,
            long requests,
            long unlocated,
            List<Place> places,
            Network network,
            List<CloudRegion> candidates,
            List<RegionName> current,
            Usage usage,
            double thresholdMillis) {}

    private AdvicePlanner(Asked asked) {
        this.asked = asked;
        var choice = new Choice(
                asked.candidates(),
                Set.of(),
                asked.current(),
                asked.candidates().size(),
                Map.of(),
                Double.POSITIVE_INFINITY,
                List.of(),
                false);
        workload = new Workload(
                asked.extension(),
                asked.places(),
                asked.source(),
                asked.usage().interactions(0),
                asked.network(),
                choice);
        roundTrips = RoundTrips.of(asked.network(), asked.places(), asked.candidates());
        rtt = new Scene(workload, roundTrips, "round trip", List.of(roundTrip()));
        view = new Scene(workload, roundTrips, "view", workload.interactions());
        current = IntStream.range(0, asked.candidates().size())
                .filter(j -> asked.current().contains(asked.candidates().get(j).name()))
                .toArray();
        if (current.length == 0) {
            throw new IllegalArgumentException("advising on " + asked.extension() + ": served in " + asked.current()
                    + " (expected: one or more of the candidates)");
        }
    }

    /** The advice. */
    public static Advice advise(Asked asked) {
        return new AdvicePlanner(asked).advise();
    }

    /** One call without a body: its time is the round trip. */
    private static Interaction roundTrip() {
        return new Interaction(
                "round trip", 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, false, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    private Advice advise() {
        var users = users();
        double extra =
                users.stream().mapToDouble(one -> one.share() * one.extra()).sum();
        double affected = users.stream()
                .filter(one -> one.extra() > asked.thresholdMillis())
                .mapToDouble(Advice.Users::share)
                .sum();
        var changes = new Changes(view);
        var add = changes.next(current).stream()
                .filter(change -> change.mean() < -0.05)
                .toList();
        var drop = current.length < 2 ? List.<Placement.Change>of() : changes.drop(current);
        var cdn = cdn();
        var verdict = verdict(affected);
        return new Advice(
                asked.extension(),
                asked.source(),
                asked.requests(),
                asked.requests() == 0 ? 0 : (double) asked.unlocated() / asked.requests(),
                rtt.names(current),
                asked.thresholdMillis(),
                extra,
                affected,
                verdict,
                add,
                drop,
                cdn,
                users.stream().limit(USERS_SHOWN).toList(),
                explain(verdict, add, drop, cdn));
    }

    private List<Advice.Users> users() {
        var users = new ArrayList<Advice.Users>();
        for (int i = 0; i < asked.places().size(); i++) {
            int now = rtt.server(i, current);
            int best = rtt.server(i, rtt.all());
            var place = asked.places().get(i);
            users.add(new Advice.Users(
                    place.label(),
                    place.weight() / rtt.total(),
                    asked.candidates().get(now).name().value(),
                    roundTrips.millis(i, now),
                    asked.candidates().get(best).name().value(),
                    roundTrips.millis(i, now) - roundTrips.millis(i, best)));
        }
        users.sort(Comparator.comparingDouble(Advice.Users::share).reversed());
        return users;
    }

    private String verdict(double affected) {
        var limit = Words.time(asked.thresholdMillis());
        return affected > 0
                ? "its placement costs " + Words.share(affected) + " of the users more than " + limit
                        + " in each round trip"
                : "its placement costs no user more than " + limit + " in a round trip";
    }

    /** The fewest regions with which a view takes no longer than today once a CDN gives the content. */
    private Advice.Cdn cdn() {
        var scene = new Scene(workload, roundTrips, "view", asked.usage().interactions(Usage.CDN_SHARE));
        double today = view.figures(current).mean();
        for (int k = 1; k <= current.length; k++) {
            var start = LocalSearch.greedy(new int[0], k, scene.regions().size(), scene::value);
            var found = ExactSearch.best(scene.rules(), k, List.of(start), NODES);
            if (found.exists() && found.value() <= today * SAME) {
                var sites = found.sites().stream().mapToInt(Integer::intValue).toArray();
                return new Advice.Cdn(scene.names(sites), today, found.value());
            }
        }
        return new Advice.Cdn(List.of(), today, -1);
    }

    private List<String> explain(
            String verdict, List<Placement.Change> add, List<Placement.Change> drop, Advice.Cdn cdn) {
        var said = new ArrayList<String>();
        said.add("Of " + asked.requests() + " requests (" + asked.source() + "): " + verdict + ".");
        if (asked.unlocated() > 0) {
            said.add(asked.unlocated()
                    + " requests came from clients that the location source does not know; they are left out.");
        }
        said.add(
                add.isEmpty()
                        ? "No other candidate region would help."
                        : "The region that would help most is " + add.getFirst().region() + ": a view takes "
                                + Words.time(-add.getFirst().mean()) + " less on average, for "
                                + Words.share(add.getFirst().affected()) + " of the users.");
        var free = drop.stream()
                .filter(change -> change.mean() <= view.figures(current).mean() * (SAME - 1))
                .toList();
        said.add(
                free.isEmpty()
                        ? "It needs each of its regions."
                        : "It could do without " + free.getFirst().region() + ": a view takes "
                                + Words.time(free.getFirst().mean()) + " longer on average.");
        said.add(
                cdn.regions().isEmpty()
                        ? "A CDN for its static content would not make up for fewer regions."
                        : "A CDN for its static content plus "
                                + Words.regions(cdn.regions().size()) + " ("
                                + Words.list(cdn.regions()) + ") would be no slower than today: "
                                + Words.time(cdn.then())
                                + " instead of " + Words.time(cdn.today()) + " a view (its calls go there by CORS).");
        return said;
    }
}
