package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A page and its controllers: one version, staged, judged and put back as a pair. */
class PairTest {
    private static final RegionName FIRST = new RegionName("westcentralus");
    private static final RegionName WESTEUROPE = new RegionName("westeurope");
    private static final RegionName BRAZILSOUTH = new RegionName("brazilsouth");
    private static final Duration BAKE = Duration.ofSeconds(10);
    private static final Observation.Controllers READY = new Observation.Controllers(true, "", "", 0, 1000, 10);
    private static final Observation.Controllers STARTING = new Observation.Controllers(
            false, "controllers of 2.0 not ready in westcentralus: api 1/2 (STARTING, 12 s)", "", 0, 0, 0);
    private static final Observation.Controllers CRASHING =
            new Observation.Controllers(false, "api 0/1 (CRASH_LOOP)", "api ends again and again", 5, 0, 0);

    private final World world = new World();

    private World good() {
        return world.start("1.0").finish();
    }

    private World start(PlanSpec spec) {
        return world.start("2.0", RolloutKind.SAFE, spec, Duration.ZERO);
    }

    private static PlanSpec budget(int regions) {
        return new PlanSpec(
                null,
                BAKE,
                Map.of("stage5", new PlanSpec.StageSpec(null, regions, null)),
                null,
                null,
                Duration.ofMinutes(1),
                null,
                null,
                null,
                null,
                null);
    }

    private String waiting() {
        return ((Step.Wait) world.last).text();
    }

    @Test
    void aPageIsSwitchedWhenItsControllersAreReady() {
        good();
        world.controllers.put(FIRST, STARTING);
        start(budget(0)).settle().pass(Duration.ofSeconds(30));

        assertThat(world.serving("westcentralus")).isEqualTo("1.0");
        assertThat(waiting()).isEqualTo("stage2: " + STARTING.lacks());
        world.controllers.put(FIRST, READY);
        world.settle();
        assertThat(world.serving("westcentralus")).isEqualTo("2.0");
        assertThat(world.finish().rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void controllersThatDoNotComeUpInTheFirstStageEndTheRolloutBeforeAnybodySeesIt() {
        good();
        world.controllers.put(FIRST, CRASHING);
        start(budget(0)).settle();

        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.rollout.reason()).contains("api ends again and again").contains("failure budget: 0");
        assertThat(World.REGIONS)
                .allMatch(region -> world.serving(region.value()).equals("1.0"));
    }

    @Test
    void aCrashLoopInTheFirstStageTakesThePairBackByItself() {
        good();
        world.controllers.put(FIRST, READY);
        start(budget(0)).settle().pass(Duration.ofSeconds(3));
        assertThat(world.serving("westcentralus")).isEqualTo("2.0");
        world.controllers.put(FIRST, CRASHING);
        world.settle();

        assertThat(world.serving("westcentralus")).isEqualTo("1.0");
        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.deployment.withdrawn()).contains(new VersionLabel("2.0"));
    }

    @Test
    void controllersThatAreNeverReadyAreWaitedForNoLongerThanThePlanSays() {
        good();
        world.controllers.put(FIRST, STARTING);
        start(budget(0)).settle().pass(Duration.ofSeconds(59));
        assertThat(world.rollout.state()).isEqualTo(RolloutState.RUNNING);
        world.pass(Duration.ofSeconds(2));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.rollout.reason()).contains("not within 60 s", "api 1/2 (STARTING, 12 s)");
    }

    @Test
    void aPausedRolloutIsNotTakenBackForControllersThatAreLate() {
        good();
        world.controllers.put(FIRST, STARTING);
        start(budget(0)).settle();
        world.take(Steering.pause(world.rollout, world.deployment, "", world.now));
        world.pass(Duration.ofMinutes(5));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.PAUSED);
        assertThat(world.serving("westcentralus")).isEqualTo("1.0");
    }

    @Test
    void aRegionWhoseControllersDoNotComeUpIsLeftOutWithinTheBudgetAndCatchesUp() {
        good();
        world.controllers.put(BRAZILSOUTH, CRASHING);
        start(budget(1)).settleAll().passAll(Duration.ofMinutes(2));

        assertThat(world.rollout("ro-2").state()).isEqualTo(RolloutState.SUCCEEDED);
        assertThat(world.serving("brazilsouth")).isEqualTo("1.0");
        assertThat(world.serving("westeurope")).isEqualTo("2.0");
        assertThat(world.deployment.owed()).containsOnlyKeys(BRAZILSOUTH);
        assertThat(RunningVersions.in(BRAZILSOUTH, world.deployment, List.of()))
                .as("what is owed is started, else it could never be given")
                .containsExactly(new VersionLabel("1.0"), new VersionLabel("2.0"));

        world.controllers.put(BRAZILSOUTH, READY);
        world.settleAll();
        assertThat(world.serving("brazilsouth")).isEqualTo("2.0");
        assertThat(world.deployment.owed()).isEmpty();
    }

    @Test
    void aBakeStandsStillWhileControllersAreNotReady() {
        good();
        world.controllers.put(FIRST, READY);
        start(budget(0)).settle().pass(Duration.ofSeconds(3));
        world.controllers.put(FIRST, STARTING);
        world.pass(Duration.ofSeconds(30));

        assertThat(world.states()).startsWith("SKIPPED BAKING");
        assertThat(waiting()).contains("bake stands still").contains("api 1/2");
        world.controllers.put(FIRST, READY);
        assertThat(world.finish().rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void theGateLooksAtRestartsAndFailedCalls() {
        assertThat(verdict(new Observation.Controllers(true, "", "", 2, 1000, 50))
                        .outcome())
                .isEqualTo(Verdict.Outcome.PASS);
        assertThat(verdict(new Observation.Controllers(true, "", "", 3, 0, 0))).satisfies(verdict -> {
            assertThat(verdict.outcome()).isEqualTo(Verdict.Outcome.FAIL);
            assertThat(verdict.reason()).contains("restarted 3 times");
        });
        assertThat(verdict(new Observation.Controllers(true, "", "", 0, 1000, 51)))
                .satisfies(verdict -> {
                    assertThat(verdict.outcome()).isEqualTo(Verdict.Outcome.FAIL);
                    assertThat(verdict.reason()).contains("5.1 % of 1000 calls failed");
                });
        assertThat(verdict(new Observation.Controllers(true, "", "", 0, 49, 49)).outcome())
                .as("too few calls say nothing about a share")
                .isEqualTo(Verdict.Outcome.PASS);
        assertThat(verdict(STARTING).outcome()).isEqualTo(Verdict.Outcome.INCONCLUSIVE);
        assertThat(verdict(CRASHING).outcome()).isEqualTo(Verdict.Outcome.FAIL);
        assertThat(verdict(Observation.Controllers.NONE).reason())
                .as("nothing is said of what is not there")
                .isEmpty();
    }

    private static Verdict verdict(Observation.Controllers seen) {
        return Gate.CONTROLLERS.decide(
                new RolloutPlan.PlannedStage("stage2", List.of(FIRST), BAKE, 0, false),
                new Gate.Evidence(true, BAKE, BAKE, Map.of(FIRST, seen)),
                Instant.EPOCH);
    }

    @Test
    void failedCallsTakeThePairBackAtTheGate() {
        good();
        world.gate = Gate.STANDARD;
        world.controllers.put(FIRST, new Observation.Controllers(true, "", "", 0, 200, 100));
        start(budget(0)).settle().pass(Duration.ofSeconds(30));

        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.rollout.reason()).contains("50.0 % of 200 calls failed");
        assertThat(world.serving("westcentralus")).isEqualTo("1.0");
    }

    @Test
    void theVerdictTellsOfControllersToo() {
        good();
        world.gate = Gate.STANDARD;
        world.controllers.put(FIRST, READY);
        start(budget(0)).finish();

        assertThat(world.rollout.stage("stage2").orElseThrow().verdict())
                .isEqualTo("PASS: healthy for 10 s; controllers ready, 0 restarts, 1000 calls, 1.0 % failed");
        assertThat(world.rollout.stage("stage5").orElseThrow().verdict()).isEqualTo("PASS: healthy for 10 s");
    }

    @Test
    void theWorstVerdictOfSeveralGatesCounts() {
        Gate fails = (plan, evidence, now) -> new Verdict(Verdict.Outcome.FAIL, "no", null);
        Gate doubts = (plan, evidence, now) -> new Verdict(Verdict.Outcome.INCONCLUSIVE, "perhaps", null);
        Gate passes = (plan, evidence, now) -> new Verdict(Verdict.Outcome.PASS, "yes", null);
        var plan = new RolloutPlan.PlannedStage("stage2", List.of(FIRST), BAKE, 0, false);
        var evidence = new Gate.Evidence(true, BAKE, BAKE);

        assertThat(Gate.all(List.of(passes, doubts, fails))
                        .decide(plan, evidence, Instant.EPOCH)
                        .reason())
                .isEqualTo("no");
        assertThat(Gate.all(List.of(passes, doubts))
                        .decide(plan, evidence, Instant.EPOCH)
                        .reason())
                .isEqualTo("perhaps");
        assertThat(Gate.all(List.of(passes, passes))
                        .decide(plan, evidence, Instant.EPOCH)
                        .reason())
                .isEqualTo("yes; yes");
    }

    @Test
    void aRollbackWaitsForControllersThatHaveToBeStartedButNotForLong() {
        twoGood();
        world.controllers.put(WESTEUROPE, STARTING);
        world.controllers.put(BRAZILSOUTH, STARTING);
        var started = world.rollBack(RollingBack.AUTO);

        assertThat(started.started().cause()).contains("first its controllers are started in brazilsouth, westeurope");
        assertThat(world.serving("westus")).as("where they run nobody waits").isEqualTo("1.0");
        assertThat(world.serving("westeurope")).isEqualTo("2.0");
        assertThat(world.deployment.withdrawn()).containsExactly(new VersionLabel("2.0"));
        assertThat(RunningVersions.in(WESTEUROPE, world.deployment, List.of(RunningVersions.Need.of(world.rollout))))
                .contains(new VersionLabel("1.0"));
        assertThat(((Step.Wait) world.settle().last).text())
                .contains("at most 10 s")
                .contains("api 1/2");

        world.controllers.put(WESTEUROPE, READY);
        world.settle();
        assertThat(world.serving("westeurope")).isEqualTo("1.0");
        assertThat(world.serving("brazilsouth")).isEqualTo("2.0");

        world.pass(RollingBack.WARM_UP);
        assertThat(world.serving("brazilsouth")).isEqualTo("1.0");
        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void aRollbackWaitsForNobodyOutOfReach() {
        twoGood();
        world.controllers.put(WESTEUROPE, STARTING);
        world.rollBack(RollingBack.AUTO);
        world.unreachable.add(WESTEUROPE);

        assertThat(world.settle().serving("westeurope")).isEqualTo("1.0");
    }

    @Test
    void aSecondRollbackTakesRegionsOverThatTheFirstStillWarms() {
        twoGood();
        world.controllers.put(WESTEUROPE, STARTING);
        world.rollBack(RollingBack.AUTO, Optional.of(WESTEUROPE));
        assertThat(world.serving("westeurope")).isEqualTo("2.0");
        world.controllers.clear();
        world.rollBack("1.0", Optional.of(WESTEUROPE));

        assertThat(world.serving("westeurope")).isEqualTo("1.0");
        assertThat(world.rollout("ro-3").state()).isEqualTo(RolloutState.SUPERSEDED);
        assertThat(world.settleAll().rollout("ro-4").state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    private void twoGood() {
        good();
        start(budget(0)).finish();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.SUCCEEDED);
    }

    @Test
    void whatMayBePutBackKeepsItsControllers() {
        good();
        start(budget(0)).settle();
        var needs = List.of(RunningVersions.Need.of(world.rollout));

        assertThat(RunningVersions.in(FIRST, world.deployment, needs))
                .containsExactly(new VersionLabel("1.0"), new VersionLabel("2.0"));
        assertThat(RunningVersions.in(WESTEUROPE, world.deployment, needs))
                .as("nothing is started before a region's turn")
                .containsExactly(new VersionLabel("1.0"));
        world.finish();
        assertThat(RunningVersions.in(FIRST, world.deployment, List.of())).containsExactly(new VersionLabel("2.0"));
    }

    @Test
    void aRegionThatJoinsStartsWhatItMayBeGiven() {
        good();
        start(budget(0)).settle();
        var needs = List.of(RunningVersions.Need.of(world.rollout));
        var joining = new RegionName("northeurope");

        assertThat(RunningVersions.joining(joining, "stage2", world.deployment, needs))
                .containsExactly(new VersionLabel("1.0"), new VersionLabel("2.0"));
        assertThat(RunningVersions.joining(joining, "stage5", world.deployment, needs))
                .containsExactly(new VersionLabel("1.0"));
    }

    @Test
    void aRegionThatGotAllOfItsUsersMeanwhileStartsWhatItsStageIsGiven() {
        good();
        start(budget(0)).settle();
        var needs = List.of(RunningVersions.Need.of(world.rollout));
        var arrived = new RegionName("northeurope");
        var deployment = world.deployment.pointing(Map.of(arrived, "1.0"), 1);

        assertThat(RunningVersions.arrived(arrived, "stage2", deployment, needs))
                .as("the rollout waits for its controllers before it seals the stage")
                .containsExactly(new VersionLabel("1.0"), new VersionLabel("2.0"));
        assertThat(RunningVersions.arrived(arrived, "stage5", deployment, needs))
                .as("the rollout is not there yet")
                .containsExactly(new VersionLabel("1.0"));
        assertThat(RunningVersions.arrived(arrived, "stage5", world.deployment, needs))
                .as("it has none, and may be given its stage's")
                .containsExactly(new VersionLabel("1.0"));
        assertThat(RunningVersions.arrived(WESTEUROPE, "stage2", world.deployment, needs))
                .as("one of the rollout's own waits for its turn")
                .containsExactly(new VersionLabel("1.0"));
    }

    @Test
    void aRegionThatJoinsWhereAHotfixWasLastStartsThatToo() {
        good();
        world.start("1.1", RolloutKind.HOTFIX, PlanSpec.DEFAULT.baking(Duration.ofSeconds(10)), Duration.ZERO)
                .finish();
        start(budget(0)).settle();
        var needs = List.of(RunningVersions.Need.of(world.rollout));

        // What it gets until every other region of the stage has passed, and neither last known good nor the stage's
        // any more.
        assertThat(RunningVersions.joining(new RegionName("northeurope"), "stage2", world.deployment, needs))
                .containsExactly(new VersionLabel("1.0"), new VersionLabel("1.1"), new VersionLabel("2.0"));
    }
}
