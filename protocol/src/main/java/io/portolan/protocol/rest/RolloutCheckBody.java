package io.portolan.protocol.rest;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.VersionLabel;
import java.time.Instant;
import java.util.List;

/**
 * A check of a rollout that was not started: what it would have met at that moment. Nothing moved.
 *
 * @param outcome  the worst of all findings
 * @param reason   why it was asked, as given
 * @param planHash of the plan that was looked at
 * @param findings about no single stage
 */
public record RolloutCheckBody(
        String id,
        ExtensionName extension,
        EnvironmentName environment,
        VersionLabel version,
        RolloutKind kind,
        Outcome outcome,
        String reason,
        String planHash,
        PlanBody plan,
        List<Finding> findings,
        List<StageCheck> stages,
        Instant checkedAt,
        String checkedBy) {
    public RolloutCheckBody {
        findings = List.copyOf(findings);
        stages = List.copyOf(stages);
    }

    /** Each is worse than those before it. */
    public enum Outcome {
        /** Nothing stands against it. */
        PASS,
        /** It would go on, and this is worth knowing. */
        NOTE,
        /** It would wait, for a time or for a person. */
        WAIT,
        /** It would be refused, put back, or never begin. */
        FAIL
    }

    /**
     * One answer.
     *
     * @param check what was asked: {@code validation}, {@code start}, {@code order}, {@code approval}, {@code calendar},
     *              {@code incidents}, {@code readiness}, {@code reach}, {@code content}, {@code capacity}, {@code health},
     *              {@code gate}, {@code regions}
     */
    public record Finding(String check, Outcome outcome, String reason) {}

    /** One stage; its outcome is its worst finding's. */
    public record StageCheck(String name, List<RegionName> regions, Outcome outcome, List<Finding> findings) {
        public StageCheck {
            regions = List.copyOf(regions);
            findings = List.copyOf(findings);
        }
    }
}
