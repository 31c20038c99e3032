package io.portolan.protocol.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.rest.ExtensionBody.Hold;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A rollout; the last six fields are a rollback's and null otherwise.
 *
 * @param base          version that the extension's last region had when it began, null for none
 * @param reason        given at start, or why it ended
 * @param plan          frozen at start; null for a rollback
 * @param lost          regions that it left out and that catch up when they are back, and regions that failed and were put back
 * @param approvals     given so far
 * @param waitingFor    null when final
 * @param warmed        what was fetched through CDNs before the first region showed it, in words
 * @param elapsedMillis from receipt of the request to the last region's acknowledgement; null until then
 * @param blobsMoved    sum of the nodes' blobsFetched meanwhile
 */
public record RolloutBody(
        String id,
        ExtensionName extension,
        EnvironmentName environment,
        VersionLabel version,
        @Nullable VersionLabel base,
        RolloutKind kind,
        RolloutState state,
        String reason,
        String planHash,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable PlanBody plan,
        List<StageBody> stages,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Lost> lost,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ApprovalBody> approvals,
        @Nullable WaitingFor waitingFor,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> warmed,
        Instant startedAt,
        @Nullable Instant endedAt,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String to,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer regionsTotal,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer regionsConverged,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long elapsedMillis,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long blobsMoved,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Hold hold) {
    public RolloutBody {
        stages = List.copyOf(stages);
        // Absent where there are none.
        lost = List.copyOf(Objects.requireNonNullElse(lost, List.of()));
        warmed = List.copyOf(Objects.requireNonNullElse(warmed, List.of()));
        approvals = List.copyOf(Objects.requireNonNullElse(approvals, List.of()));
    }

    /**
     * One stage.
     *
     * @param bakeUntil predicted end of the bake, null unless it runs
     * @param verdict   what the gate said last, empty text before
     */
    public record StageBody(
            String name,
            List<RegionName> regions,
            StageState state,
            @Nullable Instant convergedAt,
            @Nullable Instant bakeUntil,
            String verdict) {}

    /**
     * A region that a rollout goes on without.
     *
     * @param state {@code OWED}: out of reach, catches up when it is back; {@code FAILED}: was put back alone
     */
    public record Lost(RegionName region, String state, String reason) {}

    /** A person's consent to a stage. */
    public record ApprovalBody(String stage, String actor, Instant at, Instant expiresAt) {}

    /**
     * One sentence that explains a wait.
     *
     * @param text   what it waits for
     * @param until  when that ends by itself, null when unknown
     * @param actors who or what can end it
     */
    public record WaitingFor(
            String text, Instant since, @Nullable Instant until, List<String> actors) {}

    /**
     * Body of {@code POST /v1/rollouts}.
     *
     * @param plan     name of a plan, or an object as {@link PlanBody.Wanted}
     * @param contains versions whose changes this version has too: a hotfix among them does not supersede it
     * @param stage    the only stage that it goes through
     * @param through  the last stage that it goes through
     * @param checks   false: only bakes judge its stages, and no health check; needs a reason
     */
    public record Start(
            ExtensionName extension,
            @Nullable EnvironmentName environment,
            VersionLabel version,
            @Nullable RolloutKind kind,
            @Nullable String bake,
            @Nullable String reason,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            JsonNode plan,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            List<VersionLabel> contains,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String stage,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String through,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Boolean checks) {
        /** Through every stage, judged by health checks. */
        public Start(
                ExtensionName extension,
                @Nullable EnvironmentName environment,
                VersionLabel version,
                @Nullable RolloutKind kind,
                @Nullable String bake,
                @Nullable String reason,
                @Nullable JsonNode plan,
                @Nullable List<VersionLabel> contains) {
            this(extension, environment, version, kind, bake, reason, plan, contains, null, null, null);
        }

        /** With the environment's usual plan. */
        public Start(
                ExtensionName extension,
                @Nullable EnvironmentName environment,
                VersionLabel version,
                @Nullable RolloutKind kind,
                @Nullable String bake,
                @Nullable String reason) {
            this(extension, environment, version, kind, bake, reason, null, null);
        }
    }

    /** Body of {@code POST /v1/rollbacks}; {@code to} is {@code auto}, a slot or a version. */
    public record Rollback(
            ExtensionName extension,
            @Nullable EnvironmentName environment,
            @Nullable String to,
            @Nullable RegionName region,
            @Nullable String reason) {}

    /** Body of the verbs on a rollout; optional everywhere. */
    public record Verb(@Nullable String reason) {}

    /**
     * Body of an approval.
     *
     * @param stage    the stage that waits for it unless given
     * @param planHash of the plan that was looked at; refused if it is another by now
     */
    public record Approve(@Nullable String stage, @Nullable String planHash) {}
}
