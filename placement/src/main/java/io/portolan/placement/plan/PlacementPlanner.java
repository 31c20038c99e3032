package io.portolan.placement.plan;

import io.portolan.placement.latency.InteractionTime;
import io.portolan.placement.latency.RoundTrips;
import io.portolan.placement.plan.Placement.Lens;
import io.portolan.placement.plan.Placement.Recommended;
import io.portolan.placement.plan.Placement.RegionBody;
import io.portolan.placement.plan.Placement.Served;
import io.portolan.placement.workload.Interaction;
import io.portolan.placement.workload.Workload;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Plans a workload: every interaction by itself, the session as a whole, and one plan for all. Pure: same workload, same plan. */
public final class PlacementPlanner {
    /** Name of the lens that sums a session. */
    public static final String SESSION = "whole session";

    private final Workload workload;
    private final RoundTrips roundTrips;
    private final Scene whole;
    private final List<Scene> scenes = new ArrayList<>();
    private final List<FrontierPlanner> frontiers = new ArrayList<>();
    private final List<Lens> lenses = new ArrayList<>();

    private PlacementPlanner(Workload workload) {
        this.workload = workload;
        this.roundTrips = RoundTrips.of(
                workload.network(), workload.demand(), workload.choice().candidates());
        for (var interaction : workload.interactions()) {
            scenes.add(new Scene(workload, roundTrips, interaction.name(), List.of(interaction)));
        }
        if (scenes.size() > 1) {
            scenes.add(new Scene(workload, roundTrips, SESSION, workload.interactions()));
        }
        whole = scenes.getLast();
    }

    /** The plan. Takes seconds for 60 regions and 230 countries. */
    public static Placement plan(Workload workload) {
        return new PlacementPlanner(workload).plan();
    }

    private Placement plan() {
        var uncertainty = new Uncertainty(
                roundTrips,
                workload.network(),
                whole.places().size(),
                whole.regions().size());
        var p95Plans = new P95Plans(whole, roundTrips);
        for (var scene : scenes) {
            frontiers.add(new FrontierPlanner(scene, uncertainty, p95Plans));
        }
        // Each search by itself is the same on any number of cores; the percentiles' plans build on one another, so
        // they go in order.
        frontiers.parallelStream().forEach(FrontierPlanner::search);
        frontiers.forEach(frontier -> lenses.add(frontier.plan()));
        var sites = recommended();
        boolean meets = sites.length > 0 && scenes.stream().allMatch(scene -> scene.meets(sites));
        var current =
                sites(workload.choice().current().stream().map(Object::toString).toList());
        var base = current.length > 0 ? current : sites;
        var changes = new Changes(whole);
        var recommended = new Recommended(whole.names(sites), whole.cost(sites), meets, reason(sites, meets));
        var losses = sites.length == 0 ? List.<Placement.Loss>of() : new Losses(whole).of(sites);
        var next = changes.next(base);
        var drop = changes.drop(base);
        var draft = new Placement(
                workload.name(),
                workload.demandSource(),
                whole.total(),
                recommended,
                lenses,
                losses,
                next,
                drop,
                whole.names(base),
                served(sites),
                regions(),
                List.of(),
                assumptions());
        return new Placement(
                draft.name(),
                draft.demandSource(),
                draft.users(),
                recommended,
                lenses,
                losses,
                next,
                drop,
                draft.base(),
                draft.places(),
                draft.regions(),
                Explanation.of(draft, workload),
                draft.assumptions());
    }

    /**
     * The smallest plan found that keeps every target of every interaction; without targets, the smallest whose mean over the
     * session is near enough to the best there is. None that keeps them: the largest number's best, which says so.
     */
    private int[] recommended() {
        var wholeLens = lenses.getLast();
        if (wholeLens.frontier().isEmpty()) {
            return new int[0];
        }
        if (workload.interactions().stream().anyMatch(Interaction::hasTarget)) {
            var all = new ArrayList<int[]>();
            frontiers.forEach(frontier -> {
                all.addAll(frontier.byMean());
                all.addAll(frontier.byP95());
            });
            Optional<int[]> best = all.stream()
                    .filter(sites -> scenes.stream().allMatch(scene -> scene.meets(sites)))
                    .min(Comparator.comparingInt((int[] sites) -> sites.length)
                            .thenComparingDouble(sites -> whole.rules().value(sites)));
            return best.orElseGet(() -> frontiers.getLast().byMean().getLast());
        }
        int needs = wholeLens.needs();
        return frontiers.getLast().byMean().stream()
                .filter(sites -> sites.length == needs)
                .findFirst()
                .orElseGet(() -> frontiers.getLast().byMean().getLast());
    }

    private String reason(int[] sites, boolean meets) {
        if (sites.length == 0) {
            return lenses.getLast().reason();
        }
        if (workload.interactions().stream().noneMatch(Interaction::hasTarget)) {
            return lenses.getLast().reason();
        }
        var count = Words.regions(sites.length);
        return meets
                ? "the fewest found that keep every target"
                : "no plan found with up to " + count + " keeps every target; this one has the least mean";
    }

    private int[] sites(List<String> names) {
        return names.stream()
                .mapToInt(name -> IntStream.range(0, whole.regions().size())
                        .filter(j -> whole.regions().get(j).name().value().equals(name))
                        .findFirst()
                        .orElse(-1))
                .filter(site -> site >= 0)
                .toArray();
    }

    private List<Served> served(int[] sites) {
        var served = new ArrayList<Served>();
        for (int i = 0; i < whole.places().size(); i++) {
            int server = whole.server(i, sites);
            if (server < 0) {
                continue;
            }
            int backup = whole.server(i, Scene.without(sites, server));
            var place = whole.places().get(i);
            double rtt = roundTrips.millis(i, server);
            served.add(new Served(
                    place.code(),
                    place.label(),
                    place.location().latitude(),
                    place.location().longitude(),
                    place.weight() / whole.total(),
                    whole.regions().get(server).name().value(),
                    rtt,
                    roundTrips.layer(i, server).name(),
                    scenes.stream().map(scene -> scene.millis(rtt)).toList(),
                    backup < 0 ? "" : whole.regions().get(backup).name().value()));
        }
        served.sort(Comparator.comparingDouble(Served::share).reversed());
        return served;
    }

    private List<RegionBody> regions() {
        return whole.regions().stream()
                .map(region -> new RegionBody(
                        region.name().value(),
                        region.displayName(),
                        region.location().latitude(),
                        region.location().longitude(),
                        workload.choice().cost(region.name())))
                .toList();
    }

    private List<String> assumptions() {
        var network = workload.network();
        var said = new ArrayList<String>();
        said.add("Round trips: " + (network.measured().isEmpty() ? "" : "measured where the workload brings figures; ")
                + (network.regionTable()
                        ? "to the nearest region by distance, then the table of round trips between regions (Azure,"
                                + " P50, 2026-07); else "
                        : "")
                + Words.time(network.baseMillis()) + " + " + network.per1000KmMillis()
                + " ms for 1,000 km (fit of that table)"
                + "; " + Words.time(network.accessMillis()) + " for users' access networks.");
        said.add("Transfers: slow start from 10 segments (RFC 6928), then " + mbit(network.upMbit()) + " up and "
                + mbit(network.downMbit()) + " down or what a loss of "
                + BigDecimal.valueOf(network.lossRate())
                        .movePointRight(2)
                        .stripTrailingZeros()
                        .toPlainString() + " %"
                + " leaves (Mathis 1997; CUBIC, RFC 9438); a new connection costs " + (1 + network.tlsRoundTrips())
                + " round trips; a CDN answers its share in " + Words.time(network.cdnMillis()) + ".");
        said.add("Users of a country are taken to be at one point: far off in the largest countries.");
        said.add("Bands hold 90 of 100 drawn worlds (paths, access networks and rates vary; fixed seed); as more varies"
                + " in them, a p95 may lie below its band.");
        for (var interaction : workload.interactions()) {
            said.add(interaction.name() + ": " + what(interaction) + "; takes "
                    + Words.time(InteractionTime.millis(interaction, network, 20)) + " at 20 ms and "
                    + Words.time(InteractionTime.millis(interaction, network, 150)) + " at 150 ms.");
        }
        return said;
    }

    private static String mbit(double rate) {
        return (rate == Math.rint(rate) ? String.valueOf((long) rate) : String.valueOf(rate)) + " Mbit/s";
    }

    private static String what(Interaction interaction) {
        var parts = new ArrayList<String>();
        if (interaction.serialCalls() > 0) {
            parts.add(interaction.serialCalls() + " calls one after another");
        }
        if (interaction.parallelCalls() > 0) {
            parts.add(interaction.parallelCalls() + " calls, " + interaction.parallelism() + " at a time");
        }
        if (interaction.bytesUp() > 0) {
            parts.add(size(interaction.bytesUp()) + " up");
        }
        if (interaction.bytesDown() > 0) {
            parts.add(size(interaction.bytesDown()) + " down");
        }
        if (interaction.cacheShare() > 0) {
            parts.add(Words.share(interaction.cacheShare()) + " from a CDN");
        }
        return String.join(", ", parts);
    }

    private static String size(double bytes) {
        return bytes >= 1e6
                ? Math.round(bytes / 1e5) / 10.0 + " MB"
                : bytes >= 1e3 ? Math.round(bytes / 1e2) / 10.0 + " KB" : Math.round(bytes) + " B";
    }
}
