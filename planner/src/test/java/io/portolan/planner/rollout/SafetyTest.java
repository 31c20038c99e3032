package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What keeps a rollout safe beside the bake: waves, budgets, ramps, approvals, windows, incidents, several at once. */
class SafetyTest {
    private static final RegionName WESTEUROPE = new RegionName("westeurope");
    private static final RegionName SOUTHEASTASIA = new RegionName("southeastasia");
    private static final RegionName BRAZILSOUTH = new RegionName("brazilsouth");
    private static final Duration BAKE = Duration.ofSeconds(10);

    private final World world = new World();

    private static PlanSpec spec(
            Map<String, PlanSpec.StageSpec> stages,
            @Nullable Integer cap,
            @Nullable List<RolloutPlan.RampStep> ramp,
            @Nullable OnFail onFail,
            @Nullable Boolean twoPersons) {
        return new PlanSpec(null, BAKE, stages, cap, null, null, ramp, onFail, twoPersons, null, null);
    }

    private static PlanSpec budget(int regions) {
        return spec(Map.of("stage5", new PlanSpec.StageSpec(null, regions, null)), null, null, null, null);
    }

    private World good() {
        return world.start("1.0").finish();
    }

    private World start(String version, PlanSpec spec) {
        return world.start(version, RolloutKind.SAFE, spec, Duration.ZERO);
    }

    @Test
    void pairedRegionsAreNeverUnsealedTogether() {
        world.pairs.put(WESTEUROPE, List.of(BRAZILSOUTH));
        good();
        start("2.0", spec(Map.of(), null, null, null, null)).settle();
        boolean both = false;
        for (int i = 0; i < 120; i++) {
            world.pass(Duration.ofSeconds(1));
            both |= world.rollout.unsealedRegions().containsAll(List.of(WESTEUROPE, BRAZILSOUTH));
        }

        assertThat(both).isFalse();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void neverMoreRegionsAtOnceThanTheCap() {
        good();
        start("2.0", spec(Map.of(), 1, null, null, null)).settle();
        int most = 0;
        for (int i = 0; i < 120; i++) {
            world.pass(Duration.ofSeconds(1));
            most = Math.max(most, world.rollout.unsealedRegions().size());
        }

        assertThat(most).isEqualTo(1);
        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void aFailingRegionIsPutBackAloneWithinTheBudget() {
        good();
        start("2.0", budget(1)).settle().pass(Duration.ofSeconds(30));
        assertThat(world.states()).endsWith("BAKING");
        world.failing.add(BRAZILSOUTH);
        world.settle();

        assertThat(world.serving("brazilsouth")).isEqualTo("1.0");
        assertThat(world.serving("westeurope")).isEqualTo("2.0");
        assertThat(world.rollout.state()).isEqualTo(RolloutState.RUNNING);
        assertThat(world.pass(Duration.ofMinutes(1)).rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void aSpentBudgetRevertsEverything() {
        good();
        start("2.0", budget(1)).settle().pass(Duration.ofSeconds(30));
        world.failing.addAll(Set.of(BRAZILSOUTH, WESTEUROPE));
        world.settle();

        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("1.0"));
        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.rollout.reason()).contains("failure budget: 1");
    }

    @Test
    void theFirstStageLosesNoRegion() {
        good();
        world.start("2.0").settle();
        world.failing.add(new RegionName("westcentralus"));

        assertThat(world.settle().rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
    }

    @Test
    void anUnreachableRegionIsOwedAndCatchesUpWithWhatIsCurrent() {
        good();
        world.unreachable.add(BRAZILSOUTH);
        start("2.0", budget(1)).settleAll().passAll(Duration.ofMinutes(1));

        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.serving("brazilsouth")).isEqualTo("1.0");
        assertThat(world.deployment.owed()).containsOnlyKeys(BRAZILSOUTH);
        // Not last known good while a region has never had it.
        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("1.0"));

        start("3.0", budget(1)).settleAll().passAll(Duration.ofMinutes(1));
        world.unreachable.clear();
        world.settleAll();

        assertThat(world.serving("brazilsouth")).isEqualTo("3.0");
        assertThat(world.deployment.owed()).isEmpty();
        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("3.0"));
    }

    @Test
    void withoutBudgetAnUnreachableRegionIsWaitedFor() {
        good();
        world.unreachable.add(BRAZILSOUTH);
        start("2.0", budget(0)).settle().pass(Duration.ofMinutes(20));

        assertThat(world.states()).endsWith("APPLYING");
        assertThat(((Step.Wait) world.last).text())
                .contains("brazilsouth is unreachable")
                .contains("failure budget");
    }

    @Test
    void aRevertThatCannotReachARegionIsPartialAndOwed() {
        good();
        world.start("2.0").settle().pass(Duration.ofSeconds(30));
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.unreachable.add(WESTEUROPE);
        world.settle().pass(Duration.ofMinutes(3));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK_PARTIAL);
        assertThat(world.deployment.owed()).containsOnlyKeys(WESTEUROPE);
        assertThat(world.serving("westeurope")).isEqualTo("1.0");
        world.unreachable.clear();
        assertThat(world.settleAll().deployment.owed()).isEmpty();
    }

    @Test
    void rampsWithinARegionAndNeverBack() {
        good();
        start("2.0", spec(Map.of(), null, List.of(new RolloutPlan.RampStep(10, BAKE)), null, null))
                .settle();

        var region = new RegionName("westcentralus");
        assertThat(world.deployment.regions().get(region)).satisfies(pointer -> {
            assertThat(pointer.rampPercent()).isEqualTo(10);
            assertThat(pointer.previous()).isEqualTo("1.0");
        });
        world.pass(BAKE);
        assertThat(world.deployment.regions().get(region))
                .satisfies(pointer -> assertThat(pointer.rampPercent()).isEqualTo(100));
        assertThat(world.states()).startsWith("SKIPPED BAKING");
        assertThat(world.finish().rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void approvalsAreBoundToThePlanExpireAndNeedAnotherPerson() {
        var spec = spec(Map.of("stage2", new PlanSpec.StageSpec(null, null, true)), null, null, null, true);
        start("1.0", spec).settle();
        assertThat(((Step.Wait) world.last).text()).contains("approve ro-1 --stage stage2");

        assertThatThrownBy(() -> Approvals.approve(world.rollout, world.deployment, "stage2", "", "test", world.now))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(Refusal.Code.POLICY));
        assertThatThrownBy(
                        () -> Approvals.approve(world.rollout, world.deployment, "stage2", "other", "ada", world.now))
                .hasMessageContaining("plan hash");

        var early = world.now.minus(Duration.ofDays(2));
        world.take(Approvals.approve(world.rollout, world.deployment, "stage2", "hash", "ada", early));
        assertThat(world.settle().states()).startsWith("SKIPPED PENDING");
        world.take(Approvals.approve(world.rollout, world.deployment, "stage2", "hash", "ada", world.now));
        assertThat(world.settle().states()).startsWith("SKIPPED BAKING");
    }

    @Test
    void windowsStopForwardMovesOnly() {
        good();
        world.start("2.0").settle();
        world.windows.add(new Window(
                "wi-1",
                Window.Kind.DENY,
                "",
                "",
                ZoneOffset.UTC,
                Set.of(),
                null,
                null,
                world.now,
                world.now.plus(Duration.ofHours(1)),
                "freeze"));
        world.pass(Duration.ofMinutes(5));

        assertThat(world.states()).isEqualTo("SKIPPED SEALED PENDING PENDING PENDING");
        assertThat(((Step.Wait) world.last).until())
                .isEqualTo(world.windows.getFirst().end());
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        assertThat(world.settle().serving("westcentralus")).isEqualTo("1.0");
    }

    @Test
    void openIncidentsStopForwardMoves() {
        world.blockers.add("incident in-1 is open");
        world.start("1.0").settle().pass(Duration.ofMinutes(5));

        assertThat(((Step.Wait) world.last).text()).contains("in-1");
        world.blockers.clear();
        assertThat(world.settle().states()).startsWith("SKIPPED BAKING");
    }

    @Test
    void doesNotStartWhereItCouldNotGoBack() {
        good();
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
        good();
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
        good();
        world.notReady.add(BRAZILSOUTH);
        world.wayBack.add("1.0 has no configuration for portal host b");
        start("2.0", spec(Map.of(), null, null, OnFail.HALT, null)).settle();
        assertThat(((Step.Wait) world.last).text()).contains("approval");
        world.take(Approvals.approve(world.rollout, world.deployment, "stage2", "", "ada", world.now));
        world.settle();
        world.failing.add(new RegionName("westcentralus"));
        world.settle();

        assertThat(world.rollout.state()).isEqualTo(RolloutState.HALTED);
        assertThat(world.serving("westcentralus")).isEqualTo("2.0");
    }

    @Test
    void aNewerRolloutEntersAStageOnlyWhenTheOlderHasLeftIt() {
        good();
        world.start("2.0").settleAll();
        world.start("3.0").settleAll();
        assertThat(world.waiting("ro-3")).contains("ro-2").contains("until it has left stage2");

        world.passAll(BAKE);
        assertThat(world.serving("westcentralus")).isEqualTo("3.0");
        assertThat(world.serving("southcentralus")).isEqualTo("2.0");

        world.passAll(Duration.ofMinutes(3));
        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.rollout("ro-3").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("3.0"));
    }

    @Test
    void whatHasNotStartedIsSupersededByTheNewest() {
        good();
        world.start("2.0").settleAll();
        world.start("3.0").settleAll();
        world.start("4.0").settleAll();

        assertThat(world.rollout("ro-3").state()).isEqualTo(RolloutState.SUPERSEDED);
        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.RUNNING);
    }

    @Test
    void aRevertGoesToTheLastSealedVersionNeverToAHalfBakedOne() {
        good();
        world.start("2.0").settleAll();
        world.start("3.0").settleAll().passAll(BAKE);
        // 3.0 is in westcentralus after 2.0 sealed there; now 2.0 turns out bad, then 3.0 too.
        world.turnTo("ro-2");
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.settleAll();
        assertThat(world.serving("westcentralus")).isEqualTo("3.0");
        world.turnTo("ro-3");
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.settleAll();

        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("1.0"));
    }

    @Test
    void aHotfixPassesAtAStageBoundaryAndSupersedesWhatLacksIt() {
        good();
        world.start("2.0").settleAll();
        world.start("1.1", RolloutKind.HOTFIX, PlanSpec.DEFAULT.baking(Duration.ofSeconds(5)), Duration.ZERO)
                .settleAll();
        assertThat(world.waiting("ro-3")).contains("until it has left stage2");
        world.passAll(BAKE);

        // 2.0 sealed stage2 and now waits; the hotfix goes on through the stages it has not begun.
        assertThat(world.waiting("ro-2")).contains("the hotfix goes first");
        world.passAll(Duration.ofMinutes(1));
        assertThat(world.rollout("ro-3").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUPERSEDED);
        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("1.1"));
        assertThat(world.deployment.slots())
                .containsEntry(Slot.LAST_HOTFIX, new VersionLabel("1.1"))
                .containsEntry(Slot.LKG, new VersionLabel("1.0"));
    }

    @Test
    void anAbortedHotfixLetsTheOtherGoOn() {
        good();
        world.start("2.0").settleAll();
        world.start("1.1", RolloutKind.HOTFIX, PlanSpec.DEFAULT.baking(BAKE), Duration.ZERO)
                .settleAll()
                .passAll(BAKE);
        world.turnTo("ro-3");
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.settleAll().passAll(Duration.ofMinutes(2));

        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(World.REGIONS.subList(1, 6))
                .allMatch(region -> world.serving(region.value()).equals("2.0"));
    }

    @Test
    void row_6_10_breakGlassSkipsBakesButLooksAtOneRegionFirst() {
        good();
        world.start("2.0").settleAll();
        world.start("3.0", RolloutKind.BREAK_GLASS, PlanSpec.DEFAULT, Duration.ofMinutes(30))
                .settleAll();

        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUPERSEDED);
        assertThat(world.rollout("ro-3").reason()).isEqualTo("it burns");
        assertThat(world.serving("westcentralus")).isEqualTo("3.0");
        assertThat(world.serving("westus")).isEqualTo("1.0");
        world.passAll(Duration.ofSeconds(59));
        assertThat(world.serving("westus")).isEqualTo("1.0");
        world.passAll(Duration.ofSeconds(2));
        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("3.0"));
    }

    @Test
    void abortBeatsAdvanceInAnyOrder() {
        good();
        world.start("2.0").settle();
        var rollout = world.rollout;
        var deployment = world.deployment;
        world.take(Steering.advance(rollout, deployment, ""));
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        assertThat(world.settle().rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);

        var aborted = Steering.abort(rollout, deployment, "", world.now);
        assertThatThrownBy(() -> Steering.advance(aborted.rollout(), aborted.deployment(), ""))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void anInconclusiveGatePausesForAPersonInTheEnd() {
        good();
        world.gate = (plan, evidence, now) -> new Verdict(Verdict.Outcome.INCONCLUSIVE, "too few samples", null);
        world.start("2.0").settle().pass(Duration.ofMinutes(65));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.PAUSED);
        assertThat(world.states()).isEqualTo("SKIPPED GATING PENDING PENDING PENDING");
        world.gate = Gate.TIME;
        world.take(Steering.resume(world.rollout, world.deployment, "", world.now));
        assertThat(world.finish().rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void row_6_1_slotsMoveOnlyAfterTheFinalBake() {
        good();
        world.start("2.0").settle();
        while (!world.states().endsWith("BAKING")) {
            world.pass(Duration.ofSeconds(1));
        }
        assertThat(world.deployment.slots()).containsOnly(Map.entry(Slot.LKG, new VersionLabel("1.0")));
        world.take(Steering.abort(world.rollout, world.deployment, "", world.now));
        world.settle();
        assertThat(world.deployment.slots()).containsOnly(Map.entry(Slot.LKG, new VersionLabel("1.0")));

        // Nor does one that reverts by itself.
        world.gate = (plan, evidence, now) -> new Verdict(Verdict.Outcome.FAIL, "errors", null);
        world.start("2.1").finish();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.deployment.slots()).containsOnly(Map.entry(Slot.LKG, new VersionLabel("1.0")));

        world.gate = Gate.TIME;
        world.start("3.0").finish();
        assertThat(world.deployment.slots())
                .containsOnly(
                        Map.entry(Slot.LKG, new VersionLabel("3.0")),
                        Map.entry(Slot.PREVIOUS_LKG, new VersionLabel("1.0")));
    }

    @Test
    void row_6_2_hotfixSlotsAreTheirOwn() {
        good();
        var quick = PlanSpec.DEFAULT.baking(BAKE);
        world.start("1.1", RolloutKind.HOTFIX, quick, Duration.ZERO).finish();
        world.start("1.2", RolloutKind.HOTFIX, quick, Duration.ZERO).finish();

        assertThat(world.deployment.slots())
                .containsOnly(
                        Map.entry(Slot.LKG, new VersionLabel("1.0")),
                        Map.entry(Slot.LAST_HOTFIX, new VersionLabel("1.2")),
                        Map.entry(Slot.PREVIOUS_HOTFIX, new VersionLabel("1.1")));
    }

    @Test
    void row_6_3_aRevertToAnySlotMovesEveryRegionAtOnceWithoutABake() {
        for (var slot : Slot.values()) {
            var fresh = new World();
            var quick = PlanSpec.DEFAULT.baking(BAKE);
            fresh.start("1.0").finish();
            fresh.start("2.0").finish();
            fresh.start("2.1", RolloutKind.HOTFIX, quick, Duration.ZERO).finish();
            fresh.start("2.2", RolloutKind.HOTFIX, quick, Duration.ZERO).finish();
            fresh.start("3.0").settle();
            var target = fresh.deployment.slots().get(slot);
            assertThat(target).as(slot.label()).isNotNull();

            fresh.rollBack(slot.label());

            assertThat(World.REGIONS)
                    .as(slot.label())
                    .allMatch(region -> fresh.deployment.versionIn(region).equals(Optional.ofNullable(target)));
            assertThat(fresh.settle().rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
        }
    }

    @Test
    void notLastKnownGoodWhereEveryProcessWasRestartedSinceItLoaded() {
        good();
        world.start("2.0", BAKE, BAKE).settle();
        while (!world.states().endsWith("BAKING")) {
            world.pass(Duration.ofSeconds(1));
        }
        world.boots.put(WESTEUROPE, 2);
        world.pass(Duration.ofSeconds(11));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.RUNNING);
        assertThat(((Step.Wait) world.last).text()).contains("after a restart");
        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("1.0"));
        world.pass(Duration.ofSeconds(10));
        assertThat(world.deployment.slots()).containsEntry(Slot.LKG, new VersionLabel("2.0"));
    }

    @Test
    void row_6_7_theBakeClockStartsWhenTheWaveHasConverged() {
        good();
        world.notConverged.add(SOUTHEASTASIA);
        world.start("2.0").settle().pass(Duration.ofMinutes(2));
        assertThat(world.states()).endsWith("CONVERGING");
        world.notConverged.clear();
        var before = world.now;
        world.settle();

        assertThat(world.rollout.stages().getLast().convergedAt()).isEqualTo(before);
        assertThat(world.rollout.stages().getLast().healthyFor()).isZero();
    }
}
