package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Check-only runs: each finding by what would happen to the rollout itself. */
class CheckingTest {
    private static final RegionName FIRST = new RegionName("westcentralus");
    private static final RegionName LAST = new RegionName("brazilsouth");

    private final World world = new World();
    private final Checking.Finding room = new Checking.Finding("capacity", Checking.Outcome.PASS, "room");

    private Checking.Report check(String version, PlanSpec spec) {
        var request = new Starting.Request(
                "ck-1",
                99,
                new VersionLabel(version),
                RolloutKind.SAFE,
                spec.baking(Duration.ofSeconds(10)),
                new Plans.Facts(StageDefinition.standard(), World.REGIONS, world.pairs, Duration.ZERO, null),
                List.of(),
                "",
                "test",
                world.now);
        var before = world.deployment;
        var rollout = Checking.planned(request, world.deployment, plan -> "hash");
        var served = new HashMap<>(world.observation().regions());
        var scene = new Scene(
                world.deployment,
                world.observation(),
                world.gate,
                world.running(),
                world.windows,
                world.blockers,
                world.wayBack,
                world.joining);
        var report = Checking.report(
                request, rollout, new Checking.Look(scene, served, true, List.of(), wave -> room), world.now);
        assertThat(world.deployment).isSameAs(before);
        return report;
    }

    private Checking.Report check() {
        return check("2.0", PlanSpec.DEFAULT);
    }

    private static Checking.Finding finding(Checking.Report report, String stage, String check) {
        return (stage.isEmpty()
                        ? report.findings().stream()
                        : report.stages().stream()
                                .filter(each -> each.name().equals(stage))
                                .flatMap(each -> each.findings().stream()))
                .filter(each -> each.check().equals(check))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void row_6_15_checkOnlySaysThatNothingStandsAgainstIt() {
        world.good();
        var report = check();

        // The stage without a region is a note; nothing else is more than a pass.
        assertThat(report.outcome()).isEqualTo(Checking.Outcome.NOTE);
        assertThat(report.stages().stream().skip(1)).allMatch(stage -> stage.outcome() == Checking.Outcome.PASS);
        assertThat(finding(report, "stage2", "gate").reason()).startsWith("PASS for 1.0, without a bake");
        world.start("2.0").finish();
        assertThat(world.serving("brazilsouth")).isEqualTo("2.0");
    }

    @Test
    void row_6_15_checkOnlySaysWhichStageWouldFailAndWhy() {
        world.good();
        world.failing.add(LAST);
        var report = check();

        assertThat(report.outcome()).isEqualTo(Checking.Outcome.FAIL);
        assertThat(report.stages().get(1).outcome()).isEqualTo(Checking.Outcome.PASS);
        assertThat(finding(report, "stage5", "health").reason()).isEqualTo("brazilsouth: node quarantined it");
    }

    @Test
    void row_6_15_checkOnlyAsksTheGateAboutWhatIsExposed() {
        world.good();
        world.start("2.0", PlanSpec.DEFAULT.baking(Duration.ofSeconds(10)).reaching(new PlanSpec.Reach.Only("stage2")))
                .finish();
        world.gate = (plan, evidence, now) -> plan.name().equals("stage2")
                ? new Verdict(Verdict.Outcome.FAIL, "errors rise", null)
                : new Verdict(Verdict.Outcome.INCONCLUSIVE, "too few samples", null);
        var report = check();

        assertThat(finding(report, "stage2", "gate"))
                .isEqualTo(new Checking.Finding(
                        "gate", Checking.Outcome.FAIL, "FAIL for 2.0, without a bake: errors rise"));
        // No data is never a pass.
        assertThat(finding(report, "stage3", "gate").outcome()).isEqualTo(Checking.Outcome.WAIT);
        assertThat(finding(report, "stage3", "gate").reason())
                .contains("for 1.0")
                .contains("too few samples");
    }

    @Test
    void saysWhatItWouldWaitFor() {
        world.good();
        world.blockers.add("incident in-3 is open");
        world.unreachable.add(FIRST);
        var spec = World.spec(Map.of("stage4", new PlanSpec.StageSpec(null, null, true)), null, null, null, null);
        var report = check("2.0", spec);

        assertThat(report.outcome()).isEqualTo(Checking.Outcome.WAIT);
        assertThat(finding(report, "stage2", "incidents").reason()).contains("in-3");
        assertThat(finding(report, "stage2", "reach").reason()).contains("westcentralus is unreachable");
        assertThat(finding(report, "stage2", "gate").reason()).isEqualTo("no data: no region is in reach");
        assertThat(finding(report, "stage4", "approval").outcome()).isEqualTo(Checking.Outcome.WAIT);
        assertThat(finding(report, "stage5", "reach").outcome()).isEqualTo(Checking.Outcome.PASS);
    }

    @Test
    void aRegionWithinTheBudgetIsWorthKnowingOnly() {
        world.good();
        world.unreachable.add(LAST);

        assertThat(finding(check("2.0", World.budget(1)), "stage5", "reach").outcome())
                .isEqualTo(Checking.Outcome.NOTE);
        assertThat(finding(check("2.0", World.budget(0)), "stage5", "reach").outcome())
                .isEqualTo(Checking.Outcome.WAIT);
    }

    @Test
    void whatWouldBeRefusedFailsAndWhatCannotGoBackToo() {
        world.good();
        world.start("2.0").finish();
        world.rollBack(RollingBack.AUTO);
        world.settle();
        world.wayBack.add("1.0 has no configuration for portal host p");
        var report = check();

        assertThat(finding(report, "", "start").outcome()).isEqualTo(Checking.Outcome.FAIL);
        assertThat(finding(report, "", "start").reason()).contains("it was withdrawn");
        assertThat(finding(report, "stage2", "readiness").outcome()).isEqualTo(Checking.Outcome.FAIL);
        assertThat(Stream.of("stage3", "stage4", "stage5")).allMatch(stage -> report.stages().stream()
                .filter(each -> each.name().equals(stage))
                .flatMap(each -> each.findings().stream())
                .noneMatch(each -> each.check().equals("readiness")));
    }
}
