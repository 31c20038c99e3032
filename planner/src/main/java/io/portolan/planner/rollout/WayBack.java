package io.portolan.planner.rollout;

import io.portolan.model.VersionLabel;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether a version that regions would go back to still fits its environment: content alone is no way back where the environment's
 * portals are others by now. Pure.
 *
 * <p>A portal host that the new version adds is no reason: going back gives its users what they had before.
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
     * Why going back would leave nobody with a page, in words; empty when some portal host of the environment for which the new
     * version has a page gets one from the old version too.
     *
     * @param hosts every portal host of the environment: what is asked of the old version where the new one cannot be read
     */
    public static Optional<String> fault(Configured old, Configured next, Set<String> hosts) {
        if (old.portals().isEmpty()) {
            return Optional.of(
                    "the configuration of " + old.version() + ", which regions would go back to, cannot be read");
        }
        var wanted = new TreeSet<>(next.portals().orElse(hosts));
        return wanted.isEmpty() || wanted.stream().anyMatch(old.portals().get()::contains)
                ? Optional.empty()
                : Optional.of(old.version() + ", which regions would go back to, has no configuration for portal host "
                        + String.join(", ", wanted) + ", for which " + next.version() + " has one");
    }
}
