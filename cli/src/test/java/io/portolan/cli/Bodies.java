package io.portolan.cli;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.rest.RolloutBody;
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
