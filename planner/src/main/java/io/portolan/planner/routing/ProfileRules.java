package io.portolan.planner.routing;

import io.portolan.model.document.Endpoint;
import io.portolan.model.document.Profile;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What a profile must keep to; every fault is found at once. Pure. */
public final class ProfileRules {
    /** Profiles within one another, the outermost counted. */
    public static final int MAX_DEPTH = 10;

    /** Endpoints of one profile. */
    public static final int MAX_ENDPOINTS = 200;

    /** Endpoints of a whole tree. */
    public static final int MAX_TREE_ENDPOINTS = 2_000;

    /** Ranges of one endpoint of a subnet profile. */
    public static final int MAX_RANGES = 1_000;

    /** Highest weight and priority. */
    public static final int MAX_NUMBER = 1_000;

    /** Longest TTL (RFC 2181, section 8). */
    public static final long MAX_TTL_SECONDS = Integer.MAX_VALUE;

    private static final int MAX_SAME_VERSION_MILLIS = 1_000;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9._:\\-]{0,62}[A-Za-z0-9])?");
    private static final Pattern HOST = Pattern.compile(
            "(?:[A-Za-z0-9_](?:[A-Za-z0-9_\\-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z](?:[A-Za-z0-9\\-]{0,61}[A-Za-z0-9])");
    private static final int MAX_HOST = 253;

    private final List<Violation> violations = new ArrayList<>();
    private int treeEndpoints;

    private ProfileRules() {}

    /**
     * One broken rule. Immutable.
     *
     * @param code    stable, kebab-case
     * @param pointer JSON pointer to the place within the profile
     * @param message with the value and what was expected
     */
    public record Violation(String code, String pointer, String message) {}

    /** Every fault of a profile, none where it is good. */
    public static List<Violation> violations(Profile profile) {
        var rules = new ProfileRules();
        rules.profile(profile, "", 1);
        return List.copyOf(rules.violations);
    }

    static void require(Profile profile) {
        var violations = violations(profile);
        if (!violations.isEmpty()) {
            throw new IllegalArgumentException("profile: "
                    + String.join(
                            "; ",
                            violations.stream()
                                    .map(violation -> violation.pointer() + ": " + violation.message())
                                    .toList()));
        }
    }

    /** Priority of an endpoint: its own, or its place in the list from 1. */
    static int priority(Endpoint endpoint, List<Endpoint> endpoints) {
        return endpoint.priority() > 0 ? endpoint.priority() : endpoints.indexOf(endpoint) + 1;
    }

    private void fault(String code, String pointer, String message) {
        violations.add(new Violation(code, pointer, message));
    }

    private void profile(Profile profile, String at, int depth) {
        if (depth > MAX_DEPTH) {
            fault("profile-depth", at, "depth: " + depth + " (expected: at most " + MAX_DEPTH + ")");
            return;
        }
        settings(profile.settings(), at);
        endpoints(profile, at, depth);
        method(profile, at);
    }

    private void settings(Profile.Settings settings, String at) {
        long ttl = settings.ttlSeconds();
        if (ttl != Profile.Settings.TTL_OF_ENVIRONMENT && (ttl < 0 || ttl > MAX_TTL_SECONDS)) {
            fault(
                    "profile-ttl",
                    at + "/ttlSeconds",
                    "ttlSeconds: " + ttl + " (expected: 0 to " + MAX_TTL_SECONDS + ")");
        }
        MonitorRules.check(settings.monitor(), at + "/monitor", this::fault);
    }

    private void endpoints(Profile profile, String at, int depth) {
        var endpoints = profile.endpoints();
        treeEndpoints += endpoints.size();
        if (endpoints.size() > MAX_ENDPOINTS || treeEndpoints > MAX_TREE_ENDPOINTS) {
            fault(
                    "profile-endpoints",
                    at + "/endpoints",
                    "endpoints: " + endpoints.size() + ", of the tree so far " + treeEndpoints + " (expected: at most "
                            + MAX_ENDPOINTS + " and " + MAX_TREE_ENDPOINTS + ")");
            return;
        }
        var names = new HashSet<String>();
        for (int i = 0; i < endpoints.size(); i++) {
            var endpoint = endpoints.get(i);
            var here = at + "/endpoints/" + i;
            if (!NAME.matcher(endpoint.name()).matches()) {
                fault(
                        "endpoint-name",
                        here + "/name",
                        "name: " + endpoint.name() + " (expected: 1 to 64 letters, digits and inner . _ : -)");
            } else if (!names.add(endpoint.name())) {
                fault("endpoint-twice", here + "/name", "name: " + endpoint.name() + " stands twice in the profile");
            }
            if (endpoint.weight() < 1 || endpoint.weight() > MAX_NUMBER) {
                fault(
                        "endpoint-weight",
                        here + "/weight",
                        "weight: " + endpoint.weight() + " (expected: 1 to " + MAX_NUMBER
                                + "; switch it off instead of 0)");
            }
            if (endpoint.priority() < 0 || endpoint.priority() > MAX_NUMBER) {
                fault(
                        "endpoint-priority",
                        here + "/priority",
                        "priority: " + endpoint.priority() + " (expected: 1 to " + MAX_NUMBER + ")");
            }
            if (!endpoint.location().isEmpty() && !isRegionName(endpoint.location())) {
                fault(
                        "endpoint-location",
                        here + "/location",
                        "location: " + endpoint.location() + " (expected: the name of a region)");
            }
            target(endpoint, here, depth);
        }
    }

    private static boolean isRegionName(String text) {
        try {
            return !new io.portolan.model.RegionName(text).value().isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private void target(Endpoint endpoint, String here, int depth) {
        switch (endpoint.target()) {
            case Endpoint.InRegion in -> {}
            case Endpoint.Address at -> address(at.address(), here + "/address");
            case Endpoint.Host host -> {
                if (host.host().length() > MAX_HOST
                        || !HOST.matcher(host.host()).matches()) {
                    fault(
                            "endpoint-host",
                            here + "/host",
                            "host: " + host.host() + " (expected: a DNS name without a trailing dot)");
                }
            }
            case Endpoint.Nested nested -> {
                if (nested.minChildEndpoints() < 1 || nested.minChildEndpoints() > MAX_ENDPOINTS) {
                    fault(
                            "endpoint-min-children",
                            here + "/minChildEndpoints",
                            "minChildEndpoints: " + nested.minChildEndpoints() + " (expected: 1 to " + MAX_ENDPOINTS
                                    + ")");
                }
                if (endpoint.mode() == Endpoint.Mode.ALWAYS_SERVE) {
                    fault(
                            "endpoint-mode",
                            here + "/mode",
                            "mode: ALWAYS_SERVE (expected: not on a nested endpoint, whose health is its children's)");
                }
                profile(nested.profile(), here + "/profile", depth + 1);
            }
        }
    }

    private void address(String text, String pointer) {
        try {
            var address = InetAddress.ofLiteral(text);
            // Old forms such as 10.1 are read by the JDK and would surprise.
            boolean odd = text.indexOf(':') < 0 && !address.getHostAddress().equals(text);
            if (odd || address.isAnyLocalAddress() || address.isMulticastAddress() || text.indexOf('%') >= 0) {
                fault("endpoint-address", pointer, "address: " + text + " (expected: the address of one host)");
            }
        } catch (IllegalArgumentException e) {
            fault("endpoint-address", pointer, "address: " + text + " (expected: an IPv4 or IPv6 literal)");
        }
    }

    private void method(Profile profile, String at) {
        switch (profile) {
            case Profile.Performance performance -> performance(performance, at);
            case Profile.Priority priority -> priorities(priority.endpoints(), at);
            case Profile.Weighted weighted -> {}
            case Profile.Geographic geographic -> geographic(geographic.endpoints(), at);
            case Profile.MultiValue many -> multiValue(many, at);
            case Profile.Subnet subnet -> subnets(subnet.endpoints(), at);
        }
    }

    private void performance(Profile.Performance profile, String at) {
        int millis = profile.sameVersionWithinMillis();
        if (millis < 0 || millis > MAX_SAME_VERSION_MILLIS) {
            fault(
                    "profile-same-version",
                    at + "/sameVersionWithinMillis",
                    "sameVersionWithinMillis: " + millis + " (expected: 0 to " + MAX_SAME_VERSION_MILLIS + ")");
        }
        for (int i = 0; i < profile.endpoints().size(); i++) {
            var endpoint = profile.endpoints().get(i);
            boolean isRegion = endpoint.target() instanceof Endpoint.InRegion;
            if (!isRegion && endpoint.location().isEmpty()) {
                fault(
                        "endpoint-location",
                        at + "/endpoints/" + i + "/location",
                        "location: missing (expected: the region whose latency stands for " + endpoint.name() + ")");
            }
        }
    }

    private void priorities(List<Endpoint> endpoints, String at) {
        var taken = new HashMap<Integer, String>();
        for (int i = 0; i < endpoints.size(); i++) {
            var endpoint = endpoints.get(i);
            int priority = endpoint.priority() > 0 ? endpoint.priority() : i + 1;
            var other = taken.putIfAbsent(priority, endpoint.name());
            if (other != null) {
                fault(
                        "endpoint-priority",
                        at + "/endpoints/" + i + "/priority",
                        "priority: " + priority + " is that of " + other + " too (expected: each once)");
            }
        }
    }

    private void geographic(List<Endpoint> endpoints, String at) {
        if (endpoints.isEmpty()) {
            fault("profile-empty", at + "/endpoints", "endpoints: none (expected: endpoints with mappings)");
        }
        Map<String, String> taken = new HashMap<>();
        for (int i = 0; i < endpoints.size(); i++) {
            var endpoint = endpoints.get(i);
            if (endpoint.geo().isEmpty()) {
                fault(
                        "endpoint-geo",
                        at + "/endpoints/" + i + "/geo",
                        "geo: none (expected: at least one mapping of " + endpoint.name() + ")");
            }
            for (int j = 0; j < endpoint.geo().size(); j++) {
                var pointer = at + "/endpoints/" + i + "/geo/" + j;
                var text = endpoint.geo().get(j);
                try {
                    GeoCode.parse(text);
                    var other = taken.putIfAbsent(text, endpoint.name());
                    if (other != null) {
                        fault("endpoint-geo", pointer, "geo: " + text + " is mapped to " + other + " too");
                    }
                } catch (IllegalArgumentException e) {
                    fault("endpoint-geo", pointer, String.valueOf(e.getMessage()));
                }
            }
        }
    }

    private void multiValue(Profile.MultiValue profile, String at) {
        if (profile.maxReturn() < 1 || profile.maxReturn() > Choice.MAX_ENDPOINTS) {
            fault(
                    "profile-max-return",
                    at + "/maxReturn",
                    "maxReturn: " + profile.maxReturn() + " (expected: 1 to " + Choice.MAX_ENDPOINTS + ")");
        }
        var addresses = new HashSet<String>();
        for (int i = 0; i < profile.endpoints().size(); i++) {
            var endpoint = profile.endpoints().get(i);
            var pointer = at + "/endpoints/" + i;
            switch (endpoint.target()) {
                case Endpoint.Host host ->
                    fault("endpoint-type", pointer, "host: " + host.host() + " (expected: addresses and regions)");
                case Endpoint.Nested nested ->
                    fault("endpoint-type", pointer, "profile: nested (expected: addresses and regions)");
                case Endpoint.Address address -> {
                    if (!addresses.add(address.address())) {
                        fault("endpoint-twice", pointer, "address: " + address.address() + " stands twice");
                    }
                }
                case Endpoint.InRegion in -> {}
            }
        }
    }

    private void subnets(List<Endpoint> endpoints, String at) {
        if (endpoints.isEmpty()) {
            fault("profile-empty", at + "/endpoints", "endpoints: none (expected: endpoints with ranges)");
        }
        record Named(AddressRange range, String text, String pointer) {}
        var ranges = new ArrayList<Named>();
        var fallbacks = new ArrayList<String>();
        for (int i = 0; i < endpoints.size(); i++) {
            var endpoint = endpoints.get(i);
            var here = at + "/endpoints/" + i + "/subnets";
            if (endpoint.subnets().isEmpty() && fallbacks.size() == 1) {
                fault(
                        "endpoint-fallback",
                        here,
                        "subnets: none, as " + fallbacks.getFirst() + " (expected: one fallback)");
            } else if (endpoint.subnets().isEmpty()) {
                fallbacks.add(endpoint.name());
            }
            if (endpoint.subnets().size() > MAX_RANGES) {
                fault(
                        "endpoint-subnets",
                        here,
                        "subnets: " + endpoint.subnets().size() + " (expected: at most " + MAX_RANGES + ")");
                continue;
            }
            for (int j = 0; j < endpoint.subnets().size(); j++) {
                try {
                    ranges.add(new Named(
                            AddressRange.parse(endpoint.subnets().get(j)),
                            endpoint.subnets().get(j),
                            here + "/" + j));
                } catch (IllegalArgumentException e) {
                    fault("endpoint-subnets", here + "/" + j, String.valueOf(e.getMessage()));
                }
            }
        }
        ranges.sort((one, other) -> AddressRange.compare(
                one.range().fromHigh(),
                one.range().fromLow(),
                other.range().fromHigh(),
                other.range().fromLow()));
        for (int i = 1; i < ranges.size(); i++) {
            if (ranges.get(i).range().overlaps(ranges.get(i - 1).range())) {
                fault(
                        "endpoint-subnets",
                        ranges.get(i).pointer(),
                        "subnets: " + ranges.get(i).text() + " overlaps "
                                + ranges.get(i - 1).text());
            }
        }
    }
}
