package io.portolan.planner.routing;

import io.portolan.model.RegionName;
import io.portolan.model.document.Endpoint;
import io.portolan.model.document.Profile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Names settings of a profile that are allowed and will hurt, and shows how long a failover takes with them. Pure. What is not allowed is
 * said by {@link ProfileRules}.
 */
public final class RouteLint {
    /** Below this, browsers keep an answer longer than its TTL says. */
    static final Duration CACHE_FLOOR = FailoverBudget.CLIENT_CACHE;

    /** Beyond this, the TTL is most of a failover. */
    static final Duration LONG_TTL = Duration.ofMinutes(5);

    /** With fewer resolvers than this, a split by weight is seen to be uneven. */
    static final int FEW_RESOLVERS = 100;

    private final Facts facts;
    private final List<Finding> findings = new ArrayList<>();

    private RouteLint(Facts facts) {
        this.facts = facts;
    }

    /**
     * What a profile is judged by.
     *
     * @param environmentTtl  TTL where the profile has none of its own
     * @param regionDetection worst time to see that a region is down
     * @param placed          regions that serve the extension
     * @param pairs           paired regions of each region; a pair counts in both directions
     * @param resolvers       distinct resolvers that ask, 0 where this is not known
     */
    public record Facts(
            Duration environmentTtl,
            Duration regionDetection,
            Set<RegionName> placed,
            Map<RegionName, Set<RegionName>> pairs,
            int resolvers) {
        public Facts {
            Objects.requireNonNull(environmentTtl, "environmentTtl");
            Objects.requireNonNull(regionDetection, "regionDetection");
            placed = Set.copyOf(placed);
            pairs = Map.copyOf(pairs);
        }
    }

    /** How bad it is. */
    public enum Severity {
        /** Good to know. */
        NOTE,
        /** Will hurt one day. */
        WARNING
    }

    /**
     * One finding. Immutable.
     *
     * @param code    stable, kebab-case
     * @param pointer JSON pointer to the place within the profile
     * @param message what will happen, and what to do
     */
    public record Finding(String code, Severity severity, String pointer, String message) {
        public Finding {
            Objects.requireNonNull(code, "code");
            Objects.requireNonNull(severity, "severity");
            Objects.requireNonNull(pointer, "pointer");
            Objects.requireNonNull(message, "message");
        }
    }

    /** Budget and findings; warnings first. */
    public record Report(FailoverBudget budget, List<Finding> findings) {
        public Report {
            Objects.requireNonNull(budget, "budget");
            findings = List.copyOf(findings);
        }
    }

    /** Judges a profile. */
    public static Report lint(Profile profile, Facts facts) {
        var lint = new RouteLint(facts);
        var ttl = ttl(profile, facts);
        lint.ttl(ttl);
        lint.regions(profile);
        lint.profile(profile, "");
        var sorted = lint.findings.stream()
                .sorted(java.util.Comparator.comparing(Finding::severity).reversed())
                .toList();
        return new Report(
                new FailoverBudget(
                        lint.detection(profile), FailoverBudget.PUBLICATION, ttl, FailoverBudget.CLIENT_CACHE),
                sorted);
    }

    private static Duration ttl(Profile profile, Facts facts) {
        long own = profile.settings().ttlSeconds();
        return own == Profile.Settings.TTL_OF_ENVIRONMENT ? facts.environmentTtl() : Duration.ofSeconds(own);
    }

    /** The slowest of what is probed: regions by the environment's settings, others by those of their profile. */
    private Duration detection(Profile profile) {
        var worst = Duration.ZERO;
        for (var endpoint : profile.endpoints()) {
            var one =
                    switch (endpoint.target()) {
                        case Endpoint.InRegion in -> facts.regionDetection();
                        case Endpoint.Address at -> profile.settings().monitor().worstDetection();
                        case Endpoint.Host host -> profile.settings().monitor().worstDetection();
                        case Endpoint.Nested nested -> detection(nested.profile());
                    };
            worst = one.compareTo(worst) > 0 ? one : worst;
        }
        return profile.endpoints().isEmpty() ? facts.regionDetection() : worst;
    }

    private void warn(String code, String pointer, String message) {
        findings.add(new Finding(code, Severity.WARNING, pointer, message));
    }

    private void note(String code, String pointer, String message) {
        findings.add(new Finding(code, Severity.NOTE, pointer, message));
    }

    private void ttl(Duration ttl) {
        if (ttl.isZero()) {
            warn(
                    "ttl-zero",
                    "/ttlSeconds",
                    "TTL 0 s: no resolver keeps an answer, so every look-up of every client asks a director; under load that is"
                            + " many times the questions, and browsers keep names for about a minute all the same");
        } else if (ttl.compareTo(LONG_TTL) > 0) {
            warn(
                    "ttl-long",
                    "/ttlSeconds",
                    "TTL " + ttl.toSeconds()
                            + " s: clients stay with a dead endpoint for as long, whatever probes find");
        } else if (ttl.compareTo(CACHE_FLOOR) < 0) {
            note(
                    "ttl-below-floor",
                    "/ttlSeconds",
                    "TTL " + ttl.toSeconds() + " s: browsers keep a name for about " + CACHE_FLOOR.toSeconds()
                            + " s, so they do not fail over faster than that");
        }
    }

    /** What is left when the worst happens to one region, or to a pair. */
    private void regions(Profile profile) {
        var outside = new boolean[1];
        var regions = new LinkedHashSet<RegionName>();
        collect(profile, regions, outside);
        if (outside[0]) {
            return;
        }
        if (regions.size() == 1) {
            warn(
                    "one-region",
                    "/endpoints",
                    "all clients are sent to " + regions.getFirst()
                            + ": when it is down there is no other (add a region)");
        } else if (regions.size() > 1 && inOnePair(regions)) {
            warn(
                    "one-pair",
                    "/endpoints",
                    "all regions are of one pair (" + String.join(", ", names(regions))
                            + "): what takes a pair out takes the extension out (add a region that is not paired)");
        }
    }

    private static List<String> names(Set<RegionName> regions) {
        return regions.stream().map(RegionName::value).sorted().toList();
    }

    /** Whether each region is paired with every other. */
    private boolean inOnePair(Set<RegionName> regions) {
        return regions.stream()
                .allMatch(one -> regions.stream().allMatch(other -> one.equals(other) || paired(one, other)));
    }

    private boolean paired(RegionName one, RegionName other) {
        return facts.pairs().getOrDefault(one, Set.of()).contains(other)
                || facts.pairs().getOrDefault(other, Set.of()).contains(one);
    }

    private void collect(Profile profile, Set<RegionName> regions, boolean[] outside) {
        if (profile.endpoints().isEmpty()) {
            regions.addAll(facts.placed());
        }
        for (var endpoint : enabled(profile)) {
            switch (endpoint.target()) {
                case Endpoint.InRegion in -> {
                    if (facts.placed().contains(in.region())) {
                        regions.add(in.region());
                    }
                }
                case Endpoint.Address at -> outside[0] = true;
                case Endpoint.Host host -> outside[0] = true;
                case Endpoint.Nested nested -> collect(nested.profile(), regions, outside);
            }
        }
    }

    private static List<Endpoint> enabled(Profile profile) {
        return profile.endpoints().stream()
                .filter(endpoint -> endpoint.mode() != Endpoint.Mode.DISABLED)
                .toList();
    }

    private void profile(Profile profile, String at) {
        endpoints(profile, at);
        switch (profile) {
            case Profile.Performance performance -> {}
            case Profile.Priority priority -> priority(priority, at);
            case Profile.Weighted weighted -> weighted(weighted, at);
            case Profile.Geographic geographic -> geographic(geographic, at);
            case Profile.MultiValue many -> {}
            case Profile.Subnet subnet -> subnet(subnet, at);
        }
    }

    private void endpoints(Profile profile, String at) {
        if (!profile.endpoints().isEmpty() && enabled(profile).isEmpty()) {
            warn("none-enabled", at + "/endpoints", "all endpoints are switched off: nobody is answered");
        }
        for (int i = 0; i < profile.endpoints().size(); i++) {
            var endpoint = profile.endpoints().get(i);
            var here = at + "/endpoints/" + i;
            if (endpoint.mode() == Endpoint.Mode.ALWAYS_SERVE
                    && profile.endpoints().size() > 1) {
                note(
                        "always-served",
                        here + "/mode",
                        endpoint.name() + " is served whatever probes say: it never fails over to the others");
            }
            if (endpoint.target() instanceof Endpoint.InRegion in
                    && !facts.placed().contains(in.region())) {
                warn("not-placed", here, in.region() + " has no version of the extension: it is never answered");
            }
            if (endpoint.target() instanceof Endpoint.Nested nested) {
                nested(endpoint, nested, here);
            }
        }
    }

    private void nested(Endpoint endpoint, Endpoint.Nested nested, String here) {
        int children = nested.profile().endpoints().isEmpty()
                ? facts.placed().size()
                : enabled(nested.profile()).size();
        if (nested.minChildEndpoints() > children) {
            warn(
                    "min-children",
                    here + "/minChildEndpoints",
                    endpoint.name() + " wants " + nested.minChildEndpoints() + " children online and has " + children
                            + ": it is always degraded");
        } else if (nested.minChildEndpoints() == children && children > 1) {
            note(
                    "min-children-all",
                    here + "/minChildEndpoints",
                    endpoint.name() + " wants all of its " + children
                            + " children online: one that is down takes them all out");
        }
        profile(nested.profile(), here + "/profile");
    }

    private void priority(Profile.Priority profile, String at) {
        if (enabled(profile).size() == 1) {
            warn(
                    "priority-alone",
                    at + "/endpoints",
                    enabled(profile).getFirst().name() + " is the only endpoint: there is nothing to fail over to");
        }
    }

    private void weighted(Profile.Weighted profile, String at) {
        var enabled = enabled(profile);
        int sum = enabled.stream().mapToInt(Endpoint::weight).sum();
        int least = enabled.stream().mapToInt(Endpoint::weight).min().orElse(0);
        if (enabled.size() < 2) {
            return;
        }
        if (facts.resolvers() == 0) {
            note(
                    "weights-by-resolver",
                    at + "/endpoints",
                    "shares are of resolvers and not of users: with few resolvers, or one large one, they are far from the"
                            + " weights (how many ask is not known here)");
            return;
        }
        double share = (double) least / sum;
        double off = Math.sqrt(share * (1 - share) / facts.resolvers());
        if (facts.resolvers() < FEW_RESOLVERS || off > share / 2) {
            warn(
                    "weights-few-resolvers",
                    at + "/endpoints",
                    String.format(
                            Locale.ROOT,
                            "%d resolvers ask: the smallest share, %.1f %%, will be between %.1f %% and %.1f %% (2 standard"
                                    + " deviations)",
                            facts.resolvers(),
                            100 * share,
                            100 * Math.max(0, share - 2 * off),
                            100 * Math.min(1, share + 2 * off)));
        }
    }

    private void geographic(Profile.Geographic profile, String at) {
        var codes = new HashSet<String>();
        for (int i = 0; i < profile.endpoints().size(); i++) {
            var endpoint = profile.endpoints().get(i);
            if (endpoint.mode() == Endpoint.Mode.DISABLED) {
                continue;
            }
            codes.addAll(endpoint.geo());
            boolean hasSecond = endpoint.target() instanceof Endpoint.Nested nested
                    && (nested.profile().endpoints().isEmpty()
                            ? facts.placed().size() > 1
                            : enabled(nested.profile()).size() > 1);
            if (!hasSecond) {
                warn(
                        "geo-one-endpoint",
                        at + "/endpoints/" + i,
                        "clients of " + String.join(", ", endpoint.geo()) + " are sent to " + endpoint.name()
                                + " even while it is down: this method has no failover (nest a profile with two endpoints)");
            }
        }
        if (!codes.contains("WORLD")) {
            warn(
                    "geo-no-world",
                    at + "/endpoints",
                    "no endpoint is mapped to WORLD: clients from elsewhere, and those whose country is not known for sure"
                            + " (some in a hundred), get no answer");
        }
    }

    private void subnet(Profile.Subnet profile, String at) {
        if (enabled(profile).stream().noneMatch(endpoint -> endpoint.subnets().isEmpty())) {
            warn(
                    "subnet-no-fallback",
                    at + "/endpoints",
                    "every endpoint has ranges: clients outside all of them get no answer (add one without)");
        }
    }
}
