package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.Stage;
import io.portolan.model.StageDefinition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PlansTest {
    private static final Duration MINIMUM = Duration.ofMinutes(30);

    private static Plans.Facts facts(Duration minimum) {
        return new Plans.Facts(StageDefinition.standard(), World.REGIONS, Map.of(), minimum, null);
    }

    private static PlanSpec named(String name) {
        return new PlanSpec(name, null, Map.of(), null, null, null, null, null, null, null, null);
    }

    private static RolloutPlan make(RolloutKind kind, PlanSpec spec) {
        return Plans.make(kind, spec, facts(MINIMUM));
    }

    @Test
    void row_6_8_defaultsAndTheLeastBake() {
        assertThat(make(RolloutKind.SAFE, PlanSpec.DEFAULT).stages())
                .extracting(RolloutPlan.PlannedStage::bake)
                .containsOnly(Duration.ofDays(1));
        assertThat(make(RolloutKind.SAFE, named("fast")).stages().getFirst().bake())
                .isEqualTo(Duration.ofHours(6));
        assertThat(make(RolloutKind.HOTFIX, PlanSpec.DEFAULT)
                        .stages()
                        .getFirst()
                        .bake())
                .isEqualTo(Duration.ofHours(6));
        assertThat(make(RolloutKind.SAFE, named("quick")).stages().getFirst().bake())
                .isEqualTo(MINIMUM);
        assertThatThrownBy(() -> make(RolloutKind.SAFE, PlanSpec.DEFAULT.baking(Duration.ofMinutes(29))))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("PT29M")
                .hasMessageContaining("PT30M");
        assertThatThrownBy(() -> make(RolloutKind.HOTFIX, PlanSpec.DEFAULT.baking(Duration.ofMinutes(29))))
                .isInstanceOf(Refusal.class);
    }

    private static PlanSpec lasting(
            @Nullable Duration bake,
            @Nullable Duration ofStage,
            @Nullable Duration waveBake,
            @Nullable Duration progress,
            @Nullable Duration step,
            @Nullable Duration approvalExpiry,
            @Nullable Duration unsureLimit) {
        return new PlanSpec(
                null,
                bake,
                Map.of("stage3", new PlanSpec.StageSpec(ofStage, null, null)),
                null,
                waveBake,
                progress,
                step == null ? null : List.of(new RolloutPlan.RampStep(5, step)),
                null,
                null,
                approvalExpiry,
                unsureLimit);
    }

    @Test
    void noDurationIsNegativeOrLongerThanAYear() {
        Map<String, Function<Duration, PlanSpec>> mayBeZero = Map.of(
                "bake", span -> lasting(span, null, null, null, null, null, null),
                "bake of stage3", span -> lasting(null, span, null, null, null, null, null),
                "waveBake", span -> lasting(null, null, span, null, null, null, null),
                "bake of ramp 5", span -> lasting(null, null, null, null, span, null, null));
        Map<String, Function<Duration, PlanSpec>> mayNot = Map.of(
                "progress", span -> lasting(null, null, null, span, null, null, null),
                "approvalExpiry", span -> lasting(null, null, null, null, null, span, null),
                "unsureLimit", span -> lasting(null, null, null, null, null, null, span));
        var endless = Duration.ofSeconds(Long.MAX_VALUE);
        for (var bad :
                List.of(Duration.ofNanos(-1), endless, Duration.ofDays(365).plusNanos(1))) {
            mayBeZero.forEach((what, spec) -> isRefused(spec.apply(bad), what + ": " + bad, "0 or more"));
            mayNot.forEach((what, spec) -> isRefused(spec.apply(bad), what + ": " + bad, "more than 0"));
        }
        mayNot.forEach((what, spec) -> isRefused(spec.apply(Duration.ZERO), what + ": PT0S", "more than 0"));
        for (var good : List.of(Duration.ZERO, Duration.ofDays(365))) {
            mayBeZero.values().forEach(spec -> Plans.make(RolloutKind.SAFE, spec.apply(good), facts(Duration.ZERO)));
        }
        mayNot.values()
                .forEach(spec -> Plans.make(RolloutKind.SAFE, spec.apply(Duration.ofDays(365)), facts(Duration.ZERO)));
    }

    private static void isRefused(PlanSpec spec, String what, String expected) {
        for (var kind : List.of(RolloutKind.SAFE, RolloutKind.BREAK_GLASS)) {
            assertThatThrownBy(() -> Plans.make(kind, spec, facts(Duration.ZERO)))
                    .as("%s %s", kind, what)
                    .isInstanceOf(Refusal.class)
                    .hasMessage(what + " (expected: " + expected + ", at most 365 days)");
        }
    }

    @Test
    void row_6_15_customStageNamesAndSequence() {
        var definition = new StageDefinition(List.of(
                new Stage("canary", List.of("westus")),
                new Stage("early", List.of("brazilsouth", "westeurope")),
                new Stage("rest", List.of("*"))));
        var plan = Plans.make(
                RolloutKind.SAFE,
                PlanSpec.DEFAULT,
                new Plans.Facts(definition, World.REGIONS, Map.of(), MINIMUM, null));

        assertThat(plan.stages()).extracting(RolloutPlan.PlannedStage::name).containsExactly("canary", "early", "rest");
        assertThat(plan.stages().get(1).regions())
                .containsExactly(new RegionName("westeurope"), new RegionName("brazilsouth"));

        var single = Plans.make(
                RolloutKind.SAFE,
                PlanSpec.DEFAULT,
                new Plans.Facts(
                        new StageDefinition(List.of(new Stage("all", List.of("*")))),
                        World.REGIONS,
                        Map.of(),
                        MINIMUM,
                        null));
        assertThat(single.stages()).hasSize(1);
        assertThat(single.regions()).containsExactlyInAnyOrderElementsOf(World.REGIONS);
    }

    @Test
    void theFirstStageWithRegionsMayLoseNone() {
        var spec = new PlanSpec(
                null,
                null,
                Map.of("stage2", new PlanSpec.StageSpec(null, 1, null)),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);

        assertThatThrownBy(() -> make(RolloutKind.SAFE, spec)).hasMessageContaining("first stage");
    }

    @Test
    void refusesStagesPlansAndRampsThatAreNone() {
        assertThatThrownBy(() -> make(RolloutKind.SAFE, named("soon"))).hasMessageContaining("standard");
        var stage = new PlanSpec(
                null,
                null,
                Map.of("stage9", new PlanSpec.StageSpec(null, null, true)),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
        assertThatThrownBy(() -> make(RolloutKind.SAFE, stage)).hasMessageContaining("stage5");
        var ramp = new PlanSpec(
                null,
                null,
                Map.of(),
                null,
                null,
                null,
                List.of(new RolloutPlan.RampStep(50, MINIMUM), new RolloutPlan.RampStep(10, MINIMUM)),
                null,
                null,
                null,
                null);
        assertThatThrownBy(() -> make(RolloutKind.SAFE, ramp)).hasMessageContaining("rising");
    }

    @Test
    void wavesKeepPairsApartInBothDirectionsAndTheCap() {
        var one = new RegionName("westeurope");
        var other = new RegionName("brazilsouth");
        var facts =
                new Plans.Facts(StageDefinition.standard(), World.REGIONS, Map.of(other, List.of(one)), MINIMUM, null);
        var plan = Plans.make(RolloutKind.SAFE, PlanSpec.DEFAULT, facts);
        var rest = plan.stages().getLast();

        assertThat(plan.limits().paired(one, other)).isTrue();
        assertThat(plan.limits().paired(other, one)).isTrue();
        assertThat(Waves.all(plan, rest))
                .containsExactly(List.of(one, new RegionName("southeastasia")), List.of(other));
    }

    @Test
    void predictsItsEndAroundAClosedWeekend() {
        var plan = make(RolloutKind.SAFE, PlanSpec.DEFAULT.baking(Duration.ofHours(12)));
        var friday = Instant.parse("2026-11-27T06:00:00Z");
        var weekend = new Window(
                "wi-1",
                Window.Kind.DENY,
                "",
                "",
                java.time.ZoneOffset.UTC,
                java.util.Set.of(java.time.DayOfWeek.FRIDAY),
                java.time.LocalTime.of(17, 0),
                java.time.LocalTime.of(9, 0),
                null,
                null,
                "");

        // Four stages with regions: without the window two days; the second stage waits from Friday 18:00 to Saturday
        // 09:00.
        assertThat(Plans.predictedEnd(plan, List.of(), friday)).isEqualTo(friday.plus(Duration.ofHours(48)));
        assertThat(Plans.predictedEnd(plan, List.of(weekend), friday))
                .isEqualTo(Instant.parse("2026-11-28T09:00:00Z").plus(Duration.ofHours(36)));
    }
}
