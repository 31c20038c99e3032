package io.portolan.model.document;

import io.portolan.model.RegionName;
import java.util.List;
import java.util.Objects;

/**
 * One endpoint of a profile. Immutable. Fields that the profile's method does not use have their defaults.
 *
 * @param name     unique within its profile
 * @param target   where clients are sent
 * @param mode     whether it takes part
 * @param weight   of a weighted profile, 1 to 1000
 * @param priority of a priority profile, 1 to 1000, lower first; 0 for its place in the list
 * @param geo      of a geographic profile: {@code WORLD}, {@code GEO-} and a continent ({@code GEO-EU}), a country ({@code DE}) or a
 *                 subdivision ({@code US-CA})
 * @param subnets  of a subnet profile: blocks ({@code 10.0.0.0/8}), ranges ({@code 10.0.0.1-10.0.0.9}) or single addresses
 * @param location of a performance profile: region whose latency stands for an external or nested endpoint; empty text where the
 *                 target itself is a region
 */
public record Endpoint(
        String name,
        Target target,
        Mode mode,
        int weight,
        int priority,
        List<String> geo,
        List<String> subnets,
        String location) {
    public Endpoint {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(mode, "mode");
        geo = List.copyOf(geo);
        subnets = List.copyOf(subnets);
        Objects.requireNonNull(location, "location");
    }

    /** An endpoint with the defaults, named after its target. */
    public static Endpoint of(String name, Target target) {
        return new Endpoint(name, target, Mode.ENABLED, 1, 0, List.of(), List.of(), "");
    }

    /** A region with the defaults. */
    public static Endpoint of(RegionName region) {
        return of(region.value(), new InRegion(region));
    }

    public Endpoint withMode(Mode other) {
        return new Endpoint(name, target, other, weight, priority, geo, subnets, location);
    }

    public Endpoint withWeight(int other) {
        return new Endpoint(name, target, mode, other, priority, geo, subnets, location);
    }

    public Endpoint withPriority(int other) {
        return new Endpoint(name, target, mode, weight, other, geo, subnets, location);
    }

    public Endpoint withGeo(String... codes) {
        return new Endpoint(name, target, mode, weight, priority, List.of(codes), subnets, location);
    }

    public Endpoint withSubnets(String... ranges) {
        return new Endpoint(name, target, mode, weight, priority, geo, List.of(ranges), location);
    }

    public Endpoint withLocation(String region) {
        return new Endpoint(name, target, mode, weight, priority, geo, subnets, region);
    }

    /** Whether an endpoint takes part. */
    public enum Mode {
        /** Served while healthy. */
        ENABLED,
        /** Neither probed nor served. */
        DISABLED,
        /** Served whatever probes say; not for nested endpoints. */
        ALWAYS_SERVE
    }

    /** Where clients are sent. */
    public sealed interface Target {}

    /** A region of the environment; served only where the extension was given a version. */
    public record InRegion(RegionName region) implements Target {
        public InRegion {
            Objects.requireNonNull(region, "region");
        }
    }

    /**
     * An address outside.
     *
     * @param address IPv4 or IPv6 literal
     */
    public record Address(String address) implements Target {
        public Address {
            Objects.requireNonNull(address, "address");
        }
    }

    /**
     * A host outside, a CDN among them; answered as CNAME.
     *
     * @param host DNS name without a trailing dot
     */
    public record Host(String host) implements Target {
        public Host {
            Objects.requireNonNull(host, "host");
        }
    }

    /**
     * Another profile.
     *
     * @param minChildEndpoints how many of its endpoints must be online for it to count as online, 1 or more
     */
    public record Nested(Profile profile, int minChildEndpoints) implements Target {
        public Nested {
            Objects.requireNonNull(profile, "profile");
        }
    }
}
