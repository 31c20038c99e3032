package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutState;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What must hold before the first region moves, so that the rollout could go back. */
class WayBackTest {
    private static final RegionName BRAZILSOUTH = new RegionName("brazilsouth");

    private final World world = new World();

    @Test
    void doesNotStartWhereItCouldNotGoBack() {
        world.good();
        world.notReady.add(BRAZILSOUTH);
        world.start("2.0").settle();

        assertThat(((Step.Wait) world.last).text())
                .contains("not ready to roll back")
                .contains("brazilsouth");
        world.notReady.clear();
        assertThat(world.settle().states()).startsWith("SKIPPED BAKING");
    }

    @Test
    void doesNotStartWhereWhatItWouldGoBackToFitsTheEnvironmentNoMore() {
        world.good();
        world.wayBack.add("1.0 has no configuration for portal host b");
        world.start("2.0").settle();

        var wait = (Step.Wait) world.last;
        assertThat(wait.text()).isEqualTo("not ready to roll back: 1.0 has no configuration for portal host b");
        assertThat(wait.actors().getFirst()).contains("onFail: halt");
        world.wayBack.clear();
        assertThat(world.settle().states()).startsWith("SKIPPED BAKING");
        // Only before the first stage: what has begun goes on.
        world.wayBack.add("1.0 has no configuration for portal host b");
        world.pass(Duration.ofSeconds(10)).settle();
        assertThat(world.states()).startsWith("SKIPPED SEALED BAKING");
    }

    @Test
    void aVersionIsAWayBackWhileItHasAPageForAPortalOfTheNewOne() {
        var hosts = Set.of("a", "b", "c");
        var both = configured("1.0", "a", "b");
        assertThat(WayBack.fault(both, configured("2.0", "a", "b"), hosts)).isEmpty();
        assertThat(WayBack.fault(both, configured("2.0", "b"), hosts)).isEmpty();
        assertThat(WayBack.fault(configured("1.0", "a"), configured("2.0", "a", "c"), hosts))
                .as("a portal that is new has nothing to lose")
                .isEmpty();
        assertThat(WayBack.fault(configured("1.0"), configured("2.0"), hosts)).isEmpty();
        assertThat(WayBack.fault(configured("1.0"), configured("2.0", "c", "b"), hosts))
                .contains(
                        "1.0, which regions would go back to, has no configuration for portal host b, c, for which 2.0"
                                + " has one");
        assertThat(WayBack.fault(configured("1.0", "a"), configured("2.0", "b"), hosts))
                .isPresent();
        var unread = new WayBack.Configured(new VersionLabel("1.0"), Optional.empty());
        assertThat(WayBack.fault(unread, both, hosts).orElseThrow()).contains("configuration of 1.0", "cannot be read");
        assertThat(WayBack.fault(
                                configured("1.0"),
                                new WayBack.Configured(new VersionLabel("2.0"), Optional.empty()),
                                hosts)
                        .orElseThrow())
                .as("it may be made for every host")
                .contains("portal host a, b, c");
    }

    private static WayBack.Configured configured(String version, String... portals) {
        return new WayBack.Configured(new VersionLabel(version), Optional.of(Set.of(portals)));
    }

    @Test
    void onFailHaltNeedsConsentAndLeavesEverything() {
        world.good();
        world.notReady.add(BRAZILSOUTH);
        world.wayBack.add("1.0 has no configuration for portal host b");
        world.start("2.0", World.spec(Map.of(), null, null, OnFail.HALT, null)).settle();
        assertThat(((Step.Wait) world.last).text()).contains("approval");
        world.take(Approvals.approve(world.rollout, world.deployment, "stage2", "", "ada", world.now));
        world.settle();
        world.failing.add(new RegionName("westcentralus"));
        world.settle();

        assertThat(world.rollout.state()).isEqualTo(RolloutState.HALTED);
        assertThat(world.serving("westcentralus")).isEqualTo("2.0");
    }
}
