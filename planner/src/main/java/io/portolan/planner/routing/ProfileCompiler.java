package io.portolan.planner.routing;

import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.document.Endpoint;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.Profile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Turns a profile into nodes. One use. */
final class ProfileCompiler {
    private static final int V4 = 1;
    private static final int V6 = 2;
    private static final int WITHDRAWN = -2;

    private final ExtensionDocument extension;
    private final RegionTable regions;
    private final HealthView health;
    private final boolean keepDrained;
    private final List<CompiledEndpoint> leaves = new ArrayList<>();
    private final Map<VersionLabel, Integer> versions = new HashMap<>();

    /** @param keepDrained whether regions that are drained are served as if they were not */
    ProfileCompiler(ExtensionDocument extension, RegionTable regions, HealthView health, boolean keepDrained) {
        this.keepDrained = keepDrained;
        this.extension = extension;
        this.regions = regions;
        this.health = health;
    }

    CompiledProfile compile(Profile profile) {
        ProfileRules.require(profile);
        var wanted = node(profile, "", false);
        // Built however far the change is: endpoints' numbers must not depend on the time.
        var root = extension.replaced().stream()
                .findFirst()
                .map(replaced -> (ProfileNode) new TurningNode(
                        wanted, node(replaced.profile(), "replaced", false), health.turned(extension.name())))
                .orElse(wanted);
        return new CompiledProfile(root, leaves, profile.settings().ttlSeconds(), regions, extension);
    }

    private ProfileNode node(Profile profile, String path, boolean familyOfParent) {
        boolean enabled = profile.settings().enabled();
        boolean matchFamily = familyOfParent || profile.settings().matchFamily();
        var endpoints = ordered(profile);
        var entries = endpoints.stream()
                .map(endpoint -> entry(endpoint, path, matchFamily, profile instanceof Profile.Performance))
                .toList();
        return switch (profile) {
            case Profile.Performance performance ->
                new PerformanceNode(
                        entries, regions.size(), performance.sameVersionWithinMillis(), enabled, matchFamily);
            case Profile.Priority priority -> new PriorityNode(entries, enabled, matchFamily);
            case Profile.Weighted weighted ->
                new WeightedNode(
                        entries, endpoints.stream().mapToInt(Endpoint::weight).toArray(), enabled, matchFamily);
            case Profile.Geographic geographic -> geographic(endpoints, entries, enabled, matchFamily);
            case Profile.MultiValue many -> new MultiValueNode(entries, many.maxReturn(), enabled, matchFamily);
            case Profile.Subnet subnet -> subnet(endpoints, entries, enabled, matchFamily);
        };
    }

    /** The endpoints in the order in which they are numbered. */
    private List<Endpoint> ordered(Profile profile) {
        var endpoints = profile.endpoints().isEmpty() ? placement() : profile.endpoints();
        if (!(profile instanceof Profile.Priority)) {
            return endpoints;
        }
        var sorted = new ArrayList<>(endpoints);
        sorted.sort(Comparator.comparingInt(endpoint -> ProfileRules.priority(endpoint, endpoints)));
        return sorted;
    }

    private List<Endpoint> placement() {
        return regions.all().stream()
                .filter(region -> extension.pointer(region.name()).isPresent())
                .map(region -> Endpoint.of(region.name()))
                .toList();
    }

    private ProfileNode.Entry entry(Endpoint endpoint, String path, boolean matchFamily, boolean byLatency) {
        var name = path.isEmpty() ? endpoint.name() : path + "/" + endpoint.name();
        int location = endpoint.location().isEmpty() ? -1 : regions.number(new RegionName(endpoint.location()));
        return switch (endpoint.target()) {
            case Endpoint.InRegion in -> region(endpoint, in.region(), name, byLatency);
            case Endpoint.Address at ->
                leaf(endpoint, name, List.of(at.address()), external(endpoint, at.address()), "", location);
            case Endpoint.Host host -> leaf(endpoint, name, List.of(), external(endpoint, host.host()), "", location);
            case Endpoint.Nested nested -> {
                var child = node(nested.profile(), name, matchFamily);
                var state = endpoint.mode() == Endpoint.Mode.DISABLED
                        ? EndpointState.DISABLED
                        : child.state(nested.minChildEndpoints());
                yield new ProfileNode.Entry(
                        endpoint.name(),
                        -1,
                        List.of(child),
                        state,
                        child.families(),
                        location,
                        ProfileNode.NO_VERSION,
                        HealthView.ALL,
                        false,
                        false);
            }
        };
    }

    private ProfileNode.Entry region(Endpoint endpoint, RegionName region, String path, boolean byLatency) {
        int number = regions.number(region);
        var note = stopped(region, number, byLatency);
        var state = endpoint.mode() == Endpoint.Mode.DISABLED
                ? EndpointState.DISABLED
                : !note.isEmpty() ? EndpointState.STOPPED : state(endpoint, health.region(region));
        var addresses = number < 0 ? List.<String>of() : regions.region(number).addresses();
        return leaf(endpoint, path, addresses, state, note, number);
    }

    /** Why a region takes no clients of the extension, empty text where it does. */
    private String stopped(RegionName region, int number, boolean byLatency) {
        if (number < 0) {
            return "is no region of this environment";
        }
        var drained = health.drained().get(region);
        var document = regions.region(number);
        if (extension.pointer(region).isEmpty()) {
            return "has no version of " + extension.name();
        }
        if (drained != null && !keepDrained) {
            return drained;
        }
        boolean serves =
                switch (document.state()) {
                    case LIVE -> true;
                    // A new region has a share of its nearest clients: methods that know no nearest wait until it is
                    // live.
                    case RAMPING, CANARY -> byLatency || !document.joins();
                    case DRAINING -> keepDrained;
                    case DECLARED, PREFLIGHT, ENROLLING, SEEDING, WIRING, VERIFYING, DARK, HELD, RETIRING, RETIRED ->
                        false;
                };
        if (!serves) {
            return "is " + document.state().name().toLowerCase(Locale.ROOT);
        }
        return document.addresses().isEmpty() ? "has no address" : "";
    }

    private EndpointState external(Endpoint endpoint, String target) {
        return endpoint.mode() == Endpoint.Mode.DISABLED
                ? EndpointState.DISABLED
                : state(endpoint, health.external(target));
    }

    private static EndpointState state(Endpoint endpoint, EndpointHealth seen) {
        if (endpoint.mode() == Endpoint.Mode.ALWAYS_SERVE) {
            return EndpointState.UNMONITORED;
        }
        return switch (seen) {
            case ONLINE -> EndpointState.ONLINE;
            case CHECKING -> EndpointState.CHECKING;
            case DEGRADED -> EndpointState.DEGRADED;
        };
    }

    private ProfileNode.Entry leaf(
            Endpoint endpoint, String path, List<String> addresses, EndpointState state, String note, int number) {
        int index = leaves.size();
        leaves.add(new CompiledEndpoint(index, path, endpoint.target(), addresses, state, note));
        int families = V4 | V6;
        if (!(endpoint.target() instanceof Endpoint.Host)) {
            families = 0;
            for (var address : addresses) {
                families |= address.indexOf(':') < 0 ? V4 : V6;
            }
        }
        boolean isRegion = endpoint.target() instanceof Endpoint.InRegion;
        return new ProfileNode.Entry(
                endpoint.name(),
                index,
                List.of(),
                state,
                families,
                number,
                isRegion && number >= 0 ? version(regions.name(number)) : ProfileNode.NO_VERSION,
                isRegion && number >= 0 ? health.admitted(regions.name(number)) : HealthView.ALL,
                isRegion && number >= 0 && regions.region(number).joins(),
                isRegion && number >= 0 && health.standIns().contains(regions.name(number)));
    }

    private int version(RegionName region) {
        return extension
                .pointer(region)
                .map(pointer -> {
                    var held = extension.versions().get(pointer.version());
                    return held != null && held.withdrawn()
                            ? WITHDRAWN
                            : versions.computeIfAbsent(pointer.version(), label -> versions.size());
                })
                .orElse(ProfileNode.NO_VERSION);
    }

    private static ProfileNode geographic(
            List<Endpoint> endpoints, List<ProfileNode.Entry> entries, boolean enabled, boolean matchFamily) {
        var subdivisions = new HashMap<String, Map<String, Integer>>();
        var countries = new HashMap<String, Integer>();
        var continents = new HashMap<String, Integer>();
        int world = -1;
        for (int i = 0; i < endpoints.size(); i++) {
            for (var text : endpoints.get(i).geo()) {
                switch (GeoCode.parse(text)) {
                    case GeoCode.World all -> world = i;
                    case GeoCode.Continent continent -> continents.put(continent.code(), i);
                    case GeoCode.Country country -> countries.put(country.code(), i);
                    case GeoCode.Subdivision part ->
                        subdivisions
                                .computeIfAbsent(part.country(), none -> new HashMap<>())
                                .put(part.code(), i);
                }
            }
        }
        return new GeographicNode(entries, subdivisions, countries, continents, world, enabled, matchFamily);
    }

    private static ProfileNode subnet(
            List<Endpoint> endpoints, List<ProfileNode.Entry> entries, boolean enabled, boolean matchFamily) {
        var ranges = new ArrayList<SubnetNode.Owned>();
        int fallback = -1;
        for (int i = 0; i < endpoints.size(); i++) {
            // One that is switched off is as if it were not there: its addresses are the fallback's.
            for (var text : endpoints.get(i).subnets()) {
                ranges.add(new SubnetNode.Owned(AddressRange.parse(text), i));
            }
            if (endpoints.get(i).subnets().isEmpty()) {
                fallback = i;
            }
        }
        ranges.sort((one, other) -> AddressRange.compare(
                one.range().fromHigh(),
                one.range().fromLow(),
                other.range().fromHigh(),
                other.range().fromLow()));
        return new SubnetNode(entries, ranges, fallback, enabled, matchFamily);
    }
}
