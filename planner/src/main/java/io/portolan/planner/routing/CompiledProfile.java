package io.portolan.planner.routing;

import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.Profile;
import java.util.List;

/**
 * A profile made ready for one revision's regions and one view of their health: what answers come from. Immutable.
 *
 * <p>Compiled anew whenever the revision or health changes. The numbers of {@link #endpoints()} depend on the document and the regions
 * only, never on health, so what is prepared for an endpoint stays valid while the revision does.
 *
 * <p>{@link #choose} allocates nothing and takes no lock; {@link #explain} runs the same code and says what it did.
 */
public final class CompiledProfile {

    private final ProfileNode root;
    private final List<CompiledEndpoint> endpoints;
    private final long ttlSeconds;
    private final RegionTable regions;
    private final ExtensionDocument extension;

    CompiledProfile(
            ProfileNode root,
            List<CompiledEndpoint> endpoints,
            long ttlSeconds,
            RegionTable regions,
            ExtensionDocument extension) {
        this.root = root;
        this.endpoints = List.copyOf(endpoints);
        this.ttlSeconds = ttlSeconds;
        this.regions = regions;
        this.extension = extension;
    }

    /**
     * Makes a profile ready.
     *
     * @throws IllegalArgumentException when the profile breaks a rule, with all of them
     */
    public static CompiledProfile compile(
            Profile profile, ExtensionDocument extension, RegionTable regions, HealthView health) {
        var strictly = new ProfileCompiler(extension, regions, health, false).compile(profile);
        if (strictly.root.state(1).servable()) {
            return strictly;
        }
        // Drained regions are the last resort: an answer that may work beats none.
        var kept = new ProfileCompiler(extension, regions, health, true).compile(profile);
        boolean better =
                kept.root.state(1).servable() || !strictly.root.state(1).eligible();
        return better ? kept : strictly;
    }

    /** Leaves of the tree in the order of the declaration. */
    public List<CompiledEndpoint> endpoints() {
        return endpoints;
    }

    /** TTL of answers, {@link Profile.Settings#TTL_OF_ENVIRONMENT} for the environment's. */
    public long ttlSeconds() {
        return ttlSeconds;
    }

    /** State of the whole. */
    public EndpointState state() {
        return root.enabled ? root.state(1) : EndpointState.DISABLED;
    }

    /**
     * Decides.
     *
     * @param network     the client's, bound to the same region table
     * @param addressHigh upper 64 bits of the client's address (its subnet where one was sent, else the resolver's); IPv4 as
     *                    {@code ::ffff:a.b.c.d}
     * @param family      4 or 6 where A or AAAA is asked for, 0 otherwise; looked at only where the profile wants it
     * @param draw        random bits, other in each query
     * @param choice      filled with the result
     */
    public void choose(ClientNetwork network, long addressHigh, long addressLow, int family, long draw, Choice choice) {
        choose(network, addressHigh, addressLow, family, draw, choice, Trace.NONE);
    }

    private void choose(
            ClientNetwork network,
            long addressHigh,
            long addressLow,
            int family,
            long draw,
            Choice choice,
            Trace trace) {
        choice.reset(addressHigh, addressLow, familyIndex(family), draw);
        if (root.enabled) {
            root.choose(choice, network, trace);
        } else {
            choice.noName();
        }
    }

    private static int familyIndex(int family) {
        return switch (family) {
            case 4 -> 1;
            case 6 -> 2;
            default -> ProfileNode.ANY_FAMILY;
        };
    }

    /** Decides as {@link #choose} does, and says why. */
    public RoutingDecision explain(ClientNetwork network, AddressRange.Bits address, int family, long draw) {
        var trace = new RecordedTrace();
        var choice = new Choice();
        choose(network, address.high(), address.low(), family, draw, choice, trace);
        return new Explanation(this, network, trace, choice).decision();
    }

    ProfileNode root() {
        return root;
    }

    RegionTable regions() {
        return regions;
    }

    ExtensionDocument extension() {
        return extension;
    }
}
