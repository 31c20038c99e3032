package io.portolan.control;

import io.portolan.planner.rollout.OnFail;
import io.portolan.planner.rollout.PlanSpec;
import io.portolan.planner.rollout.RolloutPlan;
import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import io.portolan.protocol.rest.PlanBody;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads what a request asks of a plan: the name of a plan, or an object with what differs from it. */
final class PlanRequests {
    private PlanRequests() {}

    static PlanSpec read(@Nullable JsonNode plan, @Nullable String bake) {
        var spec = read(plan);
        return bake == null || bake.isBlank() ? spec : spec.baking(RolloutsApi.duration(bake));
    }

    private static PlanSpec read(@Nullable JsonNode plan) {
        if (plan == null || plan.isNull()) {
            return PlanSpec.DEFAULT;
        }
        if (plan.isString()) {
            return new PlanSpec(
                    plan.asString(), null, java.util.Map.of(), null, null, null, null, null, null, null, null);
        }
        try {
            return spec(Json.read(plan.toString().getBytes(StandardCharsets.UTF_8), PlanBody.Wanted.class));
        } catch (MalformedJson e) {
            throw new ApiException(ErrorCode.BAD_REQUEST, "plan: " + e.getMessage());
        }
    }

    private static PlanSpec spec(PlanBody.Wanted wanted) {
        var stages = new HashMap<String, PlanSpec.StageSpec>();
        if (wanted.stages() != null) {
            wanted.stages()
                    .forEach((name, stage) -> stages.put(
                            name,
                            new PlanSpec.StageSpec(
                                    duration(stage.bake()), stage.maxFailedRegions(), stage.approval())));
        }
        return new PlanSpec(
                wanted.name(),
                duration(wanted.bake()),
                stages,
                wanted.maxRegionsAtOnce(),
                duration(wanted.waveBake()),
                duration(wanted.progress()),
                wanted.ramp() == null
                        ? null
                        : wanted.ramp().stream()
                                .map(step ->
                                        new RolloutPlan.RampStep(step.percent(), RolloutsApi.duration(step.bake())))
                                .toList(),
                onFail(wanted.onFail()),
                wanted.twoPersons(),
                duration(wanted.approvalExpiry()),
                duration(wanted.unsureLimit()));
    }

    private static @Nullable OnFail onFail(@Nullable String word) {
        if (word == null) {
            return null;
        }
        return switch (word.toLowerCase(java.util.Locale.ROOT)) {
            case "revert" -> OnFail.REVERT;
            case "halt" -> OnFail.HALT;
            default -> throw new ApiException(ErrorCode.INVALID, "onFail: " + word + " (expected: revert or halt)");
        };
    }

    private static @Nullable Duration duration(@Nullable String text) {
        return text == null ? null : RolloutsApi.duration(text);
    }
}
