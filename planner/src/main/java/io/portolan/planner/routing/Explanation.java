package io.portolan.planner.routing;

import io.portolan.planner.routing.RoutingDecision.Candidate;
import io.portolan.planner.routing.Trace.Why;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Puts one recorded decision into words. One use. */
final class Explanation {
    private final CompiledProfile profile;
    private final ClientNetwork network;
    private final RecordedTrace trace;
    private final Choice choice;
    private final Set<Integer> chosen = new LinkedHashSet<>();
    private final List<Leaf> leaves = new ArrayList<>();

    /**
     * A leaf with where it stands.
     *
     * @param visited whether the decision came to its profile
     */
    private record Leaf(CompiledEndpoint endpoint, ProfileNode node, int entry, boolean visited) {
        int region() {
            return node.entries.get(entry).region();
        }
    }

    Explanation(CompiledProfile profile, ClientNetwork network, RecordedTrace trace, Choice choice) {
        this.profile = profile;
        this.network = network;
        this.trace = trace;
        this.choice = choice;
        for (int i = 0; i < choice.count(); i++) {
            chosen.add(choice.endpoint(i));
        }
        var visited = new HashSet<ProfileNode>();
        visited.add(profile.root());
        profile.root().settled().ifPresent(visited::add);
        trace.taken().forEach(step -> {
            var entry = step.node().entries.get(step.entry());
            visited.addAll(entry.child());
        });
        collect(profile.root(), visited);
    }

    private void collect(ProfileNode node, Set<ProfileNode> visited) {
        for (int i = 0; i < node.entries.size(); i++) {
            var entry = node.entries.get(i);
            if (entry.leaf() >= 0) {
                leaves.add(new Leaf(profile.endpoints().get(entry.leaf()), node, i, visited.contains(node)));
            } else if (!(node instanceof TurningNode)
                    || visited.contains(entry.child().getFirst())) {
                // Of a profile and the one that it replaces, the client's alone.
                collect(entry.child().getFirst(), visited);
            }
        }
    }

    RoutingDecision decision() {
        var candidates = new ArrayList<Candidate>();
        chosen.forEach(number -> leaves.stream()
                .filter(leaf -> leaf.endpoint().index() == number)
                .forEach(leaf -> candidates.add(candidate(leaf, ""))));
        leaves.stream()
                .filter(leaf -> !chosen.contains(leaf.endpoint().index()))
                .sorted(Comparator.comparingDouble((Leaf leaf) -> rtt(leaf.region())))
                .sorted(Comparator.comparing(leaf -> !leaf.endpoint().state().eligible()))
                .forEach(leaf -> candidates.add(candidate(leaf, rejection(leaf))));
        others(candidates);
        return new RoutingDecision(choice.outcome(), candidates, path(), reason(candidates), choice.scopePrefix());
    }

    private double rtt(int region) {
        return region < 0 ? Double.NaN : network.rttMillis(region);
    }

    private Candidate candidate(Leaf leaf, String rejection) {
        int region = leaf.region();
        boolean isRegion = leaf.endpoint().target() instanceof io.portolan.model.document.Endpoint.InRegion;
        var version = isRegion && region >= 0
                ? profile.extension()
                        .pointer(profile.regions().name(region))
                        .map(pointer -> pointer.version().value())
                        .orElse("")
                : "";
        return new Candidate(
                leaf.endpoint().label(),
                isRegion,
                rtt(region),
                region < 0 ? "no region" : network.source(region),
                leaf.endpoint().state(),
                version,
                rejection);
    }

    private String rejection(Leaf leaf) {
        if (!leaf.endpoint().note().isEmpty()) {
            return leaf.endpoint().note();
        }
        if (!leaf.visited()) {
            return switch (leaf.endpoint().state()) {
                case DEGRADED -> Why.DEGRADED.text();
                case DISABLED -> Why.DISABLED.text();
                case STOPPED, ONLINE, CHECKING, UNMONITORED -> "belongs to a profile that was not taken";
            };
        }
        var why = trace.passed(leaf.node()).get(leaf.entry());
        if (why != null) {
            return why.text();
        }
        var best = label(leaf.node());
        return switch (leaf.endpoint().state()) {
            case DISABLED -> Why.DISABLED.text();
            case DEGRADED -> leaf.node().allDegraded ? "comes after " + best : Why.DEGRADED.text();
            case STOPPED -> Why.STOPPED.text();
            case ONLINE, CHECKING, UNMONITORED ->
                switch (leaf.node()) {
                    case PerformanceNode byLatency ->
                        network.known() ? "is farther than " + best : "comes after " + best + " in the declared order";
                    case PriorityNode priority -> "comes after " + best;
                    case WeightedNode weighted -> "was not drawn";
                    case GeographicNode geographic -> "is not mapped to where the client is";
                    case MultiValueNode many -> "is one more than are answered together";
                    case SubnetNode subnet -> "does not have the client's address in its ranges";
                    case TurningNode turning -> "belongs to a profile that was not taken";
                };
        };
    }

    /** What was taken of a profile. */
    private String label(ProfileNode node) {
        return trace.taken().stream()
                .filter(step -> step.node().equals(node))
                .map(step -> step.node().entries.get(step.entry()).name())
                .findFirst()
                .orElse("none");
    }

    /** Regions of the environment that are no endpoint. */
    private void others(List<Candidate> candidates) {
        var named = new HashSet<String>();
        candidates.stream().filter(Candidate::isRegion).forEach(candidate -> named.add(candidate.label()));
        for (int position = 0; position < profile.regions().size(); position++) {
            int number = network.regionAt(position);
            var name = profile.regions().name(number);
            if (!named.contains(name.value())) {
                var pointer = profile.extension().pointer(name);
                candidates.add(new Candidate(
                        name.value(),
                        true,
                        network.rttMillis(number),
                        network.source(number),
                        EndpointState.STOPPED,
                        pointer.map(given -> given.version().value()).orElse(""),
                        pointer.isPresent()
                                ? "is no endpoint of the profile"
                                : "has no version of " + profile.extension().name()));
            }
        }
    }

    private List<String> path() {
        var path = new ArrayList<String>();
        for (var step : trace.taken()) {
            var entry = step.node().entries.get(step.entry());
            path.add(step.node().method() + ": " + entry.name() + " "
                    + step.why().text());
        }
        return path;
    }

    private String reason(List<Candidate> candidates) {
        var extension = profile.extension().name();
        switch (choice.outcome()) {
            case NO_NAME -> {
                return "the profile of " + extension + " is switched off";
            }
            case NO_DATA -> {
                boolean nowhere = leaves.stream()
                        .noneMatch(leaf -> leaf.endpoint().state().eligible());
                return nowhere
                        ? "no live region serves " + extension
                        : "no answer for " + extension + ": "
                                + (trace.empty().isEmpty()
                                        ? Why.STOPPED.text()
                                        : trace.empty().getLast().text());
            }
            case ENDPOINTS -> {}
        }
        var last = trace.taken().getLast();
        var text = new StringBuilder(String.join(
                        ", ",
                        candidates.stream()
                                .limit(chosen.size())
                                .map(Candidate::label)
                                .toList()))
                .append(
                        chosen.size() > 1
                                ? " are answered together for "
                                : " " + last.why().text() + " of those that serve ")
                .append(extension);
        if (last.node().allDegraded) {
            text.append("; all that serve it are down, so health is ignored");
        } else if (last.node().entries.get(last.entry()).state() == EndpointState.DEGRADED) {
            text.append("; it is down, and this method has no failover");
        } else if (chosen.size() == 1) {
            text.append(
                    switch (last.node().entries.get(last.entry()).state()) {
                        case ONLINE -> " and is up";
                        case CHECKING -> " and is being checked";
                        case UNMONITORED -> " and is always served";
                        case DEGRADED, STOPPED, DISABLED -> "";
                    });
        }
        if (last.node() instanceof PerformanceNode) {
            byLatency(text, candidates);
        }
        if (trace.taken().size() > 1) {
            text.append("; by way of ");
            text.append(String.join(" > ", path().subList(0, path().size() - 1)));
        }
        return text.toString();
    }

    private void byLatency(StringBuilder text, List<Candidate> candidates) {
        var best = candidates.getFirst();
        if (!network.known()) {
            text.append("; the client's place is unknown");
        } else if (best.rttMillis().isPresent()) {
            text.append(String.format(java.util.Locale.ROOT, ", %.0f ms (%s)", best.rtt(), best.source()));
        }
        var skipped = candidates.stream()
                .filter(candidate -> candidate.rejection().equals(Why.DEGRADED.text()))
                .filter(candidate -> !network.known() || candidate.rtt() <= best.rtt())
                .map(Candidate::label)
                .toList();
        if (!skipped.isEmpty()) {
            text.append(network.known() ? "; nearer but down: " : "; down: ").append(String.join(", ", skipped));
        }
    }
}
