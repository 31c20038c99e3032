package io.portolan.cli;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.rest.PlanBody;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.protocol.rest.RolloutCheckBody;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bodies that tests answer with. Stateless. */
final class Bodies {
    static final ExtensionName ORDERS = new ExtensionName("Contoso_Orders");
    static final EnvironmentName PROD = new EnvironmentName("prod");

    private Bodies() {}

    static RolloutBody rollout(RolloutState state, StageState first, StageState second) {
        return rollout(state, first, second, null);
    }

    static RolloutBody rollout(
            RolloutState state, StageState first, StageState second, RolloutBody.@Nullable WaitingFor waitingFor) {
        return new RolloutBody(
                "ro-1",
                ORDERS,
                PROD,
                new VersionLabel("1.1.0"),
                new VersionLabel("1.0.0"),
                RolloutKind.SAFE,
                state,
                state.isFinal() ? "because" : "",
                "0",
                null,
                List.of(
                        new RolloutBody.StageBody(
                                "stage1",
                                List.of(new RegionName("westus")),
                                first,
                                CommandRun.NOW.minusSeconds(5),
                                first == StageState.BAKING ? CommandRun.NOW.plusSeconds(5) : null,
                                ""),
                        new RolloutBody.StageBody(
                                "stage2", List.of(new RegionName("westeurope")), second, null, null, "")),
                List.of(),
                List.of(),
                waitingFor,
                List.of(),
                CommandRun.NOW.minusSeconds(10),
                state.isFinal() ? CommandRun.NOW : null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /** A check of one stage whose health is as given. */
    static RolloutCheckBody check(RolloutCheckBody.Outcome outcome) {
        return new RolloutCheckBody(
                "ck-7",
                ORDERS,
                PROD,
                new VersionLabel("1.1.0"),
                RolloutKind.SAFE,
                outcome,
                "",
                "0",
                new PlanBody(
                        "standard",
                        List.of(),
                        Duration.ZERO,
                        Duration.ZERO,
                        0,
                        List.of(),
                        "revert",
                        false,
                        null,
                        List.of("stage2"),
                        true),
                List.of(new RolloutCheckBody.Finding("validation", RolloutCheckBody.Outcome.PASS, "published")),
                List.of(new RolloutCheckBody.StageCheck(
                        "stage1",
                        List.of(new RegionName("westus")),
                        outcome,
                        List.of(new RolloutCheckBody.Finding("health", outcome, "westus is so")))),
                CommandRun.NOW,
                "ada");
    }

    static RolloutBody rollback(
            RolloutState state, @Nullable Long elapsed, RolloutBody.@Nullable WaitingFor waitingFor) {
        return new RolloutBody(
                "ro-2",
                ORDERS,
                PROD,
                new VersionLabel("1.0.0"),
                new VersionLabel("1.1.0"),
                RolloutKind.ROLLBACK,
                state,
                "",
                "0",
                null,
                List.of(),
                List.of(),
                List.of(),
                waitingFor,
                List.of(),
                CommandRun.NOW.minusSeconds(10),
                elapsed == null ? null : CommandRun.NOW,
                "auto",
                6,
                elapsed == null ? 5 : 6,
                elapsed,
                0L,
                null);
    }
}
