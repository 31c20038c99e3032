package io.portolan.planner.rollout;

import io.portolan.model.VersionLabel;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether a version that regions would go back to still fits its environment: content alone is no way back where a portal host was
 * added since. Pure.
 */
public final class WayBack {
    private WayBack() {}

    /**
     * What one version is configured for.
     *
     * @param portals portal hosts of the environment for which it has a page; empty when its configuration cannot be read
     */
    public record Configured(VersionLabel version, Optional<Set<String>> portals) {}

    /**
     * Why going back would take a portal's page away, in words; empty when every portal host of the environment for which the new
     * version has a page gets one from the old version too.
     *
     * @param hosts every portal host of the environment: what is asked of the old version where the new one cannot be read
     */
    public static Optional<String> fault(Configured old, Configured next, Set<String> hosts) {
        if (old.portals().isEmpty()) {
            return Optional.of(
                    "the configuration of " + old.version() + ", which regions would go back to, cannot be read");
        }
        var lost = new TreeSet<>(next.portals().orElse(hosts));
        lost.removeAll(old.portals().get());
        return lost.isEmpty()
                ? Optional.empty()
                : Optional.of(old.version() + ", which regions would go back to, has no configuration for portal host "
                        + String.join(", ", lost) + ", for which " + next.version() + " has one");
    }
}
